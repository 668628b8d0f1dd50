import type { Manifest, Ref } from './cluster-admin.ts';
import { secret } from './manifests.ts';

const API_VERSION = 'external-secrets.io/v1beta1';
export const FAILED = 'False SecretSyncedError: could not get secret data from provider';
/** Each as large as Secrets Manager takes, together more than a Secret may hold. */
export const HUGE = Array.from({ length: 17 }, (_, index) => `huge-${index}`);

export const es = (name: string, spec: Readonly<Record<string, unknown>>): Manifest => ({
  apiVersion: API_VERSION,
  kind: 'ExternalSecret',
  metadata: { name, namespace: 'default' },
  spec: { secretStoreRef: { name: 'aws', kind: 'SecretStore' }, refreshInterval: '1h', ...spec },
});

export const store = (name: string, provider: Readonly<Record<string, unknown>>): Manifest => ({
  apiVersion: API_VERSION,
  kind: 'SecretStore',
  metadata: { name, namespace: 'default' },
  spec: { provider },
});

export const aws = (more: Readonly<Record<string, unknown>>) => ({
  aws: { service: 'SecretsManager', region: 'eu-west-1', ...more },
});

/** @param namespace - cluster-scoped stores say it */
export const keysIn = (name: string, namespace?: string) => {
  const place = namespace === undefined ? { name } : { name, namespace };
  return {
    auth: {
      secretRef: {
        accessKeyIDSecretRef: { ...place, key: 'access-key' },
        secretAccessKeySecretRef: { ...place, key: 'secret-access-key' },
      },
    },
  };
};

export const bothSources = es('both-sources', {
  dataFrom: [{ extract: { key: 'db' }, find: { name: { regexp: 'd.*' } } }],
});

/** Objects that somebody applies, and what they are told. */
export interface Wrong {
  /** Name of the cluster: in `beta` the CRDs have no rules. */
  readonly cluster: 'alpha' | 'beta';
  readonly objects: readonly Manifest[];
  readonly about: Ref;
  readonly ready: string;
  /** Part of an event's message. */
  readonly event: string;
}

const wrong = (cluster: 'alpha' | 'beta', object: Manifest, answer: Pick<Wrong, 'ready' | 'event'>): Wrong => ({
  cluster,
  objects: [object],
  about: { kind: object.kind, namespace: 'default', name: object.metadata.name },
  ...answer,
});

const unready = (message: string) => `False InvalidProviderConfig: ${message}`;
const asSaid = (message: string) => ({ ready: `False SecretSyncedError: ${message}`, event: message });
const asStoreSaid = (message: string) => ({ ready: unready(message), event: message });
const sessionFailed = (why: string) => ({
  ready: unready('unable to create client'),
  event: `unable to create session: could not fetch SecretAccessKey secret: ${why}`,
});

const extract = (name: string, key: string) => es(name, { dataFrom: [{ extract: { key } }] });
export const data = (name: string, remoteRef: Readonly<Record<string, unknown>>, more = {}) =>
  es(name, { data: [{ secretKey: 'password', remoteRef }], ...more });

export const withoutRulesInTheCluster: readonly [string, Wrong][] = [
  [
    'an entry with extract and find',
    wrong('beta', bothSources, asSaid('extract, find, or generatorRef cannot be set at the same time')),
  ],
  [
    'a store without a provider',
    wrong(
      'beta',
      store('no-provider', {}),
      asStoreSaid('store error for no-provider: secret stores must only have exactly one backend specified, found 0'),
    ),
  ],
  [
    'a template of a bootstrap token',
    wrong(
      'beta',
      data('bootstrap', { key: 'db' }, { target: { template: { type: 'bootstrap.kubernetes.io/token' } } }),
      asSaid('template.type="bootstrap.kubernetes.io/token" is not allowed'),
    ),
  ],
  [
    'a Region that no host can have',
    wrong('beta', store('no-region', aws({ region: 'not a region' })), asStoreSaid('region not found: not a region')),
  ],
];

export const unusableStores: readonly [string, Wrong][] = [
  [
    'a store whose credentials Secret is missing',
    wrong(
      'alpha',
      store('no-secret', aws(keysIn('nowhere'))),
      sessionFailed('cannot get Kubernetes secret "nowhere" from namespace "default": secrets "nowhere" not found'),
    ),
  ],
  [
    'a store whose credentials Secret lacks the key',
    {
      ...wrong(
        'alpha',
        store('no-key', aws(keysIn('half-keys'))),
        sessionFailed('cannot find secret data for key: "secret-access-key"'),
      ),
      objects: [secret('half-keys', { 'access-key': 'AKIA' }), store('no-key', aws(keysIn('half-keys')))],
    },
  ],
];

export const unusableValues: readonly [string, Wrong][] = [
  [
    'a value that is not JSON where its members are asked for',
    wrong('alpha', extract('not-json', 'text'), {
      ready: FAILED,
      event: 'error processing spec.dataFrom[0].extract, err: unable to unmarshal secret text: invalid character',
    }),
  ],
  [
    'a property that is not there',
    wrong('alpha', data('no-property', { key: 'db', property: 'nope' }), {
      ready: FAILED,
      event: 'error processing spec.data[0] (key: db), err: key nope does not exist in secret db',
    }),
  ],
  [
    'a member whose name no key can have',
    wrong('alpha', extract('long-name', 'long-name'), {
      ready: FAILED,
      event:
        'invalid secret keys (TIP: use rewrite or conversionStrategy to change keys): key has length 300 but max is 253',
    }),
  ],
  [
    'a property that a query does not find',
    wrong('alpha', data('query', { key: 'db', property: 'users.#(admin==true).name' }), {
      ready: FAILED,
      event: 'error processing spec.data[0] (key: db), err: key users.#(admin==true).name does not exist in secret db',
    }),
  ],
  [
    'a key that does not exist',
    wrong('alpha', data('no-such-key', { key: 'nowhere' }), {
      ready: FAILED,
      event: 'error processing spec.data[0] (key: nowhere), err: Secret does not exist',
    }),
  ],
  [
    'more than a Secret may hold',
    wrong('alpha', es('too-large', { data: HUGE.map((key) => ({ secretKey: key, remoteRef: { key } })) }), {
      ready: 'False SecretSyncedError: could not update secret',
      event: 'create secrets in namespace default was refused (422): data (FieldValueTooLong)',
    }),
  ],
];

export const unsupported: readonly [string, Wrong][] = [
  [
    'generators',
    wrong(
      'alpha',
      es('generator', {
        dataFrom: [
          {
            sourceRef: {
              generatorRef: { apiVersion: 'generators.external-secrets.io/v1alpha1', kind: 'Password', name: 'p' },
            },
          },
        ],
      }),
      asSaid('spec.dataFrom[0].sourceRef.generatorRef of kind Password is not supported yet'),
    ),
  ],
  [
    'another provider',
    wrong(
      'alpha',
      store('vault', { vault: { server: 'https://vault.example', path: 'secret' } }),
      asStoreSaid('provider vault of store vault is not supported yet'),
    ),
  ],
];
