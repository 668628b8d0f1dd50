import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringAt, valueAt } from '../../../local/kubernetes/json.ts';
import type { TestCluster } from './test-cluster.ts';
import { APPLY, JSON_PATCH, MERGE, message, SECRETS, STRATEGIC, secret, startTestCluster } from './test-cluster.ts';

let test: TestCluster;
beforeAll(async () => {
  test = await startTestCluster();
}, 60_000);
afterAll(() => test.stop());

describe('creating', () => {
  it('gives uid, creation time and resourceVersion', async () => {
    const { code, body } = await test.call('POST', SECRETS, { body: secret('made') });

    expect(code).toBe(201);
    expect(stringAt(body, 'metadata', 'uid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(stringAt(body, 'metadata', 'creationTimestamp')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(Number(stringAt(body, 'metadata', 'resourceVersion'))).toBeGreaterThan(1);
  });

  it('refuses a second one of the same name', async () => {
    await test.call('POST', SECRETS, { body: secret('twice') });

    const again = await test.call('POST', SECRETS, { body: secret('twice') });

    expect(again.code).toBe(409);
    expect(again.body).toMatchObject({ reason: 'AlreadyExists', message: 'secrets "twice" already exists' });
  });

  it('names an object after generateName', async () => {
    const { body } = await test.call('POST', SECRETS, { body: { ...secret(''), metadata: { generateName: 'gen-' } } });

    expect(stringAt(body, 'metadata', 'name')).toMatch(/^gen-[a-z0-9]{5}$/);
  });

  it('needs the namespace to exist', async () => {
    const { code, body } = await test.call('POST', '/api/v1/namespaces/nowhere/secrets', { body: secret('lost') });

    expect(code).toBe(404);
    expect(body).toMatchObject({ message: 'namespaces "nowhere" not found' });
  });

  it('stores nothing on a dry run', async () => {
    const dry = await test.call('POST', `${SECRETS}?dryRun=All`, { body: secret('dry') });

    expect(dry.code).toBe(201);
    expect((await test.call('GET', `${SECRETS}/dry`)).code).toBe(404);
  });
});

describe('replacing', () => {
  it('refuses a resourceVersion that is not the current one', async () => {
    const { body } = await test.call('POST', SECRETS, { body: secret('raced') });
    await test.call('PUT', `${SECRETS}/raced`, { body: { ...body, data: { a: 'YQ==' } } });

    const late = await test.call('PUT', `${SECRETS}/raced`, { body: { ...body, data: { a: 'Yg==' } } });

    expect(late.code).toBe(409);
    expect(message(late)).toBe(
      'Operation cannot be fulfilled on secrets "raced": the object has been modified; please apply your changes to the latest version and try again',
    );
  });

  it('overwrites without a resourceVersion', async () => {
    await test.call('POST', SECRETS, { body: secret('blind', { data: { a: 'YQ==' } }) });

    const { code, body } = await test.call('PUT', `${SECRETS}/blind`, {
      body: secret('blind', { data: { b: 'Yg==' }, type: 'Opaque' }),
    });

    expect(code).toBe(200);
    expect(body['data']).toEqual({ b: 'Yg==' });
  });

  it('refuses the uid of another object', async () => {
    await test.call('POST', SECRETS, { body: secret('other') });

    const wrong = await test.call('PUT', `${SECRETS}/other`, {
      body: { ...secret('other'), metadata: { name: 'other', uid: 'nope' } },
    });

    expect(wrong.code).toBe(409);
    expect(message(wrong)).toContain('Precondition failed: UID in precondition: nope');
  });

  it('keeps the resourceVersion when nothing changes', async () => {
    const { body } = await test.call('POST', SECRETS, { body: secret('same', { data: { a: 'YQ==' } }) });

    const again = await test.call('PUT', `${SECRETS}/same`, { body, userAgent: 'somebody-else/1' });

    expect(again.body).toEqual(body);
  });
});

describe('patching', () => {
  it.each([
    ['a merge patch', MERGE, { data: { a: null, b: 'Yg==' } }],
    [
      'a JSON patch',
      JSON_PATCH,
      [
        { op: 'test', path: '/data/a', value: 'YQ==' },
        { op: 'move', from: '/data/a', path: '/data/b' },
        { op: 'replace', path: '/data/b', value: 'Yg==' },
      ],
    ],
    ['a strategic merge patch', STRATEGIC, { data: { $patch: 'replace', b: 'Yg==' } }],
  ])('changes members with %s', async (_, contentType, body) => {
    await test.call('DELETE', `${SECRETS}/patched`);
    await test.call('POST', SECRETS, { body: secret('patched', { data: { a: 'YQ==' } }) });

    const patched = await test.call('PATCH', `${SECRETS}/patched`, { body, contentType });

    expect(patched.code).toBe(200);
    expect(patched.body['data']).toEqual({ b: 'Yg==' });
  });

  it('merges owners by uid in a strategic merge patch', async () => {
    const owner = (uid: string) => ({ apiVersion: 'v1', kind: 'Namespace', name: 'default', uid });
    const { body: namespace } = await test.call('GET', '/api/v1/namespaces/default');
    const uid = stringAt(namespace, 'metadata', 'uid') ?? '';
    const metadata = { name: 'owned', ownerReferences: [owner(uid)] };
    await test.call('POST', SECRETS, { body: { ...secret('owned'), metadata } });

    const { body } = await test.call('PATCH', `${SECRETS}/owned`, {
      contentType: STRATEGIC,
      body: { metadata: { ownerReferences: [{ uid, controller: true }] } },
    });

    expect(valueAt(body, 'metadata', 'ownerReferences')).toEqual([{ ...owner(uid), controller: true }]);
  });

  it('refuses a JSON patch whose test fails', async () => {
    await test.call('POST', SECRETS, { body: secret('tested', { data: { a: 'YQ==' } }) });

    const { code } = await test.call('PATCH', `${SECRETS}/tested`, {
      contentType: JSON_PATCH,
      body: [{ op: 'test', path: '/data/a', value: 'Yg==' }],
    });

    expect(code).toBe(422);
  });

  it('creates with server-side apply only', async () => {
    const merged = await test.call('PATCH', `${SECRETS}/fresh`, { body: {}, contentType: MERGE });
    const applied = await test.call('PATCH', `${SECRETS}/fresh?fieldManager=me`, {
      body: secret('fresh'),
      contentType: APPLY,
    });

    expect([merged.code, applied.code]).toEqual([404, 201]);
  });
});

describe('deleting', () => {
  it('answers with a Status', async () => {
    await test.call('POST', SECRETS, { body: secret('gone') });

    const { code, body } = await test.call('DELETE', `${SECRETS}/gone`);

    expect(code).toBe(200);
    expect(body).toMatchObject({ kind: 'Status', status: 'Success', details: { name: 'gone', kind: 'secrets' } });
    expect((await test.call('DELETE', `${SECRETS}/gone`)).code).toBe(404);
  });

  it('waits for finalizers', async () => {
    const metadata = { name: 'held', finalizers: ['example.com/hold'] };
    await test.call('POST', SECRETS, { body: { ...secret('held'), metadata } });

    const marked = await test.call('DELETE', `${SECRETS}/held`);
    const released = await test.call('PATCH', `${SECRETS}/held`, {
      contentType: MERGE,
      body: { metadata: { finalizers: null } },
    });

    expect(stringAt(marked.body, 'metadata', 'deletionTimestamp')).toBeDefined();
    expect(released.code).toBe(200);
    expect((await test.call('GET', `${SECRETS}/held`)).code).toBe(404);
  });

  it('respects preconditions', async () => {
    await test.call('POST', SECRETS, { body: secret('guarded') });

    const wrong = await test.call('DELETE', `${SECRETS}/guarded`, { body: { preconditions: { uid: 'nope' } } });

    expect(wrong.code).toBe(409);
    expect(message(wrong)).toContain('the UID in the precondition (nope) does not match the UID in record');
  });

  it('removes a collection by label', async () => {
    const labelled = { name: 'batch', labels: { batch: 'yes' } };
    await test.call('POST', SECRETS, { body: { ...secret('batch'), metadata: labelled } });
    await test.call('POST', SECRETS, { body: secret('stays') });

    await test.call('DELETE', `${SECRETS}?labelSelector=batch%3Dyes`);

    expect((await test.call('GET', `${SECRETS}/batch`)).code).toBe(404);
    expect((await test.call('GET', `${SECRETS}/stays`)).code).toBe(200);
  });
});
