import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { stringAt, valueAt } from '../../../local/kubernetes/json.ts';
import type { TestCluster } from './test-cluster.ts';
import { defineWidgets, eventually, SECRETS, secret, startTestCluster, WIDGETS, widget } from './test-cluster.ts';

let test: TestCluster;
beforeAll(async () => {
  test = await startTestCluster();
  await defineWidgets(test);
}, 60_000);
afterAll(() => test.stop());

const ownedSecret = (name: string, uid: string) =>
  secret('', {
    metadata: {
      name,
      ownerReferences: [{ apiVersion: 'test.example.com/v1', kind: 'Widget', name: 'owner', uid, controller: true }],
    },
  });

const makeOwner = async (): Promise<string> => {
  const { body } = await test.call('POST', WIDGETS, { body: widget('owner') });
  return stringAt(body, 'metadata', 'uid') ?? '';
};

const isGone = (path: string) =>
  eventually(
    () => test.call('GET', path),
    ({ code }) => code === 404,
  );

it('removes what an object owned once it is gone', async () => {
  const uid = await makeOwner();
  await test.call('POST', SECRETS, { body: ownedSecret('owned', uid) });
  await test.call('POST', SECRETS, { body: secret('free') });

  await test.call('DELETE', `${WIDGETS}/owner`);

  await isGone(`${SECRETS}/owned`);
  expect((await test.call('GET', `${SECRETS}/free`)).code).toBe(200);
});

it('tells an owner by its uid, not its name', async () => {
  await makeOwner();

  await test.call('POST', SECRETS, { body: ownedSecret('stranger', 'another-uid') });

  await isGone(`${SECRETS}/stranger`);
  await test.call('DELETE', `${WIDGETS}/owner`);
});

it('leaves dependents alone when the owner is deleted as an orphaner', async () => {
  const uid = await makeOwner();
  await test.call('POST', SECRETS, { body: ownedSecret('orphan', uid) });

  await test.call('DELETE', `${WIDGETS}/owner?propagationPolicy=Orphan`);

  const { body } = await eventually(
    () => test.call('GET', `${SECRETS}/orphan`),
    (answer) => valueAt(answer.body, 'metadata', 'ownerReferences') === undefined,
  );
  expect(stringAt(body, 'metadata', 'name')).toBe('orphan');
});

it('labels a namespace with its name, and gives it a service account', async () => {
  const { body } = await test.call('POST', '/api/v1/namespaces', {
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } },
  });

  expect(valueAt(body, 'metadata', 'labels')).toEqual({ 'kubernetes.io/metadata.name': 'team' });
  expect(valueAt(body, 'status', 'phase')).toBe('Active');
  await eventually(
    () => test.call('GET', '/api/v1/namespaces/team/serviceaccounts/default'),
    ({ code }) => code === 200,
  );
});

it('empties a namespace that is deleted, and takes nothing new into it', async () => {
  await test.call('POST', '/api/v1/namespaces', {
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'short' } },
  });
  await test.call('POST', '/api/v1/namespaces/short/secrets', { body: secret('inside') });

  const deleted = await test.call('DELETE', '/api/v1/namespaces/short');
  const late = await test.call('POST', '/api/v1/namespaces/short/secrets', { body: secret('late') });

  expect(valueAt(deleted.body, 'status', 'phase')).toBe('Terminating');
  expect(late.body).toMatchObject({ code: 403, details: { causes: [{ reason: 'NamespaceTerminating' }] } });
  await isGone('/api/v1/namespaces/short');
  await isGone('/api/v1/namespaces/short/secrets/inside');
}, 20_000);

it('never deletes the namespace default', async () => {
  expect((await test.call('DELETE', '/api/v1/namespaces/default')).code).toBe(403);
});
