import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { requestsIn } from './support/audit.ts';
import { eventually } from './support/eventually.ts';
import { openFunctionRoles } from './support/function-roles.ts';
import { endIntervals, stillDue } from './support/intervals.ts';
import { externalSecret } from './support/manifests.ts';
import { becomesReady, externalSecretRef } from './support/ready.ts';
import { type E2e, startE2e } from './support/stack.ts';

const NAMES = Array.from({ length: 12 }, (_, index) => `quiet-${index}`);
const SOON = { withinMilliseconds: 30_000 };

let e2e: E2e;

/** Nobody tells of a change, and nothing runs but what a test invokes and what that sends. */
beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'], feed: false });
  const { provider, inside, aws } = e2e;
  const roles = openFunctionRoles(e2e);
  await roles.stopClock();
  roles.close();
  const actions = ['secretsmanager:GetSecretValue', 'secretsmanager:ListSecrets'];
  const defaultRole = await provider.createRole('quiet', [{ Effect: 'Allow', Action: actions, Resource: '*' }]);
  const registered = await inside.tables.clusters.get('alpha');
  if (registered === undefined) throw new Error('alpha is not registered');
  await inside.tables.clusters.put({ ...registered, identity: { ...registered.identity, defaultRole } });
  for (const name of NAMES) await provider.createSecret(name, 'one');
  await e2e.cluster('alpha').apply(
    {
      apiVersion: 'external-secrets.io/v1',
      kind: 'SecretStore',
      metadata: { name: 'aws', namespace: 'default' },
      spec: { provider: { aws: { service: 'SecretsManager', region: aws.region } } },
    },
    ...NAMES.map((name) => externalSecret({ name, store: 'aws', data: { password: name } })),
  );
  await e2e.invoke('watch-clusters');
  for (const name of NAMES) await becomesReady(e2e.cluster('alpha'), externalSecretRef(name), 60_000);
  await sleep(3_000); // what the feed still has to say is said
}, 180_000);

afterAll(async () => {
  await e2e.stop();
}, 60_000);

beforeEach(async () => {
  await e2e.aws.events({ drop: {} });
  await endIntervals(e2e.inside.tables, 'alpha');
  await e2e.aws.clearCalls();
});

afterEach(async () => {
  await e2e.aws.faults([]);
  await e2e.aws.events({});
});

const lookAtWhatIsDue = async (): Promise<void> => {
  await e2e.invoke('on-schedule');
  await eventually(async () => expect(await stillDue(e2e.inside.tables, 'alpha')).toEqual([]), SOON);
};

const reads = async () => Object.entries((await e2e.aws.calls()).secretReads).filter(([name]) => NAMES.includes(name));

const lists = async () => (await e2e.aws.calls()).actions['secretsmanager.ListSecrets'] ?? 0;

test('an interval that ends and nothing changed costs one page of a listing, no read and no request to the cluster', async () => {
  const since = Date.now();

  await lookAtWhatIsDue();

  expect([await lists(), await reads()]).toEqual([1, []]);
  const asked = (await requestsIn(e2e.cluster('alpha').local, since)).filter(({ verb }) => verb !== 'watch');
  expect(asked).toEqual([]);
});

test('a change whose every event was dropped is found, and written to the one target that reads it', async () => {
  const since = Date.now();
  await e2e.provider.putSecret('quiet-3', 'two');

  await lookAtWhatIsDue();

  expect(await e2e.cluster('alpha').secretValue('default', 'quiet-3', 'password')).toBe('two');
  expect(await reads()).toEqual([['quiet-3', 1]]);
  const written = (await e2e.writes('alpha', since)).filter(({ resource }) => resource === 'secrets');
  expect(written.map(({ name }) => name)).toEqual(['quiet-3']);
});

test('an identity that may not list reads instead, and nothing is unready for it', async () => {
  await e2e.aws.faults([{ service: 'secretsmanager', action: 'ListSecrets', kind: 'deny' }]);
  await e2e.provider.putSecret('quiet-5', 'denied and found');

  await lookAtWhatIsDue();

  expect(await e2e.cluster('alpha').secretValue('default', 'quiet-5', 'password')).toBe('denied and found');
  expect((await reads()).map(([name]) => name).toSorted()).toEqual(NAMES.toSorted());
  for (const { status } of await e2e.cluster('alpha').list('ExternalSecret', 'default'))
    expect(status?.conditions).toMatchObject([{ type: 'Ready', status: 'True', reason: 'SecretSynced' }]);
});
