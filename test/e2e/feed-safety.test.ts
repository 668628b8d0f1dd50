import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { applyManifests } from '../../local/apply-manifests.ts';
import { serviceContext, writeKubeconfig } from '../../local/kubeconfig.ts';
import { requestsIn, writesIn } from './support/audit.ts';
import type { ClusterAdmin } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { killWorkers } from './support/lambda-workers.ts';
import { type LyingProxy, startLyingProxy } from './support/lying-proxy.ts';
import { externalSecret, storeWithKeys } from './support/manifests.ts';
import { type AccessKey, mayReadSecrets } from './support/provider.ts';
import {
  customResourceDefinitions,
  type Rebuilt,
  rebuildCluster,
  serviceAccess,
  serviceTokenOf,
} from './support/rebuild-cluster.ts';
import { type E2e, startE2e } from './support/stack.ts';

const namespace = 'default';
const NAMES = Array.from({ length: 12 }, (_, index) => `reader-${index}`);
const STAYS = 'stays';
const ALL = [...NAMES, STAYS];
const RECOVERED = { withinMilliseconds: 90_000 };

let e2e: E2e;
let proxy: LyingProxy;
let key: AccessKey;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['doubted', 'kindless', 'rebuilt'], feed: false });
  proxy = await startLyingProxy(e2e.cluster('doubted').local);
  await reachThroughProxy();
  key = await e2e.provider.createUser('orders', [mayReadSecrets('dev-')]);
  await e2e.provider.createSecret('dev-database', { password: 'first' });
  for (const cluster of e2e.clusters) await cluster.apply(...manifests());
  await killWorkers('secretcast-local-watch-clusters'); // one that the schedule began knows no proxy
  await e2e.invoke('watch-clusters');
  for (const cluster of e2e.clusters) await targetsHold(cluster, 'first');
}, 300_000);

afterAll(async () => {
  await proxy?.stop();
  await e2e?.stop();
});

const manifests = () => [
  ...storeWithKeys('aws', key),
  ...ALL.map((name) =>
    externalSecret({
      name,
      store: 'aws',
      data: { password: { key: 'dev-database', property: 'password' } },
      targetOptions: { creationPolicy: name === STAYS ? 'Orphan' : 'Owner' },
    }),
  ),
];

const targetsHold = (cluster: ClusterAdmin, value: string, names: readonly string[] = ALL) =>
  eventually(async () => {
    for (const name of names) expect(await cluster.secretValue(namespace, name, 'password')).toBe(value);
  }, RECOVERED);

const reachThroughProxy = async (): Promise<void> => {
  const cluster = { ...e2e.cluster('doubted').local, ...proxy };
  const file = join(e2e.directory, 'proxied.kubeconfig');
  await writeKubeconfig(file, [{ cluster, serviceToken: serviceTokenOf(e2e, 'doubted') }]);
  await addCluster('doubted', file);
};

const addCluster = (name: string, kubeconfig: string, ...options: readonly string[]) =>
  e2e.secretcast('cluster', 'add', name, '--kubeconfig', kubeconfig, '--context', serviceContext(name), ...options);

/** What the service remembers of the cluster's ExternalSecrets: mirror and state. */
const remembered = async (cluster: string) => {
  const { mirror, states } = e2e.inside.tables;
  const known = [...(await states.list(cluster)).keys()].filter((ref) => ref.startsWith('ExternalSecret'));
  return { mirrored: (await mirror.list(cluster, 'ExternalSecret')).length, states: known.length };
};
const EVERYTHING = { mirrored: ALL.length, states: ALL.length };

const deletionsBy = async (cluster: Pick<ClusterAdmin, 'local'>, since: number) =>
  (await writesIn(cluster.local, since)).filter(({ verb }) => verb === 'delete');

const rotate = (password: string) => e2e.provider.putSecret('dev-database', { password });

/** The watches are cut, and what they missed is listed anew. */
const relisted = async (): Promise<void> => {
  const before = proxy.listsAnswered();
  proxy.expireWatches();
  await eventually(() => expect(proxy.listsAnswered()).toBeGreaterThan(before), RECOVERED);
  await sleep(2_000); // what the list led to
};

describe('a list that leaves out', () => {
  const doubted = () => e2e.cluster('doubted');

  test.each([
    ['one object', NAMES.slice(0, 1)],
    ['all objects', ALL],
  ])('%s makes the service neither forget nor delete', async (_, hidden) => {
    const since = Date.now();
    proxy.hide(hidden);
    await relisted();

    expect(await remembered('doubted')).toEqual(EVERYTHING);
    expect(await deletionsBy(doubted(), since)).toEqual([]);
    const value = `after hiding ${hidden.length}`;
    await rotate(value);
    await targetsHold(doubted(), value);
  });

  test('nothing any more has every object served as before', async () => {
    proxy.hide([]);
    await relisted();

    await doubted().patch({ kind: 'Secret', namespace, name: NAMES[0] ?? '' }, { data: { password: 'eA==' } });

    await targetsHold(doubted(), `after hiding ${ALL.length}`);
    expect(await remembered('doubted')).toEqual(EVERYTHING);
  });
});

