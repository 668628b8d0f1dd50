import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ClusterAdmin, Manifest } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { externalSecret } from './support/manifests.ts';
import { MAY_FIND_SECRETS, mayReadSecrets } from './support/provider.ts';
import { becomesReady, eventTexts, externalSecretRef, readyOf, storeRef } from './support/ready.ts';
import { type E2e, startE2e } from './support/stack.ts';

const SOON = { withinMilliseconds: 30_000 };

let e2e: E2e;
let alpha: ClusterAdmin;
/** Roles that IAM lets read `team/`, and not. */
let roles: { readonly reader: string; readonly denied: string };

/** A registration that lets stores name any role, and read what begins with `team/`. */
beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'], registration: ['--allow-role', '*', '--allow-key', 'team/'] });
  alpha = e2e.cluster('alpha');
  const { provider, inside } = e2e;
  const defaultRole = await provider.createRole('tenant-default', [
    mayReadSecrets(''),
    MAY_FIND_SECRETS,
    { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' },
  ]);
  roles = {
    reader: await provider.createRole('team-reader', [mayReadSecrets('team/')]),
    denied: await provider.createRole('team-denied', [mayReadSecrets('elsewhere/')]),
  };
  const registered = await inside.tables.clusters.get('alpha');
  if (registered === undefined) throw new Error('alpha is not registered');
  await inside.tables.clusters.put({ ...registered, identity: { ...registered.identity, defaultRole } });
  await provider.createSecret('team/db', 'ours');
  await provider.createSecret('other/db', 'theirs');
}, 180_000);

afterAll(async () => {
  await e2e?.stop();
}, 60_000);

const store = (name: string, role?: string): Manifest => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'SecretStore',
  metadata: { name, namespace: 'default' },
  spec: {
    provider: { aws: { service: 'SecretsManager', region: e2e.aws.region, ...(role === undefined ? {} : { role }) } },
  },
});

test('a key inside the registration is read, one outside is not, though the role may', async () => {
  await alpha.apply(
    store('default'),
    externalSecret({ name: 'inside', store: 'default', data: { password: 'team/db' } }),
    externalSecret({ name: 'outside', store: 'default', data: { password: 'other/db' } }),
  );

  await becomesReady(alpha, externalSecretRef('inside'));
  await eventually(
    async () =>
      expect(await readyOf(alpha, externalSecretRef('outside'))).toBe(
        'False SecretSyncedError: stores of cluster "alpha" may not read key other/db; allowed: team/*',
      ),
    SOON,
  );
  expect(await alpha.secretValue('default', 'inside', 'password')).toBe('ours');
  expect(await alpha.secretValue('default', 'outside', 'password')).toBeUndefined();
});

test('the roles of the functions are known where they run, and refused though a pattern allows all', async () => {
  const role = `arn:aws:iam::${e2e.aws.accountId}:role/secretcast-local-reconcile`;

  await alpha.apply(store('as-the-hub', role));

  await eventually(
    async () =>
      expect(await readyOf(alpha, storeRef('as-the-hub'))).toBe(
        `False InvalidProviderConfig: stores of cluster "alpha" may not use role ${role}, which is the service's own; allowed: *`,
      ),
    SOON,
  );
});

test('the secret that opens a cluster is read by no store, though its role may', async () => {
  const key = 'secretcast/local/clusters/alpha';
  await alpha.apply(externalSecret({ name: 'opens-alpha', store: 'default', data: { password: key } }));

  await eventually(
    async () =>
      expect(await readyOf(alpha, externalSecretRef('opens-alpha'))).toBe(
        `False SecretSyncedError: stores of cluster "alpha" may not read key ${key}, which is the service's own; allowed: team/*`,
      ),
    SOON,
  );
  expect(await alpha.secretValue('default', 'opens-alpha', 'password')).toBeUndefined();
});

test('a search finds what the registration allows, and one that reaches further is refused', async () => {
  const find = { name: { regexp: '.' } };
  await alpha.apply(
    externalSecret({ name: 'finds', store: 'default', dataFrom: [{ find: { ...find, path: 'team/' } }] }),
    externalSecret({ name: 'roams', store: 'default', dataFrom: [{ find: { ...find, path: 'other/' } }] }),
  );

  await becomesReady(alpha, externalSecretRef('finds'));
  await eventually(
    async () =>
      expect(await readyOf(alpha, externalSecretRef('roams'))).toBe(
        'False SecretSyncedError: stores of cluster "alpha" may not read key other/; allowed: team/*',
      ),
    SOON,
  );
  expect(await alpha.secretValue('default', 'finds', 'team_db')).toBe('ours');
  expect(await alpha.secretValue('default', 'roams', 'other_db')).toBeUndefined();
});

test('of two roles that read one key, the one that IAM denies gets nothing of the other’s', async () => {
  await alpha.apply(
    store('reader', roles.reader),
    store('denied', roles.denied),
    externalSecret({ name: 'read', store: 'reader', data: { password: 'team/db' } }),
    externalSecret({ name: 'not-read', store: 'denied', data: { password: 'team/db' } }),
  );
  await becomesReady(alpha, externalSecretRef('read'));

  await e2e.provider.putSecret('team/db', 'rotated');

  await eventually(async () => expect(await alpha.secretValue('default', 'read', 'password')).toBe('rotated'), SOON);
  await eventually(
    async () =>
      expect(await readyOf(alpha, externalSecretRef('not-read'))).toBe(
        'False SecretSyncedError: could not get secret data from provider',
      ),
    SOON,
  );
  expect(await eventTexts(alpha, externalSecretRef('not-read'))).toContainEqual(
    expect.stringContaining('AccessDenied'),
  );
  expect(await alpha.secretValue('default', 'not-read', 'password')).toBeUndefined();
});
