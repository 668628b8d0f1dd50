import { readFile } from 'node:fs/promises';
import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import { binaryCanary, type Canary, findCanaries, formsOf, knownCanary, textCanary } from './support/canaries.ts';
import type { ClusterAdmin, Manifest } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { externalSecret, pushMetadata, pushSecret, secret, storeWithKeys } from './support/manifests.ts';
import { type AccessKey, mayPushParameters, mayPushSecrets, mayReadSecrets } from './support/provider.ts';
import { publicPlaces } from './support/public-places.ts';
import { openQueues, QUEUES, type Queues } from './support/queues.ts';
import { becomesReady, externalSecretRef, pushSecretRef, readyOf } from './support/ready.ts';
import { type E2e, startE2e } from './support/stack.ts';

const SOON = { withinMilliseconds: 30_000 };

const text = textCanary('text');
const rotated = textCanary('rotated text');
const member = textCanary('JSON member');
const sibling = textCanary('JSON member nobody asked for');
const encoded = textCanary('base64 text');
const binary = binaryCanary('binary');
const edited = textCanary('edit by hand');
const large = textCanary('part of a huge value');
const applied = textCanary('value in the annotation of kubectl');
const made = textCanary('value that is pushed');
const madeAnew = textCanary('value that is pushed after an edit');
const remote = textCanary('value that a push finds at the provider');
/** In messages that somebody else put into our queue: there it stays, and nowhere else may it be. */
const malformed = textCanary('malformed message');
/** Together more than a Secret may hold. */
const HUGE = Array.from({ length: 17 }, (_, index) => `huge-${index}`);
const values: readonly Canary[] = [
  ...[text, rotated, member, sibling, encoded, binary, edited, large, applied],
  ...[made, madeAnew, remote],
];

let e2e: E2e;
let queues: Queues;
let alpha: ClusterAdmin;
let good: AccessKey;
let credentials: readonly Canary[] = [];

const kubeconfigSchema = z.looseObject({
  users: z.array(z.looseObject({ name: z.string(), user: z.looseObject({ token: z.string() }) })),
});

/** Bearer tokens of the service and of the administrator. */
const clusterTokens = async (): Promise<readonly Canary[]> => {
  const { users } = kubeconfigSchema.parse(parse(await readFile(e2e.kubeconfigFile, 'utf8')));
  return users.map(({ name, user }) => knownCanary(`token of ${name}`, user.token));
};

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'] });
  queues = openQueues(e2e);
  alpha = e2e.cluster('alpha');
  const { provider } = e2e;
  good = await provider.createUser('reader', [mayReadSecrets('')]);
  const denied = await provider.createUser('denied', []);
  credentials = [
    knownCanary('secret access key', good.secretAccessKey),
    knownCanary('secret access key of one who may nothing', denied.secretAccessKey),
    ...(await clusterTokens()),
  ];
  const pusher = await provider.createUser('pusher', [...mayPushSecrets('pushed/'), ...mayPushParameters('pushed-')]);
  await alpha.apply(
    ...storeWithKeys('aws', good),
    ...storeWithKeys('denied', denied),
    ...storeWithKeys('pushing', pusher),
    ...storeWithKeys('pushing-parameters', pusher, { service: 'ParameterStore' }),
  );
  await createSecrets();
}, 180_000);

afterAll(async () => {
  queues.close();
  await e2e.stop();
}, 60_000);

