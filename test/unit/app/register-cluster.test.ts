import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  createRegisterCluster,
  type ProposedCluster,
  type RegisterRequest,
} from '../../../src/app/register-cluster.ts';
import { SecretValue } from '../../../src/domain/secret-value.ts';
import { ClusterRejectedError, ClusterUnreachableError } from '../../../src/domain/sync-error.ts';
import { createFakeConnectionSecrets } from '../../cli/fake-connection-secrets.ts';
import { externalSecretRef, cluster as registered, state } from '../../contract/tables/samples.ts';
import { createFakeCluster } from '../../support/fake-cluster.ts';
import { createFakeTables } from '../../support/fake-tables.ts';

const proposed = (change: Partial<ProposedCluster> = {}): ProposedCluster => {
  const { kubeSystemUid: _, ...rest } = registered({
    connection: { type: 'credentials', server: 'https://blue.example.com', credentialsSecretId: 'clusters/blue' },
  });
  return { ...rest, ...change };
};

const request = (change: Partial<RegisterRequest> = {}): RegisterRequest => ({
  cluster: proposed(),
  credentials: SecretValue.fromText('{"token":"t"}'),
  replace: false,
  ...change,
});

const createWorld = () => {
  const tables = createFakeTables();
  const cluster = createFakeCluster();
  const connectionSecrets = createFakeConnectionSecrets();
  const register = createRegisterCluster({
    clusters: tables.clusters,
    connectionSecrets,
    connect: async () => cluster.client,
  });
  return { tables, cluster, connectionSecrets, register };
};

let world: ReturnType<typeof createWorld>;
beforeEach(() => {
  world = createWorld();
});

const ref = { kind: 'Namespace', namespace: '', name: 'kube-system' } as const;
const uid = (): string => world.cluster.object(ref)?.uid ?? '';

test('keeps the registration with the uid of kube-system, and the credentials apart from it', async () => {
  const result = await world.register(request());

  expect(result).toMatchObject({ registered: true, was: 'new', changes: [], alsoRegisteredAs: [] });
  expect(await world.tables.clusters.get('blue')).toEqual({ ...proposed(), kubeSystemUid: uid() });
  expect(world.connectionSecrets.kept.get('clusters/blue')?.revealText()).toBe('{"token":"t"}');
});

test('asks for each verb, and creates nothing but access reviews in the cluster', async () => {
  await world.register(request());

  const { 'create selfsubjectaccessreviews': reviews, ...others } = world.cluster.requests.all();
  expect(reviews).toBeGreaterThan(30);
  expect(Object.keys(others).every((what) => /^(?:get|list) /.test(what))).toBe(true);
});

describe('nothing is kept when', () => {
  const nothingKept = async () => {
    expect(await world.tables.clusters.list()).toEqual([]);
    expect(world.connectionSecrets.kept.size).toBe(0);
  };

  test('a verb is forbidden; the result names it', async () => {
    world.cluster.forbid('update', 'externalsecrets/status');

    const result = await world.register(request());

    const missing = [expect.objectContaining({ verb: 'update', resource: 'externalsecrets', subresource: 'status' })];
    expect(result).toEqual({ registered: false, obstacles: [{ type: 'access', missing }] });
    await nothingKept();
  });

  test('everything is forbidden, kube-system too', async () => {
    world.cluster.forbid('*', 'namespaces');
    world.cluster.forbid('list', 'clustersecretstores');

    expect(await world.register(request())).toMatchObject({ registered: false, obstacles: [{ type: 'access' }] });
    await nothingKept();
  });

  test('a kind is not served', async () => {
    world.cluster.fail('listObjects', new ClusterRejectedError('the cluster does not serve it'), 4);

    const missing = ['ExternalSecret', 'SecretStore', 'ClusterSecretStore', 'ClusterExternalSecret'];
    expect(await world.register(request())).toEqual({ registered: false, obstacles: [{ type: 'kinds', missing }] });
    await nothingKept();
  });

  test('a kind that only a registration for all namespaces needs is not missed by another', async () => {
    world.cluster.forbid('*', 'clusterexternalsecrets');
    world.cluster.forbid('create', 'externalsecrets');

    expect(await world.register(request())).toMatchObject({ registered: false, obstacles: [{ type: 'access' }] });
    const named = request({ cluster: proposed({ namespaces: ['orders'] }) });
    expect(await world.register(named)).toMatchObject({ registered: true });
  });

  test('the cluster cannot be reached', async () => {
    world.cluster.fail('mayI', new ClusterUnreachableError('no answer'), 100);

    await expect(world.register(request())).rejects.toThrow(ClusterUnreachableError);
    await nothingKept();
  });

  test('listing a kind fails for another reason', async () => {
    world.cluster.fail('listObjects', new ClusterUnreachableError('no answer'));

    await expect(world.register(request())).rejects.toThrow(ClusterUnreachableError);
    await nothingKept();
  });
});

