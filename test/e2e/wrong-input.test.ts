import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { ClusterAdmin, Manifest } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { externalSecret, secret, storeWithKeys } from './support/manifests.ts';
import { mayReadSecrets } from './support/provider.ts';
import { openQueues, type Queues } from './support/queues.ts';
import { becomesReady, eventTexts, externalSecretRef, readyOf, storeRef } from './support/ready.ts';
import { type E2e, startE2e } from './support/stack.ts';
import {
  aws,
  bothSources,
  data,
  es,
  FAILED,
  HUGE,
  keysIn,
  store,
  unsupported,
  unusableStores,
  unusableValues,
  type Wrong,
  withoutRulesInTheCluster,
} from './support/wrong-inputs.ts';

const SOON = { withinMilliseconds: 20_000 };
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

const isAnswered = async ({ cluster: name, objects, about, ready, event }: Wrong): Promise<void> => {
  const cluster = e2e.cluster(name);
  await cluster.apply(...objects);
  await eventually(async () => {
    expect(await readyOf(cluster, about)).toBe(ready);
    expect(await eventTexts(cluster, about)).toContainEqual(expect.stringContaining(event));
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
