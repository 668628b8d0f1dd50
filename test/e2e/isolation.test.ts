import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from './support/eventually.ts';
import { externalSecret, storeWithKeys } from './support/manifests.ts';
import { describeFigures, percentile } from './support/percentiles.ts';
import { mayReadSecrets } from './support/provider.ts';
import { type E2e, startE2e } from './support/stack.ts';

/** The promise: nobody waits longer than this times what they did before a neighbour stopped. */
const FACTOR = 1.2;
/** Beside the factor: two cores run the emulator, workers, clusters and this test, and a turn of any of them costs this much. */
const JITTER_P50_MILLISECONDS = 20;
/** The largest of some forty figures: one collection of garbage or one process that starts anywhere shows in it. */
const JITTER_P99_MILLISECONDS = 120;

const ROUNDS = 4;
const ROTATIONS_A_PHASE = 10;
const TARGETS = 3;

let e2e: E2e;
let turn = 0;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha', 'beta'] });
  const { provider, clusters } = e2e;
  const key = await provider.createUser('reader', [mayReadSecrets('')]);
  await provider.createSecret('db', { password: 'none' });
  const names = Array.from({ length: TARGETS }, (_, index) => `db-${index}`);
  const objects = names.map((name) =>
    externalSecret({ name, store: 'aws', data: { password: { key: 'db', property: 'password' } } }),
  );
  for (const cluster of clusters) await cluster.apply(...storeWithKeys('aws', key), ...objects);
  for (const cluster of clusters) await eventually(() => holds(cluster.name, 'none'), { withinMilliseconds: 30_000 });
}, 180_000);

afterAll(async () => {
  e2e.cluster('beta').local.thaw(); // a stopped process cannot end
  await e2e.stop();
}, 60_000);

const holds = async (cluster: string, value: string): Promise<void> => {
  for (let index = 0; index < TARGETS; index += 1)
    expect(await e2e.cluster(cluster).secretValue('default', `db-${index}`, 'password')).toBe(value);
};

/** Milliseconds from PutSecretValue to the last target of `cluster`. */
const rotate = async (cluster: string): Promise<number> => {
  turn += 1;
  const value = `v${turn}`;
  const startedAt = performance.now();
  await e2e.provider.putSecret('db', { password: value });
  const until = Date.now() + 20_000;
  const arrived = async (): Promise<boolean> =>
    (await e2e.cluster(cluster).secretValue('default', `db-${TARGETS - 1}`, 'password')) === value &&
    holds(cluster, value).then(
      () => true,
      () => false,
    );
  while (!(await arrived())) {
    if (Date.now() > until) throw new Error(`${value} did not reach ${cluster}`);
    await sleep(4);
  }
  return performance.now() - startedAt;
};

const rotations = async (): Promise<readonly number[]> => {
  const figures: number[] = [];
  for (let count = 0; count < ROTATIONS_A_PHASE; count += 1) figures.push(await rotate('alpha'));
  return figures;
};

/** Both phases of a round; afterwards the frozen cluster has what it missed. */
const round = async (): Promise<{ before: readonly number[]; frozen: readonly number[]; caughtUp: number }> => {
  const beta = e2e.cluster('beta').local;
  const before = await rotations();
  beta.freeze();
  try {
    const frozen = await rotations();
    beta.thaw();
    const thawedAt = Date.now();
    await eventually(() => holds('beta', `v${turn}`), { withinMilliseconds: 90_000 });
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
      describeFigures('rotations while all answer', before),
      describeFigures('rotations beside a frozen cluster', frozen),
      `caught up after ${caughtUp.map((milliseconds) => `${(milliseconds / 1_000).toFixed(1)} s`).join(', ')}`,
    ];
    process.stdout.write(`${report.join('\n')}\n`);
    expect(percentile(frozen, 50)).toBeLessThan(FACTOR * percentile(before, 50) + JITTER_P50_MILLISECONDS);
    expect(percentile(frozen, 99)).toBeLessThan(FACTOR * percentile(before, 99) + JITTER_P99_MILLISECONDS);
  }, 600_000);
});