describe('a cluster that goes without PushSecrets is registered, and the result says so:', () => {
  test('where no right to them is granted', async () => {
    world.cluster.forbid('*', 'pushsecrets');
    world.cluster.forbid('update', 'clusterpushsecrets/status');

    const result = await world.register(request());

    expect(result).toMatchObject({ registered: true, pushing: { missingKinds: [] } });
    const missing = result.registered ? result.pushing.missingAccess : [];
    expect(new Set(missing.map(({ resource }) => resource))).toEqual(new Set(['pushsecrets', 'clusterpushsecrets']));
  });

  test('where the kinds are not served', async () => {
    const { listObjects } = world.cluster.client;
    const client = {
      ...world.cluster.client,
      listObjects: async (...[kind, ...rest]: Parameters<typeof listObjects>) => {
        if (kind === 'PushSecret' || kind === 'ClusterPushSecret') throw new ClusterRejectedError('not served');
        return listObjects(kind, ...rest);
      },
    };
    const register = createRegisterCluster({
      clusters: world.tables.clusters,
      connectionSecrets: world.connectionSecrets,
      connect: async () => client,
    });

    expect(await register(request())).toMatchObject({
      registered: true,
      pushing: { missingAccess: [], missingKinds: ['PushSecret', 'ClusterPushSecret'] },
    });
  });
});

test('only the named namespaces are asked about', async () => {
  world.cluster.forbid('*', 'secrets', 'elsewhere');
  const cluster = proposed({ namespaces: ['orders'] });

  expect(await world.register(request({ cluster }))).toMatchObject({ registered: true });
});

describe('a name that is registered', () => {
  test('for the same cluster is replaced by what is asked for now, and the changes are told', async () => {
    await world.register(request());
    const identity = { allowRoles: [], sessionTags: true, defaultRole: 'arn:aws:iam::111122223333:role/reader' };

    const result = await world.register(request({ cluster: proposed({ mode: 'paused', identity }) }));

    expect(result).toMatchObject({ registered: true, was: 'updated' });
    expect(result.registered && result.changes).toEqual([
      { field: 'mode', before: 'active', after: 'paused' },
      { field: 'identity.allowRoles', before: 'arn:aws:iam::*:role/read-*', after: '' },
      { field: 'identity.defaultRole', before: '', after: identity.defaultRole },
    ]);
  });

  test('and asked for once more changes nothing', async () => {
    await world.register(request());

    expect(await world.register(request())).toMatchObject({ was: 'unchanged', changes: [] });
  });

  test('keeps what a person said of missing objects', async () => {
    const first = await world.register(request());
    if (!first.registered) throw new Error('not registered');
    await world.tables.clusters.put({ ...first.cluster, absenceAcceptedAt: 7 });

    expect(await world.register(request())).toMatchObject({ was: 'unchanged', cluster: { absenceAcceptedAt: 7 } });
  });

  test('for another cluster is kept', async () => {
    await world.tables.clusters.put(registered({ kubeSystemUid: 'old' }));

    const result = await world.register(request());

    const obstacles = [{ type: 'other-cluster', registeredUid: 'old', foundUid: uid() }];
    expect(result).toEqual({ registered: false, obstacles });
    expect(await world.tables.clusters.get('blue')).toEqual(registered({ kubeSystemUid: 'old' }));
  });

  test('for another cluster is given away when asked to, with nothing remembered of the old one', async () => {
    await world.tables.clusters.put(registered({ kubeSystemUid: 'old' }));
    await world.tables.states.put('blue', externalSecretRef(), { state: state(), expected: 0 });

    const result = await world.register(request({ replace: true }));

    expect(result).toMatchObject({ registered: true, was: 'replaced' });
    expect((await world.tables.states.list('blue')).size).toBe(0);
    expect(await world.tables.clusters.get('blue')).toMatchObject({ kubeSystemUid: uid() });
  });

  test('drops the connection secret it no longer needs', async () => {
    await world.register(request());
    const eks = registered().connection;

    const { credentials: _, ...withoutCredentials } = request({ cluster: proposed({ connection: eks }) });
    const result = await world.register(withoutCredentials);

    expect(world.connectionSecrets.kept.size).toBe(0);
    expect(result.registered && result.changes).toContainEqual({
      field: 'connection.certificateAuthority',
      before: '',
      after: '(a certificate)',
    });
  });
});

test('names other registrations of the same cluster', async () => {
  await world.register(request());

  const result = await world.register(request({ cluster: proposed({ name: 'green' }) }));

  expect(result).toMatchObject({ alsoRegisteredAs: ['blue'] });
});

test('asks the cluster nothing when the uid is trusted', async () => {
  const result = await world.register(request({ trustedUid: 'told' }));

  expect(result).toMatchObject({ registered: true, cluster: { kubeSystemUid: 'told' } });
  expect(world.cluster.requests.all()).toEqual({});
});