const createSecrets = async (): Promise<void> => {
  const { provider, aws } = e2e;
  await provider.createSecret('text', text.text);
  await provider.createSecret('json', { password: member.text, other: sibling.text });
  await provider.createSecret('encoded', Buffer.from(encoded.text).toString('base64'));
  await provider.createSecret('broken-json', `{"password": "${member.text}", ${sibling.text}`);
  await provider.createSecret('long-name', { ['n'.repeat(300)]: member.text });
  await provider.createSecret('pushed/there', remote.text);
  await provider.createSecret('pushed/no-json', `{"a": ${remote.text}`, { 'managed-by': 'external-secrets' });
  await provider.createSecret('zero', `${text.text}\u0000`);
  for (const name of HUGE) await provider.createSecret(name, large.text.padEnd(65_536, '.'));
  const client = new SecretsManagerClient({ endpoint: aws.endpoint, region: aws.region, credentials: aws.credentials });
  await client.send(new CreateSecretCommand({ Name: 'binary', SecretBinary: binary.bytes }));
  client.destroy();
};

const es = (name: string, spec: Readonly<Record<string, unknown>>): Manifest => {
  const { spec: base, ...manifest } = externalSecret({ name, store: 'aws', data: {} });
  return { ...manifest, spec: { ...Object(base), ...spec } };
};

const one = (name: string, remoteRef: Readonly<Record<string, unknown>>, more = {}): Manifest =>
  es(name, { data: [{ secretKey: 'value', remoteRef }], ...more });

const everything = { data: [], dataFrom: [{ extract: { key: 'json' } }] };

const rewritten = (name: string, operation: Readonly<Record<string, unknown>>): Manifest =>
  es(name, { data: [], dataFrom: [{ extract: { key: 'json' }, rewrite: [operation] }] });

const templated = (name: string, template: string): Manifest =>
  es(name, { ...everything, target: { template: { data: { a: template } } } });

const GOOD: readonly Manifest[] = [
  one('text', { key: 'text' }),
  one('member', { key: 'json', property: 'password' }),
  one('encoded', { key: 'encoded', decodingStrategy: 'Base64' }),
  one('binary', { key: 'binary' }),
  es('extract', { data: [], dataFrom: [{ extract: { key: 'json' } }] }),
  es('template', { ...everything, target: { template: { data: { a: '{{ .password | upper }}' } } } }),
  rewritten('rewrite', { regexp: { source: '^', target: 'a_' } }),
  one('modifier', { key: 'json', property: '@this' }),
];

const extract = (name: string, key: string): Manifest => es(name, { data: [], dataFrom: [{ extract: { key } }] });

const BAD: readonly Manifest[] = [
  extract('no-json', 'text'),
  extract('broken-json', 'broken-json'),
  extract('long-name', 'long-name'),
  one('no-property', { key: 'json', property: 'nope' }),
  one('no-base64', { key: 'json', decodingStrategy: 'Base64' }),
  one('zero', { key: 'zero', nullBytePolicy: 'Fail' }),
  es('huge', { data: HUGE.map((key) => ({ secretKey: key, remoteRef: { key } })) }),
  one('denied', { key: 'text' }, { secretStoreRef: { name: 'denied', kind: 'SecretStore' } }),
  one('frozen', { key: 'text' }, { target: { name: 'frozen' } }),
  one('query', { key: 'json', property: 'a.#(b==1)' }),
  rewritten('merge', { merge: {} }),
  rewritten('transform', { transform: { template: '{{ fail .value }}' } }),
  templated('template-fails', '{{ .password | fail }}'),
  templated('template-calls', '{{ template .password }}'),
  templated('template-crashes', '{{ .password | repeat 1000000000 }}'),
  es('template-no-yaml', { ...everything, target: { template: { templateFrom: [{ literal: '{{ .password }}' }] } } }),
];

const push = (name: string, options: Omit<Parameters<typeof pushSecret>[0], 'name' | 'store'> & { store?: string }) =>
  pushSecret({ store: 'pushing', source: 'made', ...options, name });

const rule = (fields: Readonly<Record<string, unknown>>) => ({
  spec: { dataTo: [{ storeRef: { name: 'pushing' }, ...fields }] },
});

const fromTemplate = (template: string) => ({
  data: { 'pushed/template': 'x' },
  spec: { template: { data: { x: template } } },
});

