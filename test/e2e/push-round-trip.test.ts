import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually, throughout } from './support/eventually.ts';
import { externalSecret, pushMetadata, pushSecret, secret, storeWithKeys } from './support/manifests.ts';
import { mayPushSecrets, mayReadSecrets } from './support/provider.ts';
import { describeLatencies } from './support/quantile.ts';
import { becomesReady, externalSecretRef, pushSecretRef, readyOf } from './support/ready.ts';
import { type E2e, startE2e } from './support/stack.ts';
import { type TargetHistory, watchTargets } from './support/target-history.ts';

/*
 * A Secret of alpha, pushed to Secrets Manager, and read from there into beta: two clusters that know nothing of each other.
 */

const ROUND_TRIPS = 12;
const CHANGES = 50;
const A_MINUTE_MILLISECONDS = 60_000;
/** Deployed it is one in ten minutes. */
const SECONDS_A_VERSION = 15;
const BURST = 20;
const SOON = { withinMilliseconds: 30_000 };

let e2e: E2e;
let history: TargetHistory;
let key = '';
let tests = 0;

beforeAll(async () => {
  e2e = await startE2e({
    parameters: { secretVersionBurst: String(BURST), secretVersionSeconds: String(SECONDS_A_VERSION) },
  });
  const pusher = await e2e.provider.createUser('pusher', mayPushSecrets('app/'));
  const reader = await e2e.provider.createUser('reader', [mayReadSecrets('app/')]);
  await e2e.cluster('alpha').apply(...storeWithKeys('aws', pusher));
  await e2e.cluster('beta').apply(...storeWithKeys('aws', reader));
}, 180_000);

afterAll(async () => {
  await e2e?.stop();
}, 60_000);

/** A Secret, a remote key and a target of the same name, at rest with the value v000. */
beforeEach(async () => {
  tests += 1;
  key = `trip-${tests}`;
  await e2e.cluster('alpha').apply(
    secret(key, { value: 'v000' }),
    pushSecret({
      name: key,
      store: 'aws',
      source: key,
      data: { [`app/${key}`]: 'value' },
      metadata: pushMetadata({ secretPushFormat: 'string' }),
    }),
  );
  await becomesReady(e2e.cluster('alpha'), pushSecretRef(key));
  await e2e.cluster('beta').apply(externalSecret({ name: key, store: 'aws', data: { value: `app/${key}` } }));
  await becomesReady(e2e.cluster('beta'), externalSecretRef(key));
  history = await watchTargets(e2e.cluster('beta'));
});

const version = (count: number): string => `v${String(count).padStart(3, '0')}`;

/** @returns epoch milliseconds at which it was asked for */
const changeTo = async (value: string): Promise<number> => {
  const at = Date.now();
  await e2e.cluster('alpha').apply(secret(key, { value }));
  return at;
};

const arrivesInBeta = (value: string, patience = SOON) =>
  eventually(async () => expect(await e2e.cluster('beta').secretValue('default', key, 'value')).toBe(value), patience);

const versionsMade = async (): Promise<number> => (await e2e.provider.readSecret(`app/${key}`))?.versions ?? 0;

const valuesSeen = (): readonly (string | undefined)[] => history.of(key).map(({ data }) => data['value']);

const neverWentBack = async (): Promise<void> => {
  await history.stop();
  expect(valuesSeen()).toEqual(valuesSeen().toSorted());
};

test('a Secret that changes in alpha has changed in beta within three seconds', async () => {
  const took: number[] = [];
  for (let count = 1; count <= ROUND_TRIPS; count += 1) {
    const at = await changeTo(version(count));
    await arrivesInBeta(version(count));
    const arrived = history.of(key).find(({ data }) => data['value'] === version(count))?.at ?? Date.now();
    took.push(arrived - at);
    await sleep(500);
  }

  await neverWentBack();
  console.log(`round trip, Secret in alpha to Secret in beta: ${describeLatencies(took)}`);
  expect(Math.max(...took)).toBeLessThan(3_000);
  expect(await versionsMade()).toBe(ROUND_TRIPS + 1);
}, 240_000);

