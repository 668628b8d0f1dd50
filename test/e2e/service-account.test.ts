import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { ClusterAdmin, Manifest } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { externalSecret } from './support/manifests.ts';
import { mayReadSecrets } from './support/provider.ts';
import { allowTokensOf, serviceAccount as annotated, issuerOf, subjectOf } from './support/service-accounts.ts';
import { type E2e, startE2e } from './support/stack.ts';

const ACCOUNT = { namespace: 'platform', name: 'secrets-reader' };
/** A store that failed is tried again after a few seconds, then later and later. */
const SOON = { withinMilliseconds: 60_000 };
const SUBJECT = subjectOf(ACCOUNT);

let e2e: E2e;
let alpha: ClusterAdmin;
let issuer: string;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'] });
  alpha = e2e.cluster('alpha');
  issuer = await issuerOf(alpha);
  await e2e.provider.createSecret('team/db', 'from-the-account');
  await alpha.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: ACCOUNT.namespace } });
});

afterAll(async () => {
  await e2e?.stop();
});

const serviceAccount = (roleArn: string): Manifest => annotated(ACCOUNT, roleArn);

const clusterStore = (name: string, change: Readonly<Record<string, unknown>> = {}): Manifest => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'ClusterSecretStore',
  metadata: { name },
  spec: {
    provider: {
      aws: {
        service: 'SecretsManager',
        region: 'eu-west-1',
        auth: { jwt: { serviceAccountRef: ACCOUNT } },
        ...change,
      },
    },
  },
});

const reading = (name: string, store: string): Manifest => {
  const manifest = externalSecret({ name, store, data: { password: 'team/db' } });
  const { spec, ...rest } = z.looseObject({ spec: z.looseObject({}) }).parse(manifest);
  return { ...manifest, ...rest, spec: { ...spec, secretStoreRef: { name: store, kind: 'ClusterSecretStore' } } };
};

const storeSays = async (name: string): Promise<string | undefined> => {
  const store = await alpha.get({ kind: 'ClusterSecretStore', name });
  return store?.status?.conditions?.find(({ type }) => type === 'Ready')?.message;
};

describe('a ClusterSecretStore that reads as a service account', () => {
  test('says what is missing while the service may not ask for the token, and reads when it may', async () => {
    const role = await e2e.provider.createWebIdentityRole('irsa', { issuer, subject: SUBJECT }, [
      mayReadSecrets('team/'),
    ]);
    await alpha.apply(serviceAccount(role), clusterStore('as-account'), reading('db', 'as-account'));
    await eventually(async () => expect(await storeSays('as-account')).toBe('unable to create client'), SOON);
    const events = await alpha.eventsOf({ kind: 'ClusterSecretStore', name: 'as-account' });
    expect(events.map(({ message }) => message)).toContainEqual(
      `unable to create session: get serviceaccounts in namespace ${ACCOUNT.namespace} is forbidden`,
    );

    await allowTokensOf(e2e, 'alpha', [ACCOUNT]);

    await eventually(async () => {
      expect(await storeSays('as-account')).toBe('store validated');
      expect(await alpha.secretValue('default', 'db', 'password')).toBe('from-the-account');
    }, SOON);
  });

  test('goes on from there to the role of another owner', async () => {
    const role = await e2e.provider.createRole('owner', [mayReadSecrets('team/')]);
    await e2e.provider.createWebIdentityRole('irsa-only-assumes', { issuer, subject: SUBJECT }, [
      { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: role },
    ]);
    await alpha.apply(
      serviceAccount(role.replace('role/owner', 'role/irsa-only-assumes')),
      clusterStore('as-owner', { role }),
      reading('chained', 'as-owner'),
    );

    await eventually(async () => {
      expect(await alpha.secretValue('default', 'chained', 'password')).toBe('from-the-account');
    }, SOON);
  });

  test('is refused by a role that trusts another account, and says so', async () => {
    const stranger = { issuer, subject: 'system:serviceaccount:other:reader' };
    const role = await e2e.provider.createWebIdentityRole('irsa-of-others', stranger, [mayReadSecrets('team/')]);
    await alpha.apply(serviceAccount(role), clusterStore('refused'));

    await eventually(async () => expect(await storeSays('refused')).toBe('unable to validate store'), SOON);

    const events = await alpha.eventsOf({ kind: 'ClusterSecretStore', name: 'refused' });
    expect(events.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        /failed to retrieve credentials, operation error STS: AssumeRoleWithWebIdentity, .*Not authorized to perform sts:AssumeRoleWithWebIdentity/,
      ),
    );
  });
});
