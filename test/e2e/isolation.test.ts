import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from './support/eventually.ts';
import { externalSecret, storeWithKeys } from './support/manifests.ts';
import { mayReadSecrets } from './support/provider.ts';
import { describeLatencies, quantile } from './support/quantile.ts';
import { type E2e, startE2e } from './support/stack.ts';

/** The promise: nobody waits longer than this times what they did before a neighbour stopped. */
const FACTOR = 1.2;
/** Beside the factor: two cores run the emulator, workers, clusters and this test, and a turn of any of them costs this much. */
const JITTER_P50_MILLISECONDS = 20;
/** Less than what a worker that starts cold adds: one that waited for the silent cluster must not be missed by its neighbour. */
const JITTER_P99_MILLISECONDS = 100;

const ROUNDS = 3;
const ROTATIONS_A_PHASE = 34;
/** Rotated in turn, as in a fleet: nobody rotates one secret many times a second. */
const NAMES = Array.from({ length: 10 }, (_, index) => `db-${index}`);

let e2e: E2e;
let turn = 0;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha', 'beta'], parameters: { reconcileConcurrency: '50' } }); // as deployed
  const { provider, clusters } = e2e;
  const key = await provider.createUser('reader', [mayReadSecrets('')]);
  for (const name of NAMES) await provider.createSecret(name, 'none');
  const objects = NAMES.map((name) => externalSecret({ name, store: 'aws', data: { password: name } }));
  for (const cluster of clusters) await cluster.apply(...storeWithKeys('aws', key), ...objects);
  for (const { name } of clusters)
    await eventually(
      () =>
        holds(
          name,
          NAMES.map(() => 'none'),
        ),
      { withinMilliseconds: 60_000 },
    );
}, 180_000);

afterAll(async () => {
  e2e.cluster('beta').local.thaw(); // a stopped process cannot end
  await e2e.stop();
}, 60_000);

const valueIn = (cluster: string, name: string) => e2e.cluster(cluster).secretValue('default', name, 'password');

const holds = async (cluster: string, values: readonly string[]): Promise<void> => {
  expect(await Promise.all(NAMES.map((name) => valueIn(cluster, name)))).toEqual(values);
};

/** The value of each secret after `turn` rotations in turn. */
const newest = (): readonly string[] =>
  NAMES.map((_, index) => {
    const rounds = Math.floor((turn - 1 - index) / NAMES.length);
    return rounds < 0 ? 'none' : `v${1 + index + rounds * NAMES.length}`;
  });

/** Milliseconds from PutSecretValue to the target in alpha. */
const rotate = async (): Promise<number> => {
  const name = NAMES[turn % NAMES.length] ?? '';
  turn += 1;
  const value = `v${turn}`;
  const startedAt = performance.now();
  await e2e.provider.putSecret(name, value);
  while ((await valueIn('alpha', name)) !== value) {
    if (performance.now() - startedAt > 20_000) throw new Error(`${value} did not reach alpha`);
    await sleep(4);
  }
  return performance.now() - startedAt;
};

const rotations = async (): Promise<readonly number[]> => {
  const figures: number[] = [];
  for (let count = 0; count < ROTATIONS_A_PHASE; count += 1) figures.push(await rotate());
  return figures;
};

/** Both phases of a round; afterwards the frozen cluster has what it missed. */
const round = async (): Promise<{ before: readonly number[]; frozen: readonly number[]; caughtUp: number }> => {
  const beta = e2e.cluster('beta').local;
  const before = await rotations();
  await eventually(() => holds('beta', newest()), { withinMilliseconds: 30_000 });
  beta.freeze();
  try {
    const frozen = await rotations();
    beta.thaw();
    const thawedAt = Date.now();
    await eventually(() => holds('beta', newest()), { withinMilliseconds: 90_000 });
    return { before, frozen, caughtUp: Date.now() - thawedAt };
  } finally {
    beta.thaw();
  }
};

describe('a cluster that stops answering', () => {
  test('does not slow the rotations of its neighbour, and catches up by itself when it answers again', async () => {
    await round(); // unmeasured: containers start
    const rounds: Awaited<ReturnType<typeof round>>[] = [];
    for (let count = 0; count < ROUNDS; count += 1) rounds.push(await round());

    const before = rounds.flatMap((measured) => measured.before);
    const frozen = rounds.flatMap((measured) => measured.frozen);
    const caughtUp = rounds.map((measured) => measured.caughtUp);
    const report = [
      `while all answer: ${describeLatencies(before.map(Math.round))}`,
      `beside a frozen cluster: ${describeLatencies(frozen.map(Math.round))}`,
      `caught up after ${caughtUp.map((milliseconds) => `${(milliseconds / 1_000).toFixed(1)} s`).join(', ')}`,
    ];
    process.stdout.write(`${report.join('\n')}\n`);
    expect(quantile(frozen, 0.5)).toBeLessThan(FACTOR * quantile(before, 0.5) + JITTER_P50_MILLISECONDS);
    expect(quantile(frozen, 0.99)).toBeLessThan(FACTOR * quantile(before, 0.99) + JITTER_P99_MILLISECONDS);
  }, 600_000);
});