test('one that changes fifty times in a minute ends equal, with as many versions as its budget has', async () => {
  const began = Date.now();
  for (let count = 1; count <= CHANGES; count += 1) {
    await changeTo(version(count));
    await sleep(Math.max(0, began + (count * A_MINUTE_MILLISECONDS) / CHANGES - Date.now()));
  }

  await eventually(
    async () => {
      const ready = (await e2e.cluster('alpha').get(pushSecretRef(key)))?.status?.conditions?.[0];
      expect(ready?.message).not.toMatch(/waits until/);
    },
    { withinMilliseconds: 3 * SECONDS_A_VERSION * 1_000 },
  );
  await arrivesInBeta(version(CHANGES), { withinMilliseconds: 3 * SECONDS_A_VERSION * 1_000 });
  const made = await versionsMade();
  const budget = BURST + Math.ceil((Date.now() - began) / (SECONDS_A_VERSION * 1_000)) + 1;
  console.log(`${CHANGES} changes in a minute made ${made} versions, of ${budget} that the budget has`);
  expect(made).toBeLessThanOrEqual(budget);
  expect(made).toBeGreaterThan(BURST / 2);
  await neverWentBack();
}, 300_000);

test('while the budget is spent, the condition says until when the change waits', async () => {
  const seen = new Set<string>();
  for (let count = 1; count <= BURST + 3; count += 1) {
    await changeTo(version(count));
    await sleep(600);
    const ready = (await e2e.cluster('alpha').get(pushSecretRef(key)))?.status?.conditions?.[0];
    seen.add(ready?.message ?? '');
  }
  await eventually(async () => {
    const ready = (await e2e.cluster('alpha').get(pushSecretRef(key)))?.status?.conditions?.[0];
    seen.add(ready?.message ?? '');
    expect([...seen].join('\n')).toMatch(/waits until \d{4}-\d\d-\d\dT/);
  }, SOON);

  await arrivesInBeta(version(BURST + 3), { withinMilliseconds: 6 * SECONDS_A_VERSION * 1_000 });
  await history.stop();
}, 300_000);

test('what is read back into the Secret it was pushed from stays as it is, and makes no version more', async () => {
  const alpha = e2e.cluster('alpha');
  const reader = await e2e.provider.createUser('reader-in-alpha', [mayReadSecrets('app/')]);
  await e2e.provider.createSecret('app/both-ways', 'same', { 'managed-by': 'external-secrets' });
  await alpha.apply(
    ...storeWithKeys('reading', reader),
    externalSecret({ name: 'both-ways', store: 'reading', data: { value: 'app/both-ways' } }),
    pushSecret({
      name: 'both-ways',
      store: 'aws',
      source: 'both-ways',
      data: { 'app/both-ways': 'value' },
      metadata: pushMetadata({ secretPushFormat: 'string' }),
    }),
  );
  await becomesReady(alpha, pushSecretRef('both-ways'), 30_000);

  await e2e.provider.putSecret('app/both-ways', 'changed at the provider');

  await eventually(
    async () => expect(await alpha.secretValue('default', 'both-ways', 'value')).toBe('changed at the provider'),
    SOON,
  );
  await throughout(async () => expect((await e2e.provider.readSecret('app/both-ways'))?.versions).toBe(2), {
    forMilliseconds: 6_000,
  });
  expect((await e2e.provider.readSecret('app/both-ways'))?.value).toBe('changed at the provider');
  await history.stop();
});

test('what changes on each round is stopped, says that it goes round, and goes on when it is edited', async () => {
  const alpha = e2e.cluster('alpha');
  const push = (template: string) =>
    pushSecret({
      name: 'grows',
      store: 'aws',
      source: 'grows',
      data: { 'app/grows': 'longer' },
      metadata: pushMetadata({ secretPushFormat: 'string' }),
      spec: { template: { data: { longer: template } } },
    });
  await e2e.provider.createSecret('app/grows', 'x', { 'managed-by': 'external-secrets' });
  await alpha.apply(
    externalSecret({ name: 'grows', store: 'reading', data: { value: 'app/grows' } }),
    push('{{ .value }}x'),
  );

  await eventually(
    async () => expect(await readyOf(alpha, pushSecretRef('grows'))).toMatch(/^False Errored: .*it goes round: /),
    SOON,
  );
  const { versions } = (await e2e.provider.readSecret('app/grows')) ?? {};
  await throughout(async () => expect((await e2e.provider.readSecret('app/grows'))?.versions).toBe(versions), {
    forMilliseconds: 6_000,
  });
  expect(versions).toBeLessThan(BURST / 2);

  await alpha.apply(push('{{ .value }}'));

  await becomesReady(alpha, pushSecretRef('grows'), 30_000);
  await history.stop();
});

test('nothing was malformed', async () => {
  await history.stop();
  expect(await e2e.inside.deadLetters()).toEqual([]);
});
