import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { ClusterAdmin, Manifest, Ref } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { externalSecret, secret, storeWithKeys } from './support/manifests.ts';
import { mayReadSecrets } from './support/provider.ts';
import { openQueues, type Queues } from './support/queues.ts';
import { becomesReady, eventTexts, externalSecretRef, readyOf, storeRef } from './support/ready.ts';
import { type E2e, startE2e } from './support/stack.ts';

const SOON = { withinMilliseconds: 20_000 };
const API_VERSION = 'external-secrets.io/v1beta1';
const FAILED = 'False SecretSyncedError: could not get secret data from provider';
/** Each as large as Secrets Manager takes, together more than a Secret may hold. */
const HUGE = Array.from({ length: 17 }, (_, index) => `huge-${index}`);
const HUGE_BYTES = 65_536;

let e2e: E2e;
let queues: Queues;
let alpha: ClusterAdmin;
/** Its CRDs have lost their rules, as those of another installation may. */
let beta: ClusterAdmin;

beforeAll(async () => {
  e2e = await startE2e();
  queues = openQueues(e2e);
  alpha = e2e.cluster('alpha');
  beta = e2e.cluster('beta');
  const { provider } = e2e;
  const key = await provider.createUser('reader', [mayReadSecrets('')]);
  await provider.createSecret('db', { password: 'one' });
  await provider.createSecret('text', 'no JSON at all');
  await provider.createSecret('long-name', { ['n'.repeat(300)]: 'one' });
  for (const name of HUGE) await provider.createSecret(name, 'x'.repeat(HUGE_BYTES));
  for (const kind of ['externalsecrets', 'secretstores']) await takeRulesOut(beta, kind);
  const healthy = externalSecret({
    name: 'healthy',
    store: 'aws',
    data: { password: { key: 'db', property: 'password' } },
  });
  for (const cluster of [alpha, beta]) {
    await cluster.apply(...storeWithKeys('aws', key), healthy);
    await becomesReady(cluster, externalSecretRef('healthy'));
  }
}, 180_000);

afterAll(async () => {
  queues.close();
  await e2e.stop();
}, 60_000);

/** Rules, and limits on what a provider may be. */
const RULES = new Set(['x-kubernetes-validations', 'minProperties', 'maxProperties']);

const withoutRules = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutRules);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !RULES.has(name));
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutRules(member)]));
};

