import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSmallCluster } from '../../local/kubernetes/start-small-cluster.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';
import type { ApiServerAdmin } from '../support/api-server-admin.ts';
import { createApiServerWorld, STRANGER } from '../support/api-server-world.ts';
import { createFakeCluster } from '../support/fake-cluster.ts';
import { type ClusterWorld, describeClusterClient } from './cluster-client.ts';

const startFake = async (): Promise<ClusterWorld> => {
  const cluster = createFakeCluster();
  const strangers = createFakeCluster();
  strangers.forbid('*', '*');
  const hanging = createFakeCluster({ deadlineMilliseconds: 200 });
  hanging.hang(undefined, Number.POSITIVE_INFINITY);
  return {
    client: cluster.client,
    stranger: strangers.client,
    hanging: hanging.client,
    makeNamespace: async (name) => {
      cluster.put({ kind: 'Namespace', namespace: '', name });
    },
    putObject: async (ref, seed) => {
      cluster.put(ref, seed);
    },
    putSecret: async (ref, { data, ...seed }) => {
      const values = Object.entries(data ?? {}).map(([key, text]) => [key, SecretValue.fromText(text)] as const);
      cluster.putSecret(ref, { ...seed, ...(data !== undefined && { data: new Map(values) }) }, 'somebody');
    },
    putGenerator: async (ref, spec) => cluster.putGenerator(ref, spec),
    putConfigMap: async ({ namespace, name }, data) => cluster.putConfigMap(namespace, name, data),
    deleteObject: async (ref) => cluster.delete(ref),
    putServiceAccount: async (ref, annotations) => cluster.serviceAccounts.put(ref, annotations),
    events: async () =>
      cluster.events.map(({ subject, namespace, ...event }) => ({ ...event, namespace, about: subject.name })),
    expiredPosition: async () => {
      cluster.forgetHistory();
      return String(BigInt(cluster.resourceVersion) - 1n);
    },
    stop: async () => undefined,
  };
};

describeClusterClient('the fake cluster', startFake);

/** More changes than the server keeps. */
const outliveWindow = async (admin: ApiServerAdmin): Promise<string> => {
  for (let change = 0; change <= 60; change++)
    await admin.send('PATCH', '/api/v1/namespaces/default', { metadata: { labels: { change: String(change) } } });
  return '1';
};

const startSmall = async (): Promise<ClusterWorld> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'contract-'));
  const cluster = await startSmallCluster({ name: 'contract', directory, users: [STRANGER], watchWindowEvents: 50 });
  const world = await createApiServerWorld(cluster, outliveWindow);
  return {
    ...world,
    stop: async () => {
      await world.stop();
      await cluster.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
};

describeClusterClient('the adapter on the small API server', startSmall);