const PUSHED: readonly Manifest[] = [
  push('push-key', { data: { 'pushed/key': 'token' } }),
  push('push-property', { data: { 'pushed/json#token': 'token' } }),
  push('push-whole', { data: { 'pushed/whole': '' }, metadata: pushMetadata({ secretPushFormat: 'string' }) }),
  push('push-rule', rule({ rewrite: [{ regexp: { source: '^', target: 'pushed/rule-' } }] })),
  push('push-bundle', rule({ remoteKey: 'pushed/bundle' })),
  push('push-template', fromTemplate('{{ .token | upper }}')),
  push('push-parameter', { store: 'pushing-parameters', data: { 'pushed-parameter': 'token' } }),
  push('push-once', { data: { 'pushed/there': 'token' }, spec: { updatePolicy: 'IfNotExists' } }),
];

const BROKEN_PUSHES: readonly Manifest[] = [
  push('push-no-key', { data: { 'pushed/none': 'nope' } }),
  push('push-foreign', { data: { 'pushed/there': 'token' } }),
  push('push-no-json', { data: { 'pushed/no-json#a': 'token' } }),
  push('push-denied', { store: 'denied', data: { 'pushed/denied': 'token' } }),
  push('push-collides', rule({ rewrite: [{ regexp: { source: '^.*$', target: 'pushed/same' } }] })),
  push('push-transform', rule({ rewrite: [{ transform: { template: '{{ fail .value }}' } }] })),
  push('push-template-fails', fromTemplate('{{ .token | fail }}')),
  push('push-metadata', { data: { 'pushed/metadata': 'token' }, metadata: { token: 'no wrapper' } }),
  push('push-policy', {
    data: { 'pushed/policy': 'token' },
    metadata: pushMetadata({ resourcePolicy: { policySourceRef: { kind: 'Secret', name: 'made', key: 'token' } } }),
  }),
];

const failPushing = (manifests: readonly Manifest[]): Promise<void> =>
  eventually(async () => {
    for (const manifest of manifests) expect(await readyOf(alpha, pushSecretRef(nameOf(manifest)))).toMatch(/^False /);
  }, SOON);

const annotationOfKubectl = {
  'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ stringData: { value: applied.text } }),
};

const toBase64 = ({ text: plain }: { readonly text: string }): string => Buffer.from(plain).toString('base64');

const nameOf = ({ metadata }: Manifest): string => metadata.name;

const failAll = (manifests: readonly Manifest[]): Promise<void> =>
  eventually(async () => {
    for (const manifest of manifests)
      expect(await readyOf(alpha, externalSecretRef(nameOf(manifest)))).toMatch(/^False /);
  }, SOON);

const search = async (): Promise<readonly string[]> =>
  findCanaries(await publicPlaces(e2e), [...values, ...credentials]);

