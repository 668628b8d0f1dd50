import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClusterAdmin, StoredObject } from './support/cluster-admin.ts';
import { eventually, throughout } from './support/eventually.ts';
import { externalSecret, secret, storeWithKeys } from './support/manifests.ts';
import { mayReadSecrets } from './support/provider.ts';
import { type E2e, startE2e } from './support/stack.ts';

const namespace = 'default';
const SOON = { withinMilliseconds: 15_000 };

/** A failed sync is tried again after 1, 2, 4, 8 … seconds. */
const BY_ITSELF = { withinMilliseconds: 60_000 };

let e2e: E2e;
let alpha: ClusterAdmin;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'] });
  alpha = e2e.cluster('alpha');
  const key = await e2e.provider.createUser('orders', [mayReadSecrets('dev-')]);
  await alpha.apply(...storeWithKeys('aws', key));
});

afterAll(async () => {
  await e2e?.stop();
});

afterEach(async () => {
  await e2e.aws.faults([]);
  await e2e.provider.allowUser('orders', [mayReadSecrets('dev-')]);
});

const objectRef = (name: string) => ({ kind: 'ExternalSecret', namespace, name });

const reader = (name: string, deletionPolicy = 'Retain') =>
  externalSecret({ name, store: 'aws', data: { value: `dev-${name}` }, targetOptions: { deletionPolicy } });

/** A key, and an ExternalSecret of the same name that reads it. */
const synced = async (name: string, deletionPolicy?: string): Promise<void> => {
  await e2e.provider.createSecret(`dev-${name}`, 'good');
  await alpha.apply(reader(name, deletionPolicy));
  await holds(name, 'good');
};

const holds = (name: string, value: string, patience = SOON) =>
  eventually(async () => expect(await alpha.secretValue(namespace, name, 'value')).toBe(value), patience);

const readyOf = (object: StoredObject | undefined) =>
  object?.status?.conditions?.find(({ type }) => type === 'Ready') ?? {};

const isReady = (name: string, condition: object, patience = SOON) =>
  eventually(async () => expect(readyOf(await alpha.get(objectRef(name)))).toMatchObject(condition), patience);

const SYNCED = { status: 'True', reason: 'SecretSynced' };
const FAILED = {
  status: 'False',
  reason: 'SecretSyncedError',
  message: 'could not get secret data from provider',
};

/** The cause is told in the event alone, in the words of AWS. */
const isWarned = (name: string, text: string) =>
  eventually(async () => {
    const warnings = (await alpha.eventsOf(objectRef(name))).filter(({ reason }) => reason === 'UpdateFailed');
    expect(warnings.map(({ message = '' }) => message)).toContainEqual(expect.stringContaining(text));
  }, SOON);

describe('a key that is deleted', () => {
  test('leaves the target as it is and says so', async () => {
    await synced('gone');

    await e2e.provider.deleteSecret('dev-gone');

    await isReady('gone', FAILED);
    await isWarned('gone', 'Secret does not exist');
    await holds('gone', 'good');
  });

  test('is synced again by its event when it is made anew', async () => {
    await e2e.provider.createSecret('dev-gone', 'made anew');

    await holds('gone', 'made anew');
    await isReady('gone', SYNCED);
  });
});

describe('access that is taken away', () => {
  test('leaves the target as it is and says so', async () => {
    await synced('private');
    await e2e.provider.allowUser('orders', []);

    await e2e.provider.putSecret('dev-private', 'better');

    await isReady('private', FAILED);
    await isWarned('private', 'AccessDenied');
    expect(await alpha.secretValue(namespace, 'private', 'value')).toBe('good');
  });

  test('is no reason to wait for anybody once it is given back', async () => {
    await synced('returned');
    await e2e.provider.allowUser('orders', []);
    await e2e.provider.putSecret('dev-returned', 'better');
    await isReady('returned', FAILED);

    await e2e.provider.allowUser('orders', [mayReadSecrets('dev-')]);

    await holds('returned', 'better', BY_ITSELF);
    await isReady('returned', SYNCED);
  });
});

describe.each([
  ['throttle', 'Throttling'],
  ['deny', 'AccessDenied'],
  ['error', 'InternalService'],
] as const)('reads that AWS answers with %s', (kind, text) => {
  test('leave the target as it is, are said, and are made up for by themselves', async () => {
    const name = `met-by-${kind}`;
    await synced(name);
    await e2e.aws.faults([{ kind, service: 'secretsmanager', match: `dev-${name}`, action: 'GetSecretValue' }]);
    await e2e.provider.putSecret(`dev-${name}`, 'better');

    await isReady(name, FAILED);
    await isWarned(name, text);
    expect(await alpha.secretValue(namespace, name, 'value')).toBe('good');

    await e2e.aws.faults([]);

    await holds(name, 'better', BY_ITSELF);
    await isReady(name, SYNCED);
  });
});

describe('deletionPolicy Delete', () => {
  test.each(['throttle', 'deny', 'error'] as const)('keeps the target when AWS answers with %s', async (kind) => {
    const name = `kept-at-${kind}`;
    await synced(name, 'Delete');
    await e2e.aws.faults([{ kind, service: 'secretsmanager', match: `dev-${name}`, action: 'GetSecretValue' }]);

    await e2e.provider.putSecret(`dev-${name}`, 'better');

    await isReady(name, FAILED);
    await throughout(async () => expect(await alpha.secretValue(namespace, name, 'value')).toBe('good'), {
      forMilliseconds: 2_000,
    });
  });

  test('deletes the target when its key is confirmed to be gone', async () => {
    await synced('deleted', 'Delete');

    await e2e.provider.deleteSecret('dev-deleted');

    await eventually(
      async () => expect(await alpha.get({ kind: 'Secret', namespace, name: 'deleted' })).toBeUndefined(),
      SOON,
    );
    await isReady('deleted', { status: 'True', reason: 'SecretDeleted' });
  });

  test('brings the target back when its key is made anew', async () => {
    await e2e.provider.createSecret('dev-deleted', 'made anew');

    await holds('deleted', 'made anew');
    await isReady('deleted', SYNCED);
  });
});

describe('a Secret that somebody else made before', () => {
  const helm = { 'app.kubernetes.io/managed-by': 'Helm' };
  const released = { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': namespace };

  test('keeps its content as long as the key does not exist', async () => {
    const made = secret('chart', { value: 'from the chart' });
    await alpha.apply({ ...made, metadata: { ...made.metadata, labels: helm, annotations: released } });

    await alpha.apply(reader('chart'));

    await isReady('chart', FAILED);
    await holds('chart', 'from the chart');
  });

  test('gets the value of the key when that is made, by its event, and keeps its labels', async () => {
    await e2e.provider.createSecret('dev-chart', 'from AWS');

    await holds('chart', 'from AWS');
    await isReady('chart', SYNCED);
    const { metadata } = (await alpha.get({ kind: 'Secret', namespace, name: 'chart' })) ?? {};
    expect(metadata?.labels).toMatchObject(helm);
    expect(metadata?.annotations).toMatchObject(released);
  });
});
