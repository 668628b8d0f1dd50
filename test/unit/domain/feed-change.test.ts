import { describe, expect, test } from '@jest/globals';
import {
  credentialSecretsOf,
  isMassAbsence,
  isNamespaceChanged,
  isObjectChanged,
} from '../../../src/domain/feed-change.ts';
import type { MirroredObject } from '../../../src/domain/mirrored-object.ts';
import { awsProvider, clusterSecretStore, externalSecret, mirrored, secretStore } from '../../support/builders.ts';

const before = mirrored(externalSecret(), { labels: { a: '1', b: '2' } });
const after = (change: Partial<MirroredObject>) => ({ ...before, resourceVersion: '101', ...change });

describe('an object', () => {
  test.each<[string, boolean, Partial<MirroredObject>]>([
    ['with a new status only has not changed [ES46]', false, { status: { conditions: [] } }],
    ['with labels in another order has not changed', false, { labels: { b: '2', a: '1' } }],
    ['with a new spec has [ES46]', true, { generation: 2 }],
    ['with another label has [ES46]', true, { labels: { a: '1' } }],
    ['with another annotation has [ES46]', true, { annotations: { 'force-sync': '1' } }],
    ['with a finalizer has [ES46]', true, { finalizers: ['x'] }],
    ['being deleted has [ES46]', true, { deletionTimestamp: '2026-01-01T00:00:00Z' }],
    ['of another uid has', true, { uid: 'other' }],
    ['in an older version has not, whatever differs', false, { uid: 'other', generation: 2, resourceVersion: '99' }],
    ['in the same version has not', false, { generation: 2, resourceVersion: '100' }],
  ])('%s', (_, changed, change) => {
    expect(isObjectChanged(before, after(change))).toBe(changed);
  });

  test('seen for the first time has changed', () => {
    expect(isObjectChanged(undefined, before)).toBe(true);
  });
});

describe('a namespace', () => {
  test.each<[string, boolean, Partial<MirroredObject>]>([
    ['with labels in another order has not changed', false, { labels: { b: '2', a: '1' } }],
    ['with another annotation has not', false, { annotations: { note: 'x' } }],
    ['with another label has', true, { labels: { a: '1' } }],
    ['of another uid has', true, { uid: 'other' }],
    ['in an older version has not, whatever differs', false, { labels: {}, resourceVersion: '99' }],
  ])('%s', (_, changed, change) => {
    expect(isNamespaceChanged(before, after(change))).toBe(changed);
  });

  test('seen for the first time has changed', () => {
    expect(isNamespaceChanged(undefined, before)).toBe(true);
  });
});

describe('the credentials of a store', () => {
  const secretRef = (namespace?: string) => ({
    accessKeyIDSecretRef: { name: 'keys', key: 'id', ...(namespace === undefined ? {} : { namespace }) },
    secretAccessKeySecretRef: { name: 'keys', key: 'secret', ...(namespace === undefined ? {} : { namespace }) },
  });
  const spec = (namespace?: string) => awsProvider({ auth: { secretRef: secretRef(namespace) } });
  const keys = (namespace: string) => [
    { namespace, name: 'keys' },
    { namespace, name: 'keys' },
  ];

  test.each([
    ['of a SecretStore are in its namespace', secretStore({ spec: spec() }), keys('team-a')],
    ['of a SecretStore are there whatever it says', secretStore({ spec: spec('other') }), keys('team-a')],
    ['of a ClusterSecretStore are where it says', clusterSecretStore({ spec: spec('vault') }), keys('vault')],
    ['of a ClusterSecretStore are with its user otherwise', clusterSecretStore({ spec: spec() }), keys('*')],
    ['of a ClusterSecretStore are with its user when empty', clusterSecretStore({ spec: spec('') }), keys('*')],
    ['are none without auth', secretStore(), []],
    ['are none of a store that cannot be read', secretStore({ spec: { provider: { vault: {} } } }), []],
    [
      'include the session token',
      secretStore({ spec: awsProvider({ auth: { secretRef: { sessionTokenSecretRef: { name: 't', key: 'k' } } } }) }),
      [{ namespace: 'team-a', name: 't' }],
    ],
  ])('%s', (_, manifest, expected) => {
    expect(credentialSecretsOf(mirrored(manifest))).toEqual(expected);
  });
});

describe('mass absence', () => {
  test.each([
    [10, 10, false],
    [11, 11, true],
    [11, 110, false],
    [12, 110, true],
    [0, 0, false],
  ])('%d of %d: %p', (absent, known, mass) => {
    expect(isMassAbsence(absent, known)).toBe(mass);
  });
});
