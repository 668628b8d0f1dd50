import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { ClusterAdmin, Manifest } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { externalSecret } from './support/manifests.ts';
import { mayReadSecrets } from './support/provider.ts';
import { becomesReady, externalSecretRef, readyOf, storeRef } from './support/ready.ts';
import { type E2e, startE2e } from './support/stack.ts';

const SOON = { withinMilliseconds: 30_000 };

let e2e: E2e;
let alpha: ClusterAdmin;

/** A registration that lets stores name any role, and read what begins with `team/`. */
beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'], registration: ['--allow-role', '*', '--allow-key', 'team/'] });
  alpha = e2e.cluster('alpha');
  const { provider, inside } = e2e;
  const defaultRole = await provider.createRole('tenant-default', [mayReadSecrets('')]);
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
