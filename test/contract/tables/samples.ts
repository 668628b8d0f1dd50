import type { Cluster } from '../../../src/domain/cluster.ts';
import type { MirroredObject } from '../../../src/domain/mirrored-object.ts';
import type { ServedRef } from '../../../src/domain/object-ref.ts';
import type { RemoteKey } from '../../../src/domain/remote-key.ts';
import { EMPTY_STATUS } from '../../../src/domain/status.ts';
import type { SyncState } from '../../../src/domain/sync-state.ts';

let made = 0;

/** A name no other test of this run uses: suites may share one table. */
export const freshName = (prefix: string): string => {
  made += 1;
  return `${prefix}-${made}`;
};

export const externalSecretRef = (name = 'app', namespace = 'prod'): ServedRef => ({
  kind: 'ExternalSecret',
  namespace,
  name,
});

export const storeRef = (name = 'aws', namespace = 'prod'): ServedRef => ({ kind: 'SecretStore', namespace, name });

export const cluster = (change: Partial<Cluster> = {}): Cluster => ({
  name: 'blue',
  connection: {
    type: 'eks',
    eksName: 'blue',
    region: 'eu-west-1',
    server: 'https://blue.example.com',
    certificateAuthority: 'PEM',
  },
  labels: { team: 'payments' },
  mode: 'active',
  controllerClass: '',
  namespaces: [],
  identity: { allowRoles: ['arn:aws:iam::*:role/read-*'], sessionTags: true },
  kubeSystemUid: 'f3b1',
  ...change,
});

export const mirrored = (change: Partial<MirroredObject> = {}): MirroredObject => ({
  ref: externalSecretRef(),
  uid: 'uid-1',
  resourceVersion: '9',
  generation: 1,
  labels: { app: 'web' },
  annotations: {},
  finalizers: [],
  spec: { refreshInterval: '1h', data: [{ secretKey: 'password', remoteRef: { key: 'prod/db' } }] },
  ...change,
});

export const state = (change: Partial<Omit<SyncState, 'revision'>> = {}): Omit<SyncState, 'revision'> => ({
  uid: 'uid-1',
  status: EMPTY_STATUS,
  versions: [],
  dependsOn: [],
  stores: [],
  failures: 0,
  dueAt: 1_000,
  ...change,
});

export const remoteKey = (name: string): RemoteKey => ({
  account: '111122223333',
  region: 'eu-west-1',
  service: 'secretsmanager',
  name,
});