describe('a cluster that refuses the service', () => {
  const doubted = () => e2e.cluster('doubted');
  let since = 0;

  test('has nothing forgotten and nothing deleted', async () => {
    since = Date.now();
    await doubted().remove({ kind: 'ClusterRoleBinding', name: 'secretcast' });
    await relisted();
    await rotate('while refused');
    await sleep(3_000);

    expect(await remembered('doubted')).toEqual(EVERYTHING);
    expect(await deletionsBy(doubted(), since)).toEqual([]);
    expect(await doubted().secretValue(namespace, STAYS, 'password')).toBe(`after hiding ${ALL.length}`);
  });

  test('is served again when it no longer does, with what changed meanwhile', async () => {
    await applyManifests(e2e.kubeconfigFile, 'doubted', serviceAccess());

    await targetsHold(doubted(), 'while refused');
    await doubted().remove({ kind: 'Secret', namespace, name: STAYS });
    await targetsHold(doubted(), 'while refused', NAMES);
    expect(await deletionsBy(doubted(), since)).toEqual([]);
  });
});

describe('a cluster whose CRD is taken away while nobody watches', () => {
  const kindless = () => e2e.cluster('kindless');
  let since = 0;

  test('has nothing forgotten and no target deleted by the service', async () => {
    since = Date.now();
    const before = await e2e.inside.tables.leases.get('kindless');
    await killWorkers('secretcast-local-watch-clusters');
    await kindless().remove({ kind: 'CustomResourceDefinition', name: 'externalsecrets.external-secrets.io' });
    await eventually(async () => {
      const { status } = await kindless().send('GET', '/apis/external-secrets.io/v1/externalsecrets');
      expect(status).toBe(404);
    }, RECOVERED);
    await eventually(async () => {
      expect((await e2e.inside.tables.leases.get('kindless'))?.epoch).toBeGreaterThan(before?.epoch ?? 0);
    }, RECOVERED);
    await sleep(5_000); // several tries to list what is not there

    expect(await remembered('kindless')).toEqual(EVERYTHING);
    expect(await deletionsBy(kindless(), since)).toEqual([]);
    expect(await kindless().secretValue(namespace, STAYS, 'password')).toBeDefined();
  });

  test('is served again with the CRD and its objects back', async () => {
    await applyManifests(e2e.kubeconfigFile, 'kindless', await customResourceDefinitions());
    await kindless().apply(...manifests());
    await rotate('kinds are back');

    await targetsHold(kindless(), 'kinds are back');
    expect(await deletionsBy(kindless(), since)).toEqual([]);
    await eventually(async () => expect(await remembered('kindless')).toEqual(EVERYTHING), RECOVERED);
  });
});

describe('a cluster built anew under the same name', () => {
  let rebuilt: Rebuilt | undefined;
  const cluster = (): Rebuilt => {
    if (rebuilt === undefined) throw new Error('the cluster was not rebuilt');
    return rebuilt;
  };

  beforeAll(async () => {
    rebuilt = await rebuildCluster(e2e, 'rebuilt');
  });
  afterAll(async () => {
    await rebuilt?.stop();
  });

  test('has none of its objects written to, and the old one is not forgotten', async () => {
    const { admin } = cluster();
    await trustNewAuthority(admin);
    await killWorkers('secretcast-local-watch-clusters');
    await e2e.invoke('watch-clusters');
    await eventually(async () => expect(await requestsOf(admin)).toContain('get namespaces kube-system'), RECOVERED);
    await rotate('for the old one');
    await sleep(5_000);

    const written = (await writesIn(admin.local)).filter(({ code }) => code < 300);
    expect(written.filter(({ resource }) => resource !== 'events')).toEqual([]);
    expect(await remembered('rebuilt')).toEqual(EVERYTHING);
  });

  test('is refused by `cluster add` unless it shall replace the old one', async () => {
    await expect(addCluster('rebuilt', cluster().kubeconfigFile)).rejects.toThrow('--replace');
  });

  test('is served once it replaced the old one', async () => {
    const { admin, kubeconfigFile } = cluster();
    await addCluster('rebuilt', kubeconfigFile, '--replace');
    await admin.apply(...manifests());
    await e2e.invoke('watch-clusters');

    await targetsHold(admin, 'for the old one');
    await eventually(async () => expect(await remembered('rebuilt')).toEqual(EVERYTHING), RECOVERED);
  });
});

/** As somebody would who thinks that only the certificate changed. */
const trustNewAuthority = async ({ local }: ClusterAdmin): Promise<void> => {
  const { clusters } = e2e.inside.tables;
  const registered = await clusters.get('rebuilt');
  if (registered === undefined) throw new Error('the cluster is not registered');
  const { certificateAuthority } = local;
  await clusters.put({ ...registered, connection: { ...registered.connection, certificateAuthority } });
};

const requestsOf = async ({ local }: ClusterAdmin): Promise<readonly string[]> =>
  (await requestsIn(local)).map(({ verb, resource, name }) => `${verb} ${resource} ${name}`);