describe('no value is found anywhere but in Secrets', () => {
  test('after syncs that go well, and a rotation', async () => {
    await alpha.apply(...GOOD);
    for (const manifest of GOOD) await becomesReady(alpha, externalSecretRef(nameOf(manifest)), 30_000);
    expect(await alpha.secretValue('default', 'text', 'value')).toBe(text.text);
    expect(await alpha.secretValue('default', 'encoded', 'value')).toBe(encoded.text);

    await e2e.provider.putSecret('text', rotated.text);

    await eventually(async () => expect(await alpha.secretValue('default', 'text', 'value')).toBe(rotated.text), SOON);
    expect(await search()).toEqual([]);
  });

  test('after failures of each kind', async () => {
    await alpha.apply({ ...secret('frozen', { value: edited.text }), immutable: true }, ...BAD);

    await failAll(BAD);
    expect(await search()).toEqual([]);
  });

  test('when the provider throttles, answers 5xx, or refuses', async () => {
    for (const kind of ['throttle', 'error', 'deny'] as const) {
      await e2e.aws.faults([{ service: 'secretsmanager', action: 'GetSecretValue', match: 'json', kind }]);
      await alpha.apply(one(`met-${kind}`, { key: 'json', property: 'password' }));
      await failAll([one(`met-${kind}`, {})]);
    }
    await e2e.aws.faults([]);

    expect(await search()).toEqual([]);
  });

  test('after a target was edited by hand, with kubectl too', async () => {
    await alpha.patch(
      { kind: 'Secret', namespace: 'default', name: 'member' },
      { metadata: { annotations: annotationOfKubectl }, data: { value: toBase64(edited) } },
    );

    await eventually(async () => expect(await alpha.secretValue('default', 'member', 'value')).toBe(member.text), SOON);
    expect(await search()).toEqual([]);
  });

  test('after the credentials of a store were made wrong, and right again', async () => {
    const keys = { kind: 'Secret', namespace: 'default', name: 'aws-keys' };
    await alpha.patch(keys, {
      metadata: { annotations: annotationOfKubectl },
      data: { 'secret-access-key': toBase64(edited) },
    });
    await failAll([one('text', {})]);
    await alpha.patch(keys, { data: { 'secret-access-key': toBase64({ text: good.secretAccessKey }) } });

    await becomesReady(alpha, externalSecretRef('text'), 30_000);
    expect(await search()).toEqual([]);
  });

  test('after pushes that go well, and an edit', async () => {
    await alpha.apply(secret('made', { token: made.text, other: sibling.text }), ...PUSHED);
    for (const manifest of PUSHED) await becomesReady(alpha, pushSecretRef(nameOf(manifest)), 30_000);
    expect((await e2e.provider.readSecret('pushed/key'))?.value).toBe(made.text);

    await alpha.apply(secret('made', { token: madeAnew.text, other: sibling.text }));

    await eventually(
      async () => expect((await e2e.provider.readSecret('pushed/key'))?.value).toBe(madeAnew.text),
      SOON,
    );
    expect(await search()).toEqual([]);
  });

  test('after pushes that fail in each way', async () => {
    await alpha.apply(...BROKEN_PUSHES);

    await failPushing(BROKEN_PUSHES);
    expect(await search()).toEqual([]);
  });

  test('when the provider throttles, answers 5xx, or refuses a push', async () => {
    for (const kind of ['throttle', 'error', 'deny'] as const) {
      await e2e.aws.faults([{ service: 'secretsmanager', action: 'PutSecretValue', match: 'pushed/key', kind }]);
      await alpha.apply(secret('made', { token: `${made.text}${kind}`, other: sibling.text }));
      await failPushing([push('push-key', {})]);
    }
    await e2e.aws.faults([]);

    expect(await search()).toEqual([]);
  });

  test('after what was pushed was taken back', async () => {
    await alpha.patch(pushSecretRef('push-property'), { spec: { deletionPolicy: 'Delete' } });
    await becomesReady(alpha, pushSecretRef('push-property'), 30_000);
    await alpha.remove(pushSecretRef('push-property'));

    await eventually(async () => expect(await e2e.provider.readSecret('pushed/json')).toBeUndefined(), SOON);
    expect(await search()).toEqual([]);
  });

  test('in the messages of the queue Push', async () => {
    await queues.deliver('Push', false);
    await alpha.apply(secret('made', { token: made.text, other: sibling.text }));
    const waiting = await eventually(async () => {
      const bodies = await queues.peek('Push');
      expect(bodies.length).toBeGreaterThan(0);
      return bodies;
    }, SOON);
    await queues.deliver('Push', true);

    expect(findCanaries({ Push: waiting.join('\n') }, [...values, ...credentials])).toEqual([]);
  });

  test.each(['SecretChanges', 'Reconcile'] as const)('in the messages of the queue %s', async (queue) => {
    await queues.deliver(queue, false);
    await e2e.provider.putSecret('text', rotated.text);
    const waiting = await eventually(async () => {
      const bodies = await queues.peek(queue);
      expect(bodies.length).toBeGreaterThan(0);
      return bodies;
    }, SOON);
    await queues.deliver(queue, true);

    expect(findCanaries({ [queue]: waiting.join('\n') }, [...values, ...credentials])).toEqual([]);
  });

  test('after objects and targets were deleted', async () => {
    await alpha.remove(externalSecretRef('extract'));
    await alpha.remove({ kind: 'Secret', namespace: 'default', name: 'text' });
    await e2e.provider.deleteSecret('encoded');

    await eventually(async () => {
      expect(await alpha.get({ kind: 'Secret', namespace: 'default', name: 'extract' })).toBeUndefined();
    }, SOON);
    expect(await search()).toEqual([]);
  });

  test('of messages nobody can read, but where they were put', async () => {
    const bodies = [malformed.text, JSON.stringify({ schemaVersion: malformed.text, value: malformed.text })];
    for (const queue of QUEUES) {
      await queues.repeatAfter(queue, 1);
      for (const body of bodies) await queues.send(queue, body);
    }
    await eventually(async () => expect(await e2e.inside.deadLetters()).toHaveLength(2 * QUEUES.length), SOON);

    expect(findCanaries(await publicPlaces(e2e), [malformed])).toEqual(['malformed message in the dead-letter queues']);
    expect(await search()).toEqual([]);
  });
});

