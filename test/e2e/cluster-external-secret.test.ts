import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClusterAdmin, Manifest, StoredObject } from './support/cluster-admin.ts';
import { eventually, throughout } from './support/eventually.ts';
import { externalSecret, secret } from './support/manifests.ts';
import { type AccessKey, mayReadSecrets } from './support/provider.ts';
import { type E2e, startE2e } from './support/stack.ts';

const SOON = { withinMilliseconds: 20_000 };

/** A real cluster's garbage collector looks for new kinds twice a minute. */
const COLLECTED = { withinMilliseconds: 90_000 };

const CLUSTERS = ['alpha', 'beta'];
const KEYS = 'shared-keys';

let e2e: E2e;
let alpha: ClusterAdmin;
let beta: ClusterAdmin;

beforeAll(async () => {
  e2e = await startE2e({ clusters: CLUSTERS });
  [alpha, beta] = [e2e.cluster('alpha'), e2e.cluster('beta')];
  const key = await e2e.provider.createUser('shared', [mayReadSecrets('shared-')]);
  await e2e.provider.createSecret('shared-by-all', { MY_SECRET: 'first' });
  for (const cluster of e2e.clusters) await cluster.apply(...sharedStore('everywhere', key, []));
});

afterAll(async () => {
  await e2e?.stop();
});

/** A ClusterSecretStore, and the keys it reads with. */
const sharedStore = (name: string, key: AccessKey, conditions: readonly unknown[]): readonly Manifest[] => {
  const selector = (one: string) => ({ name: KEYS, namespace: 'default', key: one });
  const auth = {
    secretRef: { accessKeyIDSecretRef: selector('id'), secretAccessKeySecretRef: selector('secret') },
  };
  return [
    secret(KEYS, { id: key.accessKeyId, secret: key.secretAccessKey }),
    {
      apiVersion: 'external-secrets.io/v1beta1',
      kind: 'ClusterSecretStore',
      metadata: { name },
      spec: {
        provider: { aws: { service: 'SecretsManager', region: 'eu-west-1', auth } },
        ...(conditions.length === 0 ? {} : { conditions }),
      },
    },
  ];
};

const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

/** As in the documents: what a store holds, into each namespace that is selected. */
const sharedSecret = (
  name: string,
  { store = 'everywhere', ...spec }: Readonly<Record<string, unknown>> & { readonly store?: string },
): Manifest => ({
  apiVersion: 'external-secrets.io/v1beta1',
  kind: 'ClusterExternalSecret',
  metadata: { name },
  spec: {
    externalSecretName: name,
    externalSecretSpec: {
      data: [
        {
          remoteRef: {
            conversionStrategy: 'Default',
            decodingStrategy: 'None',
            key: 'shared-by-all',
            property: 'MY_SECRET',
          },
          secretKey: 'MY_SECRET',
        },
      ],
      refreshInterval: '1h',
      secretStoreRef: { kind: 'ClusterSecretStore', name: store },
      target: { creationPolicy: 'Owner', deletionPolicy: 'Retain', name },
    },
    refreshTime: '10m',
    ...spec,
  },
});

const labelled = (team: string) => ({ namespaceSelector: { matchLabels: { team } } });

const ces = (name: string) => ({ kind: 'ClusterExternalSecret', name });
const es = (within: string, name: string) => ({ kind: 'ExternalSecret', namespace: within, name });

const readyOf = (object: StoredObject | undefined) =>
  object?.status?.conditions?.find(({ type }) => type === 'Ready') ?? {};

const says = (cluster: ClusterAdmin, name: string, status: object) =>
  eventually(async () => expect((await cluster.get(ces(name)))?.status).toMatchObject(status), SOON);

const holds = (cluster: ClusterAdmin, within: string, name: string) =>
  eventually(async () => expect(await cluster.secretValue(within, name, 'MY_SECRET')).toBe('first'), SOON);

const isGone = (cluster: ClusterAdmin, ref: Parameters<ClusterAdmin['get']>[0], patience = SOON) =>
  eventually(async () => expect(await cluster.get(ref)).toBeUndefined(), patience);

const isReady = (ref: Parameters<ClusterAdmin['get']>[0]) =>
  eventually(async () => expect(readyOf(await alpha.get(ref))).toMatchObject({ status: 'True' }), SOON);