const takeRulesOut = async (cluster: ClusterAdmin, plural: string): Promise<void> => {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.external-secrets.io`;
  const definition = z.looseObject({ spec: z.unknown() }).parse((await cluster.send('GET', path)).body);
  const { status } = await cluster.send('PUT', path, { ...definition, spec: withoutRules(definition.spec) });
  expect(status).toBe(200);
};

const answerSchema = z.looseObject({ message: z.string() });

/** What the API server says to whoever creates `object`. */
const refusal = async (cluster: ClusterAdmin, object: Manifest): Promise<string> => {
  const plural = `${object.kind.toLowerCase()}s`;
  const { status, body } = await cluster.send(
    'POST',
    `/apis/${object.apiVersion}/namespaces/default/${plural}`,
    object,
  );
  expect(status).toBe(422);
  return answerSchema.parse(body).message;
};

const es = (name: string, spec: Readonly<Record<string, unknown>>): Manifest => ({
  apiVersion: API_VERSION,
  kind: 'ExternalSecret',
  metadata: { name, namespace: 'default' },
  spec: { secretStoreRef: { name: 'aws', kind: 'SecretStore' }, refreshInterval: '1h', ...spec },
});

const store = (name: string, provider: Readonly<Record<string, unknown>>): Manifest => ({
  apiVersion: API_VERSION,
  kind: 'SecretStore',
  metadata: { name, namespace: 'default' },
  spec: { provider },
});

const aws = (more: Readonly<Record<string, unknown>>) => ({
  aws: { service: 'SecretsManager', region: 'eu-west-1', ...more },
});

/** @param namespace - cluster-scoped stores say it */
const keysIn = (name: string, namespace?: string) => {
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

const bothSources = es('both-sources', { dataFrom: [{ extract: { key: 'db' }, find: { name: { regexp: 'd.*' } } }] });

describe('the API server refuses', () => {
  test.each<[string, Manifest, string]>([
    ['an entry with extract and find', bothSources, 'extract, find, or generatorRef cannot be set at the same time'],
    ['a store without a provider', store('no-provider', {}), 'spec.provider'],
    [
      'a Region that no host can have',
      store('no-region', aws({ region: 'not a region' })),
      'region not found: not a region',
    ],
    [
      'a key that a Secret cannot have',
      es('bad-key', { data: [{ secretKey: 'a b', remoteRef: { key: 'db' } }] }),
      'spec.data[0].secretKey',
    ],
  ])('%s', async (_, object, text) => {
    expect(await refusal(alpha, object)).toContain(text);
  });
});

interface Wrong {
  readonly cluster: () => ClusterAdmin;
  readonly objects: readonly Manifest[];
  readonly about: Ref;
  readonly ready: string;
  /** Part of an event's message. */
  readonly event: string;
}

const wrong = (cluster: 'alpha' | 'beta', object: Manifest, answer: Pick<Wrong, 'ready' | 'event'>): Wrong => ({
  cluster: () => e2e.cluster(cluster),
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

const withoutRulesInTheCluster: readonly [string, Wrong][] = [
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
    'a Region that no host can have',
    wrong('beta', store('no-region', aws({ region: 'not a region' })), asStoreSaid('region not found: not a region')),
  ],
];

const unusableStores: readonly [string, Wrong][] = [
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

const extract = (name: string, key: string) => es(name, { dataFrom: [{ extract: { key } }] });
const data = (name: string, remoteRef: Readonly<Record<string, unknown>>, more = {}) =>
  es(name, { data: [{ secretKey: 'password', remoteRef }], ...more });

const unusableValues: readonly [string, Wrong][] = [
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

const unsupported: readonly [string, Wrong][] = [
  [
    'spec.target.template',
    wrong(
      'alpha',
      data('template', { key: 'db' }, { target: { template: { data: { a: '{{ .password }}' } } } }),
      asSaid('spec.target.template is not supported yet'),
    ),
  ],
  [
    'dataFrom.find',
    wrong(
      'alpha',
      es('find', { dataFrom: [{ find: { name: { regexp: 'd.*' } } }] }),
      asSaid('spec.dataFrom[0].find is not supported yet'),
    ),
  ],
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
      asSaid('spec.dataFrom[0].sourceRef.generatorRef is not supported yet'),
    ),
  ],
  [
    'a gjson query',
    wrong('alpha', data('query', { key: 'db', property: 'users.#(admin==true).name' }), {
      ready:
        'False SecretSyncedError: the query "users.#(admin==true).name" as property of key db is not supported yet',
      event: 'is not supported yet',
    }),
  ],
  [
    'auth.jwt of a store',
    wrong(
      'alpha',
      store('jwt', aws({ auth: { jwt: { serviceAccountRef: { name: 'reader' } } } })),
      asStoreSaid('spec.provider.aws.auth.jwt is not supported yet'),
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

const isAnswered = async ({ cluster, objects, about, ready, event }: Wrong): Promise<void> => {
  await cluster().apply(...objects);
  await eventually(async () => {
    expect(await readyOf(cluster(), about)).toBe(ready);
    expect(await eventTexts(cluster(), about)).toContainEqual(expect.stringContaining(event));
  }, SOON);
};

describe('where the CRDs have no rules, the service itself refuses', () => {
  test.each(withoutRulesInTheCluster)('%s', (_, input) => isAnswered(input));
});

describe('condition and event say what is wrong with', () => {
  test.each([...unusableStores, ...unusableValues])('%s', (_, input) => isAnswered(input));

  test('a store that is not for the namespace', async () => {
    const shared = {
      ...store('shared', aws({})),
      kind: 'ClusterSecretStore',
      metadata: { name: 'shared' },
    };
    const spec = { provider: aws(keysIn('aws-keys', 'default')), conditions: [{ namespaces: ['elsewhere'] }] };
    const user = data('not-for-us', { key: 'db' }, { secretStoreRef: { name: 'shared', kind: 'ClusterSecretStore' } });
    await alpha.apply({ ...shared, spec }, user);

    await eventually(async () => {
      expect(await readyOf(alpha, externalSecretRef('not-for-us'))).toBe(FAILED);
      const event =
        'error processing spec.data[0] (key: db), err: using cluster store "shared" is not allowed from namespace "default": denied by spec.condition';
      expect(await eventTexts(alpha, externalSecretRef('not-for-us'))).toContainEqual(expect.stringContaining(event));
    }, SOON);
  });

  test('a secret in a Region nobody knows: there it does not exist', async () => {
    const keys = await e2e.provider.createUser('far-reader', [mayReadSecrets('')]);
    await alpha.apply(
      ...storeWithKeys('far', keys, { region: 'nowhere-1' }),
      data('far', { key: 'db' }, { secretStoreRef: { name: 'far', kind: 'SecretStore' } }),
    );

    await eventually(async () => {
      expect(await readyOf(alpha, storeRef('far'))).toBe('True Valid: store validated');
      expect(await readyOf(alpha, externalSecretRef('far'))).toBe(FAILED);
      expect(await eventTexts(alpha, externalSecretRef('far'))).toContain(
        'error processing spec.data[0] (key: db), err: Secret does not exist',
      );
    }, SOON);
  });
});

describe('not Ready, and named, is what is not supported yet:', () => {
  test.each(unsupported)('%s', (_, input) => isAnswered(input));
});

describe('nothing is lost', () => {
  test('of the wrong objects no Secret was made', async () => {
    const names = (await alpha.list('Secret', 'default')).map(({ metadata }) => metadata.name);

    for (const [, { about }] of [...unusableValues, ...unsupported]) expect(names).not.toContain(about.name);
  });

  test('secretcast status tells of each what its condition tells', async () => {
    const said = await e2e.secretcast('status', '--cluster', 'alpha');

    for (const [, { about, ready }] of [...unusableValues, ...unsupported, ...unusableStores]) {
      const line = said.split('\n').find((text) => text.includes(`${about.name} `));
      expect(line).toContain(ready.split(': ')[0]?.split(' ')[1]);
    }
  });

  test('what is mended syncs: a missing credentials Secret that is made, a property that appears', async () => {
    const key = await e2e.provider.createUser('late-reader', [mayReadSecrets('')]);
    await alpha.apply(
      secret('nowhere', { 'access-key': key.accessKeyId, 'secret-access-key': key.secretAccessKey }),
      data('late', { key: 'db', property: 'password' }, { secretStoreRef: { name: 'no-secret', kind: 'SecretStore' } }),
    );
    await e2e.provider.putSecret('db', { password: 'two', nope: 'now there' });

    await becomesReady(alpha, storeRef('no-secret'));
    await becomesReady(alpha, externalSecretRef('late'), 30_000);
    await becomesReady(alpha, externalSecretRef('no-property'));
    expect(await alpha.secretValue('default', 'late', 'password')).toBe('two');
    expect(await alpha.secretValue('default', 'no-property', 'password')).toBe('now there');
  });
});

describe('a message that nobody can read goes to the dead-letter queue, and the others are handled:', () => {
  const request = (schemaVersion: number) =>
    JSON.stringify({ schemaVersion, cluster: 'alpha', cause: { type: 'person' }, traceId: 'x', objects: [] });

  test.each<[string, 'SecretChanges' | 'Reconcile', string, string]>([
    ['an event that is not JSON', 'SecretChanges', 'no event {', 'event is not JSON'],
    ['an event without its envelope', 'SecretChanges', '{"detail":{"name":"db"}}', 'event is invalid at'],
    ['a request of another schema version', 'Reconcile', request(99), 'schemaVersion 99, understood: 1'],
    ['a request without objects', 'Reconcile', request(1), 'reconcile message is invalid at objects'],
  ])('%s', async (...[, queue, body, why]) => {
    await queues.repeatAfter(queue, 1);
    await queues.send(queue, body);
    await e2e.provider.putSecret('db', { password: `after ${body}` });

    await eventually(
      async () => expect(await alpha.secretValue('default', 'healthy', 'password')).toBe(`after ${body}`),
      SOON,
    );
    await eventually(async () => expect(await e2e.inside.deadLetters()).toContain(body), {
      withinMilliseconds: 30_000,
    });
    const logs = Object.values(await e2e.inside.logs()).join('\n');
    expect(logs).toContain(why);
    expect(logs).not.toContain(body);
  });
});