describe('the search', () => {
  test.each([text, binary])('knows a value ($name) in every form', (canary) => {
    const bytes = Buffer.from(canary.bytes);
    const around = Buffer.concat([Buffer.from('{"a":"'), bytes, Buffer.from('"}')]);
    const forms = [
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
      bytes.toString('latin1'),
      ...[0, 1, 2].map((skipped) => around.subarray(skipped).toString('base64')),
      JSON.stringify({ deep: JSON.stringify({ value: bytes.toString('base64') }) }),
      JSON.stringify(bytes),
    ];

    for (const form of forms) expect(findCanaries({ there: `before ${form} after` }, [canary])).toHaveLength(1);
    expect(findCanaries({ there: 'before after' }, [canary])).toHaveLength(0);
    expect(formsOf(canary).every((form) => form.length >= 8)).toBe(true);
  });

  test('finds what is planted in a log, in the table, in an object and in the metadata of a Secret', async () => {
    const planted = textCanary('planted');
    const base64 = Buffer.from(`{"password":"${planted.text}"}`).toString('base64');
    const { endpoint, region, credentials: root } = e2e.aws;
    const logs = new CloudWatchLogsClient({ endpoint, region, credentials: root });
    const dynamodb = new DynamoDBClient({ endpoint, region, credentials: root });
    const stream = { logGroupName: '/aws/lambda/secretcast-local-reconcile', logStreamName: 'planted' };
    const TableName = e2e.service.outputs['TableName'];
    const Key = { pk: { S: 'PLANTED' }, sk: { S: 'META' } };

    await logs.send(new CreateLogStreamCommand(stream));
    await logs.send(new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: Date.now(), message: base64 }] }));
    await dynamodb.send(new PutItemCommand({ TableName, Item: { ...Key, value: { S: base64 } } }));
    await alpha.patch(externalSecretRef('text'), { metadata: { annotations: { planted: base64 } } });
    await alpha.patch(
      { kind: 'Secret', namespace: 'default', name: 'binary' },
      { metadata: { labels: { planted: planted.text } } },
    );
    const found = findCanaries(await publicPlaces(e2e), [planted]);
    await dynamodb.send(new DeleteItemCommand({ TableName, Key }));
    logs.destroy();
    dynamodb.destroy();

    expect(found).toEqual(
      expect.arrayContaining([
        'planted in the log of /aws/lambda/secretcast-local-reconcile',
        'planted in the table',
        'planted in objects of alpha',
        'planted in metadata of the Secrets of alpha',
      ]),
    );
  });
});