const READY = [{ type: 'Ready', status: 'True' }];
const NOT_READY = [{ type: 'Ready', status: 'False', message: 'one or more namespaces failed' }];

describe('one object in each cluster', () => {
  beforeAll(async () => {
    for (const cluster of e2e.clusters) {
      await cluster.apply(
        namespace('team-a', { team: 'red' }),
        namespace('team-b', { team: 'red' }),
        namespace('apart'),
      );
      await cluster.apply(sharedSecret('red', labelled('red')));
    }
  });

  test.each(CLUSTERS)('brings the Secret into each namespace it selects in %s [ES103]', async (name) => {
    const cluster = e2e.cluster(name);
    await holds(cluster, 'team-a', 'red');
    await holds(cluster, 'team-b', 'red');

    await says(cluster, 'red', { conditions: READY, provisionedNamespaces: ['team-a', 'team-b'] });
    expect(await cluster.get(es('apart', 'red'))).toBeUndefined();
    const made = await cluster.get(es('team-a', 'red'));
    expect(made?.metadata.ownerReferences).toMatchObject([{ kind: 'ClusterExternalSecret', name: 'red' }]);
    expect(made?.metadata.finalizers).toBeUndefined();
    expect((await cluster.get({ kind: 'Namespace', name: 'team-a' }))?.metadata.finalizers).toBeUndefined();
  });

  test('is written nothing to when nothing changes', async () => {
    for (const team of ['team-a', 'team-b']) await isReady(es(team, 'red'));
    const since = Date.now();
    await alpha.patch(ces('red'), { metadata: { labels: { looked: 'at' } } });

    await throughout(async () => expect(await e2e.writes('alpha', since)).toEqual([]), { forMilliseconds: 3_000 });
  });

  test('reaches a namespace that is labelled later, and one that is made later', async () => {
    await alpha.patch({ kind: 'Namespace', name: 'apart' }, { metadata: { labels: { team: 'red' } } });
    await alpha.apply(namespace('team-new', { team: 'red' }));

    await holds(alpha, 'apart', 'red');
    await holds(alpha, 'team-new', 'red');
    await says(alpha, 'red', { provisionedNamespaces: ['apart', 'team-a', 'team-b', 'team-new'] });
    expect(await beta.get(es('apart', 'red'))).toBeUndefined();
  });

  test('leaves a namespace that stops matching, and one that is deleted [ES108]', async () => {
    await alpha.patch({ kind: 'Namespace', name: 'apart' }, { metadata: { labels: { team: null } } });
    await alpha.remove({ kind: 'Namespace', name: 'team-new' });

    await isGone(alpha, es('apart', 'red'));
    await isGone(alpha, { kind: 'Secret', namespace: 'apart', name: 'red' }, COLLECTED);
    await isGone(alpha, { kind: 'Namespace', name: 'team-new' }, COLLECTED);
    await says(alpha, 'red', { conditions: READY, provisionedNamespaces: ['team-a', 'team-b'] });
  });

  test('puts right what is edited by hand, and makes anew what is deleted', async () => {
    const before = await alpha.get(es('team-b', 'red'));
    await alpha.patch(es('team-a', 'red'), { metadata: { labels: { by: 'hand' } }, spec: { refreshInterval: '5m' } });
    await alpha.remove(es('team-b', 'red'));

    await eventually(async () => {
      const [edited, made] = [await alpha.get(es('team-a', 'red')), await alpha.get(es('team-b', 'red'))];
      expect(edited).toMatchObject({ spec: { refreshInterval: '1h' } });
      expect(edited?.metadata.labels).toBeUndefined();
      expect(made).toBeDefined();
      expect(made?.metadata.uid).not.toBe(before?.metadata.uid);
    }, SOON);
    await holds(alpha, 'team-b', 'red');
  });

  test('hands on its edits, force-sync and a new name [ES104 ES105 ES112]', async () => {
    const renamed = sharedSecret('red', {
      ...labelled('red'),
      externalSecretName: 'crimson',
      externalSecretMetadata: { labels: { colour: 'crimson' } },
    });
    await alpha.apply({
      ...renamed,
      metadata: { ...renamed.metadata, annotations: { 'external-secrets.io/force-sync': 'now' } },
    });

    await isGone(alpha, es('team-a', 'red'));
    await isGone(alpha, es('team-b', 'red'));
    await eventually(async () => {
      const { labels, annotations } = (await alpha.get(es('team-a', 'crimson')))?.metadata ?? {};
      expect(labels).toEqual({ colour: 'crimson' });
      expect(annotations).toEqual({ 'external-secrets.io/force-sync': 'now' });
    }, SOON);
    await says(alpha, 'red', { externalSecretName: 'crimson', provisionedNamespaces: ['team-a', 'team-b'] });
  });

  test('takes what it made with it when it is deleted', async () => {
    await beta.remove(ces('red'));

    for (const team of ['team-a', 'team-b']) {
      await isGone(beta, es(team, 'red'), COLLECTED);
      await isGone(beta, { kind: 'Secret', namespace: team, name: 'red' }, COLLECTED);
    }
  });
});

