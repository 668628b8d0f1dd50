import type { Cluster } from '../../src/domain/cluster.ts';
import type { ExternalSecret } from '../../src/domain/external-secret.ts';
import type { MirroredObject } from '../../src/domain/mirrored-object.ts';
import type { ObjectRef, ServedRef } from '../../src/domain/object-ref.ts';
import { parseExternalSecret } from '../../src/domain/parse-external-secret.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';
import type { TargetSecret } from '../../src/domain/target-secret.ts';
import { FAKE_ACCOUNT } from './fake-secrets.ts';

export const NAMESPACE = 'team-a';
export const REGION = 'eu-central-1';
export const DEFAULT_ROLE = `arn:aws:iam::${FAKE_ACCOUNT}:role/secrets-reader`;
export const PUSH_ROLE = `arn:aws:iam::${FAKE_ACCOUNT}:role/secrets-writer`;

type Spec = Readonly<Record<string, unknown>>;

/** An object as a person applies it. */
export interface Manifest<R extends ObjectRef = ServedRef> {
  readonly ref: R;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly spec?: unknown;
  readonly status?: unknown;
}

interface Overrides extends Partial<Omit<Manifest, 'ref' | 'spec'>> {
  readonly namespace?: string;
  readonly name?: string;
  /** Members of the spec; each replaces the default one as a whole, `undefined` takes it away. */
  readonly spec?: Spec;
}

/** `secretKey` from the key `prod/db`, or from what is named. */
export const data = (secretKey: string, remoteRef: Spec = {}, more: Spec = {}): Spec => ({
  secretKey,
  remoteRef: { key: 'prod/db', ...remoteRef },
  ...more,
});

/** `db` in {@link NAMESPACE}: the key `password` from the whole of `prod/db` in the store `aws`, every hour. */
export const externalSecret = ({ namespace = NAMESPACE, name = 'db', spec, ...rest }: Overrides = {}): Manifest => ({
  ...rest,
  ref: { kind: 'ExternalSecret', namespace, name },
  spec: { secretStoreRef: { name: 'aws' }, refreshInterval: '1h', data: [data('password')], ...spec },
});

/** `aws` in {@link NAMESPACE}: Secrets Manager in {@link REGION} under the cluster's default role. */
export const secretStore = ({ namespace = NAMESPACE, name = 'aws', spec, ...rest }: Overrides = {}): Manifest => ({
  ...rest,
  ref: { kind: 'SecretStore', namespace, name },
  spec: { provider: { aws: { service: 'SecretsManager', region: REGION } }, ...spec },
});

/** `shared`, as {@link secretStore}. */
export const clusterSecretStore = ({ name = 'shared', spec, ...rest }: Overrides = {}): Manifest => ({
  ...rest,
  ref: { kind: 'ClusterSecretStore', namespace: '', name },
  spec: { provider: { aws: { service: 'SecretsManager', region: REGION } }, ...spec },
});

/** `shared`: the ExternalSecret of {@link externalSecret}, in each namespace labelled `team`. */
export const clusterExternalSecret = ({ name = 'shared', spec, ...rest }: Overrides = {}): Manifest => ({
  ...rest,
  ref: { kind: 'ClusterExternalSecret', namespace: '', name },
  spec: {
    externalSecretSpec: externalSecret().spec,
    namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] },
    ...spec,
  },
});

/** `key` of the source, to `path/to/key`. */
export const pushed = (secretKey = 'key', remoteRef: Spec = {}, more: Spec = {}): Spec => ({
  match: { secretKey, remoteRef: { remoteKey: 'path/to/key', ...remoteRef } },
  ...more,
});

/** `ps` in {@link NAMESPACE}: `key` of the Secret `source` to `path/to/key`, through the store `aws`, every hour. */
export const pushSecret = ({ namespace = NAMESPACE, name = 'ps', spec, ...rest }: Overrides = {}): Manifest => ({
  ...rest,
  ref: { kind: 'PushSecret', namespace, name },
  spec: {
    refreshInterval: '1h',
    secretStoreRefs: [{ name: 'aws', kind: 'SecretStore' }],
    selector: { secret: { name: 'source' } },
    data: [pushed()],
    ...spec,
  },
});

/** `shared`: a PushSecret of the Secret `source`, in each namespace labelled `team`. */
export const clusterPushSecret = ({ name = 'shared', spec, ...rest }: Overrides = {}): Manifest => ({
  ...rest,
  ref: { kind: 'ClusterPushSecret', namespace: '', name },
  spec: {
    pushSecretSpec: {
      secretStoreRefs: [{ name: 'aws', kind: 'SecretStore' }],
      selector: { secret: { name: 'source' } },
      data: [{ match: { secretKey: 'password', remoteRef: { remoteKey: 'prod/pushed' } } }],
    },
    namespaceSelectors: [{ matchExpressions: [{ key: 'team', operator: 'Exists' }] }],
    ...spec,
  },
});

/** A Namespace with labels. */
export const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): Manifest<ObjectRef> => ({
  ref: { kind: 'Namespace', namespace: '', name },
  labels,
});

/** `spec` of a store with these members of `provider.aws`. */
export const awsProvider = (aws: Spec): Spec => ({
  provider: { aws: { service: 'SecretsManager', region: REGION, ...aws } },
});

export const registration = (overrides: Partial<Cluster> = {}): Cluster => ({
  name: 'one',
  connection: { type: 'credentials', server: 'https://one.invalid', credentialsSecretId: 'secretcast/one' },
  labels: {},
  mode: 'active',
  controllerClass: 'default',
  namespaces: [],
  identity: { defaultRole: DEFAULT_ROLE, pushRole: PUSH_ROLE, allowRoles: [], sessionTags: true },
  kubeSystemUid: 'kube-system-uid',
  ...overrides,
});

/** A manifest as a cluster and its mirror hold it. */
export const mirrored = (
  manifest: Manifest<ObjectRef>,
  overrides: Partial<Omit<MirroredObject, 'ref'>> = {},
): MirroredObject => ({
  uid: `${manifest.ref.kind}-${manifest.ref.name}-uid`,
  resourceVersion: '100',
  generation: 1,
  labels: {},
  annotations: {},
  finalizers: [],
  ...manifest,
  ...overrides,
});

/** An ExternalSecret as the rules see it. */
export const parsedExternalSecret = (
  overrides: Overrides = {},
  object: Partial<Omit<MirroredObject, 'ref'>> = {},
): ExternalSecret => parseExternalSecret(mirrored(externalSecret(overrides), object));

/** Values from texts. */
export const values = (texts: Readonly<Record<string, string>>): ReadonlyMap<string, SecretValue> =>
  new Map(Object.entries(texts).map(([key, text]) => [key, SecretValue.fromText(text)]));

/** Texts from values. */
export const texts = (found: ReadonlyMap<string, SecretValue> | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries([...(found ?? [])].map(([key, value]) => [key, value.revealText()]));

/** A Secret of somebody else, unmanaged. */
export const targetSecret = (overrides: Partial<TargetSecret> = {}): TargetSecret => ({
  namespace: NAMESPACE,
  name: 'db',
  uid: 'secret-uid',
  resourceVersion: '7',
  type: 'Opaque',
  immutable: false,
  labels: {},
  annotations: {},
  finalizers: [],
  ownerReferences: [],
  managedFields: [],
  data: new Map(),
  ...overrides,
});
