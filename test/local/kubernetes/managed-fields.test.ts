import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../local/kubernetes/json.ts';
import { objectsAt, stringAt } from '../../../local/kubernetes/json.ts';
import type { Answer, TestCluster } from './test-cluster.ts';
import {
  APPLY,
  defineWidgets,
  MERGE,
  message,
  SECRETS,
  secret,
  startTestCluster,
  WIDGETS,
  widget,
} from './test-cluster.ts';

let test: TestCluster;
beforeAll(async () => {
  test = await startTestCluster();
  await defineWidgets(test);
}, 60_000);
afterAll(() => test.stop());

/** Fields by manager. */
const ownership = ({ body }: Answer): JsonObject =>
  Object.fromEntries(
    objectsAt(body, 'metadata', 'managedFields').map((entry) => [
      `${stringAt(entry, 'manager')}${entry['subresource'] === undefined ? '' : `/${stringAt(entry, 'subresource')}`}`,
      entry['fieldsV1'] ?? {},
    ]),
  );

it('gives what is created to the manager named, else to the user agent', async () => {
  const named = await test.call('POST', `${SECRETS}?fieldManager=maker`, {
    body: secret('a', { data: { x: 'YQ==' } }),
  });
  const unnamed = await test.call('POST', SECRETS, { body: secret('b'), userAgent: 'curl/8.1 (x)' });

  expect(ownership(named)).toEqual({ maker: { 'f:data': { '.': {}, 'f:x': {} }, 'f:type': {} } });
  expect(Object.keys(ownership(unnamed))).toEqual(['curl']);
});

it('moves only changed and added fields to the one who updates, and drops removed ones', async () => {
  await test.call('POST', SECRETS, {
    body: secret('moved', { data: { x: 'YQ==', y: 'YQ==', z: 'YQ==' } }),
    userAgent: 'first',
  });

  const updated = await test.call('PUT', `${SECRETS}/moved`, {
    body: secret('moved', { type: 'Opaque', data: { x: 'YQ==', y: 'Yg==', n: 'YQ==' } }),
    userAgent: 'second',
  });

  expect(ownership(updated)).toEqual({
    first: { 'f:data': { '.': {}, 'f:x': {} }, 'f:type': {} },
    second: { 'f:data': { 'f:n': {}, 'f:y': {} } },
  });
});

it('tells owners by their uid, and labels by their key', async () => {
  await test.call('POST', SECRETS, { body: secret('tagged'), userAgent: 'first' });
  const { body: namespace } = await test.call('GET', '/api/v1/namespaces/default');
  const uid = stringAt(namespace, 'metadata', 'uid') ?? '';
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Namespace', name: 'default', uid }];

  const patched = await test.call('PATCH', `${SECRETS}/tagged`, {
    contentType: MERGE,
    body: { metadata: { labels: { a: 'b' }, ownerReferences } },
    userAgent: 'second',
  });

  expect(ownership(patched)['second']).toEqual({
    'f:metadata': {
      'f:labels': { '.': {}, 'f:a': {} },
      'f:ownerReferences': { '.': {}, [`k:{"uid":"${uid}"}`]: {} },
    },
  });
});

it('keeps status entries apart from those of the object', async () => {
  await test.call('POST', WIDGETS, { body: widget('both'), userAgent: 'same' });

  const patched = await test.call('PATCH', `${WIDGETS}/both/status`, {
    contentType: MERGE,
    body: { status: { conditions: [{ type: 'Ready', status: 'True' }] } },
    userAgent: 'same',
  });

  expect(ownership(patched)).toEqual({
    same: { 'f:spec': { '.': {}, 'f:color': {}, 'f:size': {} } },
    'same/status': { 'f:status': { '.': {}, 'f:conditions': {} } },
  });
});

it('takes what a body says of managers, and forgets them when it says none', async () => {
  await test.call('POST', SECRETS, { body: secret('reset', { data: { x: 'YQ==' } }) });

  const reset = await test.call('PATCH', `${SECRETS}/reset`, {
    contentType: MERGE,
    body: { metadata: { managedFields: [{}] } },
  });

  expect(reset.body).not.toHaveProperty('metadata.managedFields');
});

it('applies fields, removes those no longer applied, and leaves others alone', async () => {
  const apply = (data: JsonObject) =>
    test.call('PATCH', `${SECRETS}/applied?fieldManager=app`, {
      contentType: APPLY,
      body: secret('applied', { data }),
    });
  await apply({ a: 'YQ==', b: 'YQ==' });
  await test.call('PATCH', `${SECRETS}/applied`, {
    contentType: MERGE,
    body: { data: { c: 'YQ==' } },
    userAgent: 'other',
  });

  const applied = await apply({ a: 'Yg==' });

  expect(applied.body['data']).toEqual({ a: 'Yg==', c: 'YQ==' });
  expect(ownership(applied)['app']).toEqual({ 'f:data': { 'f:a': {} } });
});

it('refuses to apply what another manager holds, unless forced', async () => {
  await test.call('POST', SECRETS, { body: secret('disputed', { data: { a: 'YQ==' } }), userAgent: 'owner' });
  const body = secret('disputed', { data: { a: 'Yg==' } });

  const refused = await test.call('PATCH', `${SECRETS}/disputed?fieldManager=app`, { contentType: APPLY, body });
  const forced = await test.call('PATCH', `${SECRETS}/disputed?fieldManager=app&force=true`, {
    contentType: APPLY,
    body,
  });

  expect(refused.code).toBe(409);
  expect(message(refused)).toBe('Apply failed with 1 conflict: conflict with "owner" using v1: .data.a');
  expect(ownership(forced)).toEqual({
    app: { 'f:data': { 'f:a': {} } },
    owner: { 'f:data': {}, 'f:type': {} },
  });
});
