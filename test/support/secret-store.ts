import type { MirroredObject } from '../../src/domain/mirrored-object.ts';
import { parseSecretStore, type SecretStore } from '../../src/domain/secret-store.ts';

interface StoreChange {
  readonly kind?: SecretStore['kind'];
  readonly name?: string;
  /** Of `spec.provider.aws`. */
  readonly aws?: Readonly<Record<string, unknown>>;
  /** Of `spec`. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** A store as the API server holds it: Secrets Manager in eu-central-1, in namespace `team-a` unless cluster-scoped. */
export const storeObject = ({
  kind = 'SecretStore',
  name = 'aws',
  aws = {},
  spec = {},
}: StoreChange = {}): MirroredObject => ({
  ref: { kind, namespace: kind === 'SecretStore' ? 'team-a' : '', name },
  uid: 'uid-1',
  resourceVersion: '1',
  generation: 1,
  labels: {},
  annotations: {},
  finalizers: [],
  spec: { provider: { aws: { service: 'SecretsManager', region: 'eu-central-1', ...aws } }, ...spec },
});

export const secretStore = (change: StoreChange = {}): SecretStore => parseSecretStore(storeObject(change));

/** `auth.secretRef` with its selectors in `namespace`, or none. */
export const staticAuth = (namespace?: string) => {
  const selector = (key: string) => ({ name: 'aws-keys', key, ...(namespace === undefined ? {} : { namespace }) });
  return {
    secretRef: {
      accessKeyIDSecretRef: selector('access-key'),
      secretAccessKeySecretRef: selector('secret-access-key'),
    },
  };
};