describe('a ClusterSecretStore that lets other namespaces in than the object selects', () => {
  test('is told of by the ExternalSecret of each namespace itself', async () => {
    const key = await e2e.provider.createUser('picky', [mayReadSecrets('shared-')]);
    const conditions = [{ namespaces: ['kube-system', 'somewhere-else'] }];
    const names = ['some-other-namespace', 'kube-system'];
    const matchExpressions = [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: names }];
    await alpha.apply(namespace('some-other-namespace'), ...sharedStore('picky', key, conditions));

    await alpha.apply(sharedSecret('my-shared-secret', { store: 'picky', namespaceSelector: { matchExpressions } }));

    await says(alpha, 'my-shared-secret', { conditions: READY, provisionedNamespaces: names.toSorted() });
    await holds(alpha, 'kube-system', 'my-shared-secret');
    const denied = es('some-other-namespace', 'my-shared-secret');
    await eventually(async () => {
      expect(readyOf(await alpha.get(denied))).toMatchObject({ status: 'False', reason: 'SecretSyncedError' });
      const messages = (await alpha.eventsOf(denied)).map(({ message = '' }) => message);
      expect(messages).toContainEqual(
        expect.stringContaining(
          'using cluster store "picky" is not allowed from namespace "some-other-namespace": denied by spec.condition',
        ),
      );
    }, SOON);
    expect(await alpha.get({ ...denied, kind: 'Secret' })).toBeUndefined();
  });
});

describe('an ExternalSecret of the same name that somebody else made', () => {
  const mine = externalSecret({ name: 'blue', store: 'none', namespace: 'blue-a', data: { value: 'shared-by-all' } });

  test('is left alone and reported [ES106]', async () => {
    await alpha.apply(namespace('blue-a', { team: 'blue' }), namespace('blue-b', { team: 'blue' }));
    await alpha.apply(mine);
    const before = await alpha.get(es('blue-a', 'blue'));

    await alpha.apply(sharedSecret('blue', labelled('blue')));

    await says(alpha, 'blue', {
      conditions: NOT_READY,
      provisionedNamespaces: ['blue-b'],
      failedNamespaces: [{ namespace: 'blue-a', reason: 'external secret already exists in namespace' }],
    });
    const after = await alpha.get(es('blue-a', 'blue'));
    expect(after?.spec).toEqual(before?.spec);
    expect(after?.metadata).toMatchObject({ uid: before?.metadata.uid });
    expect(after?.metadata.ownerReferences).toBeUndefined();
  });

  test('makes room when it is removed [ES107]', async () => {
    await alpha.remove(es('blue-a', 'blue'));

    await holds(alpha, 'blue-a', 'blue');
    await says(alpha, 'blue', { conditions: READY, provisionedNamespaces: ['blue-a', 'blue-b'] });
  });
});

test('a namespace on its way out gets none, and is neither provisioned nor failed', async () => {
  const held = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'green-a', labels: { team: 'green' }, finalizers: ['example.com/hold'] },
  };
  await alpha.apply(held);
  await alpha.remove({ kind: 'Namespace', name: 'green-a' });

  await alpha.apply(sharedSecret('green', labelled('green')));

  await says(alpha, 'green', { conditions: READY });
  expect((await alpha.get(ces('green')))?.status?.provisionedNamespaces).toBeUndefined();
  await alpha.patch({ kind: 'Namespace', name: 'green-a' }, { metadata: { finalizers: null } });
  await isGone(alpha, { kind: 'Namespace', name: 'green-a' }, COLLECTED);
});

test('no message was given up', async () => {
  expect(await e2e.inside.deadLetters()).toEqual([]);
});
