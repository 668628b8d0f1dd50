import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { JsonObject } from '../../../local/kubernetes/json.ts';
import { stringAt, valueAt } from '../../../local/kubernetes/json.ts';
import type { TestCluster } from './test-cluster.ts';
import { defineWidgets, MERGE, message, SECRETS, secret, startTestCluster, WIDGETS, widget } from './test-cluster.ts';

const RBAC = 'rbac.authorization.k8s.io';
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';
const token = 'token-of-ann';

let test: TestCluster;
beforeAll(async () => {
  test = await startTestCluster({ users: [{ token, name: 'ann', groups: ['readers'] }] });
  await defineWidgets(test);
  await test.call('POST', SECRETS, { body: secret('named') });
}, 60_000);
afterAll(() => test.stop());

const grant = async (name: string, rule: JsonObject, subject: JsonObject): Promise<void> => {
  const root = `/apis/${RBAC}/v1/namespaces/default`;
  const head = { apiVersion: `${RBAC}/v1`, metadata: { name } };
  await test.call('POST', `${root}/roles`, { body: { ...head, kind: 'Role', rules: [rule] } });
  const roleRef = { apiGroup: RBAC, kind: 'Role', name };
  await test.call('POST', `${root}/rolebindings`, {
    body: { ...head, kind: 'RoleBinding', roleRef, subjects: [subject] },
  });
};

describe('a caller', () => {
  it('is refused with an unknown token', async () => {
    const { code, body } = await test.call('GET', SECRETS, { token: 'nobody' });

    expect([code, body['reason']]).toEqual([401, 'Unauthorized']);
  });

  it('is anonymous without one, and may ask for the version only', async () => {
    const list = await test.call('GET', SECRETS, { token: '' });
    const version = await test.call('GET', '/version', { token: '' });

    expect([list.code, version.code]).toEqual([403, 200]);
  });

  it('may do nothing that no role allows', async () => {
    const answer = await test.call('PUT', `${WIDGETS}/x/status`, { token, body: widget('x') });

    expect(answer.code).toBe(403);
    expect(message(answer)).toBe(
      'widgets.test.example.com "x" is forbidden: User "ann" cannot update resource "widgets/status" in API group "test.example.com" in the namespace "default"',
    );
  });

  it('may get what a role names, and list it by that name', async () => {
    const rule = { apiGroups: [''], resources: ['secrets'], resourceNames: ['named'], verbs: ['get', 'list'] };
    await grant('by-name', rule, { kind: 'User', name: 'ann' });

    const codes = await Promise.all(
      [`${SECRETS}/named`, `${SECRETS}/other`, SECRETS, `${SECRETS}?fieldSelector=metadata.name%3Dnamed`].map(
        async (path) => (await test.call('GET', path, { token })).code,
      ),
    );

    expect(codes).toEqual([200, 403, 403, 200]);
  });

  it('may write a status without writing the object', async () => {
    const rule = { apiGroups: ['test.example.com'], resources: ['widgets/status'], verbs: ['patch'] };
    await grant('status-only', rule, { kind: 'Group', name: 'readers' });
    await test.call('POST', WIDGETS, { body: widget('half') });
    const patch = (path: string) => test.call('PATCH', path, { token, contentType: MERGE, body: { status: {} } });

    expect([(await patch(`${WIDGETS}/half/status`)).code, (await patch(`${WIDGETS}/half`)).code]).toEqual([200, 403]);
  });

  it('can ask what it may', async () => {
    const ask = async (verb: string) => {
      const spec = { resourceAttributes: { verb, resource: 'secrets', namespace: 'default', name: 'named' } };
      const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
      const answer = await test.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { token, body });
      return valueAt(answer.body, 'status', 'allowed');
    };

    expect([await ask('get'), await ask('delete')]).toEqual([true, false]);
  });
});

describe('a service account', () => {
  const requestToken = async (name: string, spec: JsonObject) =>
    test.call('POST', `${ACCOUNTS}/${name}/token`, {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
    });

  it('is who its token says', async () => {
    await test.call('POST', ACCOUNTS, {
      body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } },
    });
    const { body } = await requestToken('robot', {});
    await grant(
      'robot',
      { apiGroups: [''], resources: ['secrets'], verbs: ['list'] },
      { kind: 'ServiceAccount', name: 'robot', namespace: 'default' },
    );

    const review = await test.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      token: stringAt(body, 'status', 'token') ?? '',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    });
    const list = await test.call('GET', SECRETS, { token: stringAt(body, 'status', 'token') ?? '' });

    expect(valueAt(review.body, 'status', 'userInfo', 'username')).toBe('system:serviceaccount:default:robot');
    expect(list.code).toBe(200);
  });

  it('gets tokens for the audiences it asks for, which this server does not take', async () => {
    const { body } = await requestToken('default', { audiences: ['sts.example.com'], expirationSeconds: 900 });
    const issued = stringAt(body, 'status', 'token') ?? '';

    const { aud, sub, exp = 0, iat = 0 } = decodeJwt(issued);

    expect({ aud, sub, seconds: exp - iat }).toEqual({
      aud: ['sts.example.com'],
      sub: 'system:serviceaccount:default:default',
      seconds: 900,
    });
    expect((await test.call('GET', SECRETS, { token: issued })).code).toBe(401);
  });

  it('must exist, and ask for ten minutes at least', async () => {
    const missing = await requestToken('nobody', {});
    const short = await requestToken('default', { expirationSeconds: 10 });

    expect(message(missing)).toBe('serviceaccounts "nobody" not found');
    expect(message(short)).toContain('may not specify a duration less than 10 minutes');
  });
});
