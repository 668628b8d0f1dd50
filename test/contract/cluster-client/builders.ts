import type { ObjectRef } from '../../../src/domain/object-ref.ts';
import { SecretValue } from '../../../src/domain/secret-value.ts';
import type { TargetSecret } from '../../../src/domain/target-secret.ts';
import type { ObjectSeed } from '../cluster-client.ts';

export const MANAGER = 'externalsecrets.external-secrets.io/db';

/** A Secret that is not there yet. */
export const newSecret = (
  namespace: string,
  name: string,
  {
    data = {},
    ...rest
  }: Partial<Omit<TargetSecret, 'data'>> & { readonly data?: Readonly<Record<string, string>> } = {},
): TargetSecret => ({
  namespace,
  name,
  uid: '',
  resourceVersion: '',
  type: '',
  immutable: false,
  labels: {},
  annotations: {},
  finalizers: [],
  ownerReferences: [],
  managedFields: [],
  ...rest,
  data: values(data),
});

export const values = (data: Readonly<Record<string, string>>): TargetSecret['data'] =>
  new Map(Object.entries(data).map(([key, text]) => [key, SecretValue.fromText(text)]));

/** What a Secret holds, as text. */
export const textsOf = (secret: TargetSecret | undefined): Readonly<Record<string, string>> | undefined =>
  secret && Object.fromEntries([...secret.data].map(([key, value]) => [key, value.revealText()]));

export const externalSecretRef = (namespace: string, name: string): ObjectRef => ({
  kind: 'ExternalSecret',
  namespace,
  name,
});
export const storeRef = (namespace: string, name: string): ObjectRef => ({ kind: 'SecretStore', namespace, name });

/** Specs that the API's schemas take. */
export const EXTERNAL_SECRET: ObjectSeed = {
  spec: {
    refreshInterval: '1h0m0s',
    secretStoreRef: { kind: 'SecretStore', name: 'aws' },
    target: { name: 'db' },
    data: [{ secretKey: 'password', remoteRef: { key: 'prod/db' } }],
  },
};
export const STORE: ObjectSeed = { spec: { provider: { aws: { service: 'SecretsManager', region: 'eu-central-1' } } } };

/** A real garbage collector looks for new kinds twice a minute. */
const PATIENCE_MILLISECONDS = 75_000;

/** Reads until `accept` does, for what clusters do in the background. */
export const eventually = async <T>(read: () => Promise<T>, accept: (value: T) => boolean): Promise<T> => {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const value = await read();
    if (accept(value) || Date.now() > deadline) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
