import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClusterAdmin } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { killWorkers } from './support/lambda-workers.ts';
import { externalSecret, storeWithKeys } from './support/manifests.ts';
import { mayReadSecrets } from './support/provider.ts';
import { type E2e, startE2e } from './support/stack.ts';

/** While the watches are held. */
const PROMPTLY = { withinMilliseconds: 5_000 };

/** Across a lost invocation. */
const AFTER_A_GAP = { withinMilliseconds: 90_000 };

const namespace = 'default';
let e2e: E2e;
let alpha: ClusterAdmin;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'] });
  alpha = e2e.cluster('alpha');
  const key = await e2e.provider.createUser('orders', [mayReadSecrets('dev-')]);
  await e2e.provider.createSecret('dev-database', { password: 'first', host: 'db.example.com' });
  await alpha.apply(...storeWithKeys('aws', key));
  await alpha.apply(...['edited', 'removed', 'kept'].map((name) => databaseReader(name)));
  for (const name of ['edited', 'removed', 'kept']) await targetHolds(name, 'first', { withinMilliseconds: 20_000 });
});

afterAll(async () => {
  await e2e?.stop();
});

const databaseReader = (name: string, property = 'password') =>
  externalSecret({ name, store: 'aws', data: { value: { key: 'dev-database', property } } });

const targetHolds = (name: string, value: string, patience: { readonly withinMilliseconds: number }) =>
  eventually(async () => expect(await alpha.secretValue(namespace, name, 'value')).toBe(value), patience);

const secretRef = (name: string) => ({ kind: 'Secret', namespace, name });
const objectRef = (name: string) => ({ kind: 'ExternalSecret', namespace, name });
const foreign = { data: { value: Buffer.from('by hand').toString('base64') } };

/** The cluster's garbage collector looks for new kinds twice a minute. */
const COLLECTED = { withinMilliseconds: 90_000 };

const isGone = (name: string, patience = COLLECTED) =>
  eventually(async () => expect(await alpha.get(secretRef(name))).toBeUndefined(), patience);

describe('while the feed is held', () => {
  test('a target edited by hand is restored', async () => {
    await alpha.patch(secretRef('edited'), foreign);

    await targetHolds('edited', 'first', PROMPTLY);
  });

  test('a key added to a target by hand is taken out again', async () => {
    await alpha.patch(secretRef('edited'), { data: { more: foreign.data.value } });

    await eventually(
      async () => expect(await alpha.secretValue(namespace, 'edited', 'more')).toBeUndefined(),
      PROMPTLY,
    );
  });

  test('a deleted target comes back', async () => {
    const before = await alpha.get(secretRef('removed'));
    await alpha.remove(secretRef('removed'));

    await targetHolds('removed', 'first', PROMPTLY);
    expect((await alpha.get(secretRef('removed')))?.metadata.uid).not.toBe(before?.metadata.uid);
  });

  test('a new ExternalSecret gets its target', async () => {
    await alpha.apply(databaseReader('new'));

    await targetHolds('new', 'first', PROMPTLY);
  });

  test('a changed ExternalSecret changes its target', async () => {
    await alpha.apply(databaseReader('new', 'host'));

    await targetHolds('new', 'db.example.com', PROMPTLY);
  });

  test('labels put on an ExternalSecret reach its target', async () => {
    await alpha.patch(objectRef('new'), { metadata: { labels: { team: 'orders' } } });

    await eventually(
      async () => expect((await alpha.get(secretRef('new')))?.metadata.labels).toMatchObject({ team: 'orders' }),
      PROMPTLY,
    );
  });

  test('a deleted ExternalSecret takes the target that it owns along, by the cluster itself', async () => {
    const since = Date.now();
    await alpha.remove(objectRef('new'));

    await isGone('new');
    expect((await e2e.writes('alpha', since)).filter(({ verb }) => verb === 'delete')).toEqual([]);
    await eventually(async () => expect(await remembered('new')).toBe(false), PROMPTLY);
  });

  test('a store that gets other keys serves its objects with them', async () => {
    await alpha.apply(...storeWithKeys('later', { accessKeyId: 'AKIAUNKNOWN000000000', secretAccessKey: 'wrong' }));
    await alpha.apply(externalSecret({ name: 'waiting', store: 'later', data: { value: 'dev-database' } }));
    await eventually(async () => expect(await reasonOf('waiting')).toBe('SecretSyncedError'), PROMPTLY);

    const key = await e2e.provider.createUser('later', [mayReadSecrets('dev-')]);
    await alpha.apply(...storeWithKeys('later', key));

    await eventually(async () => expect(await reasonOf('waiting')).toBe('SecretSynced'), PROMPTLY);
  });
});

const reasonOf = async (name: string) => (await alpha.get(objectRef(name)))?.status?.conditions?.[0]?.reason;

const remembered = async (name: string): Promise<boolean> => {
  const { mirror } = e2e.inside.tables;
  return (await mirror.list('alpha', 'ExternalSecret')).some(({ ref }) => ref.name === name);
};

describe('what happens while a killed invocation is not yet replaced', () => {
  beforeAll(async () => {
    await alpha.apply(databaseReader('leaving'), databaseReader('altered'));
    for (const name of ['leaving', 'altered']) await targetHolds(name, 'first', { withinMilliseconds: 20_000 });

    expect(await killWorkers('secretcast-local-watch-clusters')).toBeGreaterThan(0);
    await alpha.remove(objectRef('leaving'));
    await alpha.apply(databaseReader('arriving'));
    await alpha.apply(databaseReader('altered', 'host'));
    await alpha.patch(secretRef('edited'), foreign);
    await alpha.remove(secretRef('removed'));
  });

  test('an ExternalSecret that was created gets its target', () => targetHolds('arriving', 'first', AFTER_A_GAP));

  test('an ExternalSecret that was changed changes its target', () =>
    targetHolds('altered', 'db.example.com', AFTER_A_GAP));

  test('a target that was edited is restored', () => targetHolds('edited', 'first', AFTER_A_GAP));

  test('a target that was deleted comes back', () => targetHolds('removed', 'first', AFTER_A_GAP));

  test('an ExternalSecret that was deleted is forgotten, and its target collected', async () => {
    await eventually(async () => expect(await remembered('leaving')).toBe(false), AFTER_A_GAP);
    await isGone('leaving');
  });

  test('what nobody touched is still there', async () => {
    await targetHolds('kept', 'first', PROMPTLY);
  });

  test('the feed is held again afterwards', async () => {
    await alpha.patch(secretRef('kept'), foreign);

    await targetHolds('kept', 'first', PROMPTLY);
  });
});
