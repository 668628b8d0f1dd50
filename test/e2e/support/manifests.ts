import type { Manifest } from './cluster-admin.ts';
import type { AccessKey } from './provider.ts';

const API_VERSION = 'external-secrets.io/v1beta1';

export const secret = (
  name: string,
  stringData: Readonly<Record<string, string>>,
  namespace = 'default',
): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
  stringData,
});

/** Keys of an IAM user in a Secret, and a store that reads with them. */
export const storeWithKeys = (
  name: string,
  key: AccessKey,
  { namespace = 'default', service = 'SecretsManager', region = 'eu-west-1', role = '' } = {},
): readonly [Manifest, Manifest] => [
  secret(`${name}-keys`, { 'access-key': key.accessKeyId, 'secret-access-key': key.secretAccessKey }, namespace),
  {
    apiVersion: API_VERSION,
    kind: 'SecretStore',
    metadata: { name, namespace },
    spec: {
      provider: {
        aws: {
          service,
          region,
          ...(role === '' ? {} : { role }),
          auth: {
            secretRef: {
              accessKeyIDSecretRef: { name: `${name}-keys`, key: 'access-key' },
              secretAccessKeySecretRef: { name: `${name}-keys`, key: 'secret-access-key' },
            },
          },
        },
      },
    },
  },
];

export interface PushSecretOptions {
  readonly name: string;
  readonly store: string;
  /** Name of the Secret that is pushed. @default app */
  readonly source?: string;
  /** Remote key, or `key#property`, to the Secret's key; an empty one stands for all of it. */
  readonly data?: Readonly<Record<string, string>>;
  /** `metadata` of each of them. */
  readonly metadata?: unknown;
  /** @default default */
  readonly namespace?: string;
  /** @default 1h */
  readonly refreshInterval?: string;
  /** More of `spec`. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

export const pushSecret = ({
  name,
  store,
  source = 'app',
  data = {},
  metadata,
  namespace = 'default',
  refreshInterval = '1h',
  spec = {},
}: PushSecretOptions): Manifest => ({
  apiVersion: 'external-secrets.io/v1alpha1',
  kind: 'PushSecret',
  metadata: { name, namespace },
  spec: {
    refreshInterval,
    secretStoreRefs: [{ name: store, kind: 'SecretStore' }],
    selector: { secret: { name: source } },
    data: Object.entries(data).map(([remote, secretKey]) => {
      const [remoteKey = '', property] = remote.split('#');
      const remoteRef = { remoteKey, ...(property === undefined ? {} : { property }) };
      const match = { ...(secretKey === '' ? {} : { secretKey }), remoteRef };
      return { match, ...(metadata === undefined ? {} : { metadata }) };
    }),
    ...spec,
  },
});

/** `data[].metadata`, as the API wants it. */
export const pushMetadata = (spec: Readonly<Record<string, unknown>>): unknown => ({
  apiVersion: 'kubernetes.external-secrets.io/v1alpha1',
  kind: 'PushSecretMetadata',
  spec,
});

export interface ExternalSecretOptions {
  readonly name: string;
  readonly store: string;
  /** Target key to remote key, or to `{ key, property, … }`. */
  readonly data?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  /** @default default */
  readonly namespace?: string;
  /** @default the object's own name */
  readonly target?: string;
  /** @default 1h */
  readonly refreshInterval?: string;
  /** More of `spec.target`. */
  readonly targetOptions?: Readonly<Record<string, unknown>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** `spec.dataFrom`. */
  readonly dataFrom?: readonly object[];
}

export const externalSecret = ({
  name,
  store,
  data = {},
  namespace = 'default',
  target = name,
  refreshInterval = '1h',
  targetOptions = {},
  labels = {},
  dataFrom,
}: ExternalSecretOptions): Manifest => ({
  apiVersion: API_VERSION,
  kind: 'ExternalSecret',
  metadata: { name, namespace, labels },
  spec: {
    refreshInterval,
    secretStoreRef: { name: store, kind: 'SecretStore' },
    ...(dataFrom === undefined ? {} : { dataFrom }),
    target: { name: target, creationPolicy: 'Owner', ...targetOptions },
    data: Object.entries(data).map(([secretKey, remote]) => ({
      secretKey,
      remoteRef: typeof remote === 'string' ? { key: remote } : remote,
    })),
  },
});
