import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually } from './support/eventually.ts';
import { externalSecret, storeWithKeys } from './support/manifests.ts';
import { mayReadSecrets } from './support/provider.ts';
import { describeLatencies } from './support/quantile.ts';
import { type E2e, startE2e } from './support/stack.ts';
import { type Sighting, type TargetHistory, watchTargets } from './support/target-history.ts';

const ROTATIONS = 20;
const TARGETS = ['orders-db', 'billing-db', 'reports-db'] as const;
const REMOTE_KEY = 'dev-database';

let e2e: E2e;
let histories: readonly TargetHistory[] = [];
let rotated = 0;

beforeAll(async () => {
  e2e = await startE2e();
  const key = await e2e.provider.createUser('orders', [mayReadSecrets('dev-')]);
  await e2e.provider.createSecret(REMOTE_KEY, secretAt(0));
  const readers = TARGETS.map((name) =>
    externalSecret({
      name,
      store: 'aws-secretsmanager',
      data: { revision: { key: REMOTE_KEY, property: 'revision' } },
    }),
  );
  for (const cluster of e2e.clusters) {
    await cluster.apply(...storeWithKeys('aws-secretsmanager', key), ...readers);
  }
  await allTargetsAt(0);
});

afterAll(async () => {
  await e2e?.stop();
});

beforeEach(async () => {
  histories = await Promise.all(e2e.clusters.map((cluster) => watchTargets(cluster)));
});

const secretAt = (revision: number) => ({ revision: String(revision), user: 'orders' });

/** @returns epoch milliseconds at which the call was made */
const rotate = async (): Promise<number> => {
  rotated += 1;
  const at = Date.now();
  await e2e.provider.putSecret(REMOTE_KEY, secretAt(rotated));
  return at;
};

const allTargetsAt = (revision: number) =>
  eventually(
    async () => {
      for (const cluster of e2e.clusters)
        for (const name of TARGETS)
          expect(await cluster.secretValue('default', name, 'revision')).toBe(String(revision));
    },
    { withinMilliseconds: 20_000 },
  );

const revisionsOf = (sightings: readonly Sighting[]): readonly number[] =>
  sightings.map(({ data }) => Number(data['revision']));

const timelines = (): readonly (readonly Sighting[])[] =>
  histories.flatMap((history) => TARGETS.map((name) => history.of(name)));

/** The watches end first: what they then have told is all there was. */
const expectNoTargetWentBack = async (): Promise<void> => {
  await Promise.all(histories.map((history) => history.stop()));
  for (const sightings of timelines()) {
    const revisions = revisionsOf(sightings);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    expect(sightings.map(({ type }) => type)).not.toContain('DELETED');
  }
};

const latencies = (rotations: ReadonlyMap<number, number>): readonly number[] =>
  [...rotations].flatMap(([revision, at]) =>
    timelines().map((sightings) => {
      const arrived = sightings.find(({ data }) => Number(data['revision']) >= revision);
      return arrived === undefined ? Number.POSITIVE_INFINITY : arrived.at - at;
    }),
  );

test('every target follows each of 20 rotations, one after the other', async () => {
  const rotations = new Map<number, number>();
  for (let count = 0; count < ROTATIONS; count++) {
    const at = await rotate();
    rotations.set(rotated, at);
    await allTargetsAt(rotated);
    await sleep(200);
  }

  await expectNoTargetWentBack();
  for (const sightings of timelines()) expect(revisionsOf(sightings).at(-1)).toBe(rotated);
  console.log(`rotation with pauses, PutSecretValue to target: ${describeLatencies(latencies(rotations))}`);
});

test('every target ends on the last of 20 rotations in one go, and none ever went back to an older value', async () => {
  const rotations = new Map<number, number>();
  for (let count = 0; count < ROTATIONS; count++) {
    const at = await rotate();
    rotations.set(rotated, at);
  }
  const began = Math.min(...rotations.values());
  await allTargetsAt(rotated);

  await sleep(2_000); // a late message would now undo it
  await allTargetsAt(rotated);
  await expectNoTargetWentBack();
  console.log(
    `rotation as fast as the API allows (${ROTATIONS} in ${Math.max(...rotations.values()) - began} ms), PutSecretValue to that value or a newer one: ${describeLatencies(latencies(rotations))}`,
  );
});

/** A pass for each of the two events, and one more read where the two want to write at the same moment. */
const MAX_READS_A_CLUSTER = 3;

const readsSoFar = async (): Promise<number> => (await e2e.aws.calls()).secretReads[REMOTE_KEY] ?? 0;

/** What twenty rotations in one go left in the queue has ended. */
const nothingMoreIsRead = async (): Promise<void> => {
  for (let before = -1, now = await readsSoFar(); now !== before; now = await readsSoFar()) {
    before = now;
    await sleep(3_000);
  }
};

test('one rotation, told by two events at once, is read a few times by each cluster, and never by each target', async () => {
  await nothingMoreIsRead();
  const reads: number[] = [];
  for (let count = 0; count < 5; count++) {
    await e2e.aws.clearCalls();
    await rotate();
    await allTargetsAt(rotated);
    await sleep(2_000);
    reads.push(await readsSoFar());
  }

  console.log(`reads of one rotation by ${e2e.clusters.length} clusters, 3 targets each: ${reads.join(', ')}`);
  for (const count of reads) expect(count).toBeLessThanOrEqual(MAX_READS_A_CLUSTER * e2e.clusters.length);
});

test('no message was given up on the way', async () => {
  expect(await e2e.inside.deadLetters()).toEqual([]);
});
