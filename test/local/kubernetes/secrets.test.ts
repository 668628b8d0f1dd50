import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../local/kubernetes/json.ts';
import type { TestCluster } from './test-cluster.ts';
import { MERGE, message, SECRETS, secret, startTestCluster } from './test-cluster.ts';

let test: TestCluster;
beforeAll(async () => {
  test = await startTestCluster();
}, 60_000);
afterAll(() => test.stop());

it('stores stringData as data, and the type Opaque when none is given', async () => {
  const { body } = await test.call('POST', SECRETS, {
    body: secret('plain', { data: { a: 'YQ==' }, stringData: { b: 'two' } }),
  });

  expect(body).toMatchObject({ type: 'Opaque', data: { a: 'YQ==', b: 'dHdv' } });
  expect(body).not.toHaveProperty('stringData');
});

const refused: readonly (readonly [string, JsonObject, readonly [number, string]])[] = [
  ['data that is not base64', { data: { a: '###' } }, [400, 'illegal base64 data at input byte 0']],
  [
    'a value that is no text',
    { data: { a: 5 } },
    [400, 'cannot unmarshal number into Go struct field Secret.data of type []uint8'],
  ],
  [
    'a key that is no file name',
    { data: { 'a b': 'YQ==' } },
    [422, 'data[a b]: Invalid value: "a b": a valid config key must consist of'],
  ],
  [
    'more than a mebibyte',
    { stringData: { a: 'x'.repeat(1_048_577) } },
    [422, 'data: Too long: may not be more than 1048576 bytes'],
  ],
  ['a TLS secret without key and certificate', { type: 'kubernetes.io/tls' }, [422, 'data[tls.crt]: Required value']],
  [
    'a pull secret that is no JSON',
    { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'YQ==' } },
    [422, '<secret contents redacted>'],
  ],
];

it.each(refused)('refuses %s', async (_, content, [code, text]) => {
  const answer = await test.call('POST', SECRETS, { body: secret('refused', content) });

  expect(answer.code).toBe(code);
  expect(message(answer)).toContain(text);
});

it('keeps the type as it was', async () => {
  await test.call('POST', SECRETS, { body: secret('typed') });

  const answer = await test.call('PATCH', `${SECRETS}/typed`, { contentType: MERGE, body: { type: 'other' } });

  expect(answer.code).toBe(422);
  expect(message(answer)).toBe('Secret "typed" is invalid: type: Invalid value: "other": field is immutable');
});

it('changes the metadata of an immutable secret, not its data', async () => {
  await test.call('POST', SECRETS, { body: secret('fixed', { immutable: true, data: { a: 'YQ==' } }) });

  const labelled = await test.call('PATCH', `${SECRETS}/fixed`, {
    contentType: MERGE,
    body: { metadata: { labels: { a: 'b' } } },
  });
  const changed = await test.call('PATCH', `${SECRETS}/fixed`, { contentType: MERGE, body: { data: { a: 'Yg==' } } });

  expect(labelled.code).toBe(200);
  expect(message(changed)).toBe(
    'Secret "fixed" is invalid: data: Forbidden: field is immutable when `immutable` is set',
  );
});

it('warns of unknown fields, and refuses them when validation is strict', async () => {
  const body = secret('unknown', { dta: {} });

  const strict = await test.call('POST', `${SECRETS}?fieldValidation=Strict`, { body });
  const warned = await test.call('POST', SECRETS, { body });

  expect(strict.code).toBe(400);
  expect(message(strict)).toContain('strict decoding error: unknown field "dta"');
  expect([warned.code, warned.warnings]).toEqual([201, '299 - "unknown field \\"dta\\""']);
});
