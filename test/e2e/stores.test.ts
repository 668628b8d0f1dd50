import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClusterAdmin, Manifest, Ref } from './support/cluster-admin.ts';
import { eventually, throughout } from './support/eventually.ts';
import { externalSecret, secret, storeWithKeys } from './support/manifests.ts';
import { type AccessKey, mayReadSecrets, type Statement } from './support/provider.ts';
import { becomesReady, eventTexts, externalSecretRef, readyOf, storeRef } from './support/ready.ts';
import { type E2e, startE2e } from './support/stack.ts';
import { readTable } from './support/table.ts';

const SOON = { withinMilliseconds: 20_000 };
const SYNCED = 'True SecretSynced: secret synced';
const FAILED = 'False SecretSyncedError: could not get secret data from provider';
const NOT_ALLOWED = 'is not allowed from namespace "teams": denied by spec.condition';
const GENERATORS = 'generators.external-secrets.io/v1alpha1';
const mayLogIn: Statement = { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' };

let e2e: E2e;
let alpha: ClusterAdmin;
let reader: AccessKey;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'] });
  alpha = e2e.cluster('alpha');
  reader = await e2e.provider.createUser('reader', [mayReadSecrets('dev-'), mayLogIn]);
}, 180_000);

afterAll(async () => {
  await e2e?.stop();
}, 60_000);

/** An ExternalSecret that reads through the store of its name, or through the one it names. */
const reads = (name: string, key: string, { store = name, namespace = 'default' } = {}): Manifest =>
  externalSecret({ name, store, namespace, data: { value: key } });
const holds = (name: string, value: string | undefined, namespace = 'default'): Promise<void> =>
  eventually(async () => expect(await alpha.secretValue(namespace, name, 'value')).toBe(value), SOON);
const isReady = (ref: Ref, ready: string | undefined): Promise<void> =>
  eventually(async () => expect(await readyOf(alpha, ref)).toBe(ready), SOON);
const says = (ref: Ref, text: string): Promise<void> =>
  eventually(async () => expect((await eventTexts(alpha, ref)).join('\n')).toContain(text), SOON);

describe('a store', () => {
  test('that is missing is named, and its user follows when it comes [ES88]', async () => {
    await e2e.provider.createSecret('dev-missing', 'one');
    await alpha.apply(reads('early', 'dev-missing', { store: 'late' }));
    await isReady(externalSecretRef('early'), FAILED);
    await says(externalSecretRef('early'), 'SecretStore.external-secrets.io "late" not found');

    await alpha.apply(...storeWithKeys('late', reader));

    await holds('early', 'one');
    await isReady(externalSecretRef('early'), SYNCED);
  });

  test('edited into one that cannot work is not Ready, and its user keeps what it has until it is mended', async () => {
    await e2e.provider.createSecret('dev-edited', 'one');
    await alpha.apply(...storeWithKeys('edited', reader), reads('edited', 'dev-edited'));
    await holds('edited', 'one');
    const role = 'arn:aws:iam::111122223333:role/nobody';

    await alpha.patch(storeRef('edited'), { spec: { provider: { aws: { role } } } });
    await isReady(storeRef('edited'), 'False InvalidProviderConfig: unable to validate store');
    await e2e.provider.putSecret('dev-edited', 'two');
    await says(externalSecretRef('edited'), 'SecretStore "edited" is not ready');
    expect(await alpha.secretValue('default', 'edited', 'value')).toBe('one');
    await alpha.patch(storeRef('edited'), { spec: { provider: { aws: { role: null } } } });

    await isReady(storeRef('edited'), 'True Valid: store validated');
    await holds('edited', 'two');
    await isReady(externalSecretRef('edited'), SYNCED);
  });

  test('whose keys are rotated brings its users along', async () => {
    const old = await e2e.provider.createUser('old', [mayReadSecrets('dev-')]);
    await e2e.provider.createSecret('dev-keys', 'one');
    await alpha.apply(...storeWithKeys('rotated', old), reads('rotated', 'dev-keys'));
    await holds('rotated', 'one');
    await e2e.provider.allowUser('old', []);
    await e2e.provider.putSecret('dev-keys', 'two');
    await isReady(externalSecretRef('rotated'), FAILED);

    const { accessKeyId, secretAccessKey } = reader;
    await alpha.apply(secret('rotated-keys', { 'access-key': accessKeyId, 'secret-access-key': secretAccessKey }));

    await holds('rotated', 'two');
    await isReady(externalSecretRef('rotated'), SYNCED);
  });

  test('of another controller class is nobody’s, nor are its users, until it is ours [ES89]', async () => {
    await e2e.provider.createSecret('dev-class', 'one');
    const [keys, store] = storeWithKeys('class', reader);
    await alpha.apply(keys, { ...store, spec: { ...Object(store['spec']), controller: 'other' } });
    await alpha.apply(reads('class', 'dev-class'));

    await throughout(
      async () => {
        expect(await readyOf(alpha, storeRef('class'))).toBeUndefined();
        expect(await readyOf(alpha, externalSecretRef('class'))).toBeUndefined();
      },
      { forMilliseconds: 3_000 },
    );
    await alpha.patch(storeRef('class'), { spec: { controller: 'default' } });

    await holds('class', 'one');
    await isReady(storeRef('class'), 'True Valid: store validated');
  });
});

describe('a ClusterSecretStore', () => {
  const shared = { kind: 'ClusterSecretStore', name: 'shared' };
  const selector = (name: string) => ({ name, namespace: 'default', key: name });
  const label = (team: string | null) =>
    alpha.patch({ kind: 'Namespace', name: 'teams' }, { metadata: { labels: { team } } });

  beforeAll(async () => {
    const { accessKeyId, secretAccessKey } = reader;
    await e2e.provider.createSecret('dev-shared', 'one');
    await alpha.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'teams' } },
      secret('shared-keys', { 'access-key': accessKeyId, 'secret-access-key': secretAccessKey }),
      {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ClusterSecretStore',
        metadata: { name: 'shared' },
        spec: {
          conditions: [{ namespaceSelector: { matchLabels: { team: 'orders' } } }, { namespaces: ['billing'] }],
          provider: {
            aws: {
              service: 'SecretsManager',
              region: e2e.aws.region,
              auth: {
                secretRef: {
                  accessKeyIDSecretRef: { ...selector('access-key'), name: 'shared-keys' },
                  secretAccessKeySecretRef: { ...selector('secret-access-key'), name: 'shared-keys' },
                },
              },
            },
          },
        },
      },
    );
    const user = reads('user', 'dev-shared', { store: 'shared', namespace: 'teams' });
    const secretStoreRef = { name: 'shared', kind: 'ClusterSecretStore' };
    await alpha.apply({ ...user, spec: { ...Object(user['spec']), secretStoreRef } });
  });

  test('serves a namespace from the moment its labels match, and no longer than they do [ES90]', async () => {
    const user = externalSecretRef('user', 'teams');
    await becomesReady(alpha, shared);
    await isReady(user, FAILED);
    await says(user, NOT_ALLOWED);

    await label('orders');
    await holds('user', 'one', 'teams');
    await label(null);

    await isReady(user, FAILED);
    expect(await alpha.secretValue('teams', 'user', 'value')).toBe('one');
  });
});

describe('a generator', () => {
  const secretRef = {
    accessKeyIDSecretRef: { name: 'late-keys', key: 'access-key' },
    secretAccessKeySecretRef: { name: 'late-keys', key: 'secret-access-key' },
  };
  const generator = (kind: string, spec: Readonly<Record<string, unknown>>, namespace?: string): Manifest => ({
    apiVersion: GENERATORS,
    kind,
    metadata: { name: 'token', ...(namespace === undefined ? {} : { namespace }) },
    spec,
  });
  const takes = (name: string, kind: string): Manifest => ({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name, namespace: 'default' },
    spec: { refreshInterval: '1h', dataFrom: [{ sourceRef: { generatorRef: { kind, name: 'token' } } }] },
  });
  const keysOf = async (name: string): Promise<readonly string[]> =>
    Object.keys((await alpha.get({ kind: 'Secret', namespace: 'default', name }))?.data ?? {}).sort();

  test('gives a registry’s password without any store, to the keys’ owner [ES18 AWS58]', async () => {
    const region = e2e.aws.region;
    await alpha.apply(generator('ECRAuthorizationToken', { region, auth: { secretRef } }, 'default'));
    await alpha.apply(takes('login', 'ECRAuthorizationToken'));

    await isReady(externalSecretRef('login'), SYNCED);
    expect(await keysOf('login')).toEqual(['expires_at', 'password', 'proxy_endpoint', 'username']);
    expect(await alpha.secretValue('default', 'login', 'username')).toBe('AWS');
  });

  test('of the cluster gives temporary keys that work [ES19]', async () => {
    const stsSessionTokenSpec = { region: e2e.aws.region, auth: { secretRef } };
    await alpha.apply(
      generator('ClusterGenerator', { kind: 'STSSessionToken', generator: { stsSessionTokenSpec } }),
      takes('session', 'ClusterGenerator'),
    );

    await isReady(externalSecretRef('session'), SYNCED);
    expect(await keysOf('session')).toEqual(['access_key_id', 'expiration', 'secret_access_key', 'session_token']);
    const textOf = async (key: string): Promise<string> => (await alpha.secretValue('default', 'session', key)) ?? '';
    const session = {
      accessKeyId: await textOf('access_key_id'),
      secretAccessKey: await textOf('secret_access_key'),
      sessionToken: await textOf('session_token'),
    };
    const [keys, store] = storeWithKeys('by-session', session);
    const withToken = { name: 'by-session-keys', key: 'session-token' };
    const provider = Object(Object(store['spec']).provider).aws;
    const auth = { secretRef: { ...provider.auth.secretRef, sessionTokenSecretRef: withToken } };
    await alpha.apply(
      { ...keys, stringData: { ...Object(keys['stringData']), 'session-token': session.sessionToken } },
      { ...store, spec: { provider: { aws: { ...provider, auth } } } },
      reads('by-session', 'dev-missing'),
    );
    await holds('by-session', 'one');
  });

  test('that is missing is named, and used when it comes', async () => {
    await alpha.apply(takes('waiting', 'STSSessionToken'));
    await says(
      externalSecretRef('waiting'),
      'error processing spec.dataFrom[0].sourceRef.generatorRef, err: unable to get generator: STSSessionToken.generators.external-secrets.io "token" not found',
    );

    await alpha.apply(generator('STSSessionToken', { region: e2e.aws.region, auth: { secretRef } }, 'default'));

    await isReady(externalSecretRef('waiting'), SYNCED);
  });
});

describe('kubectl', () => {
  test.each([
    ['secretstores', '/apis/external-secrets.io/v1/namespaces/default/secretstores', 'edited'],
    ['clustersecretstores', '/apis/external-secrets.io/v1/clustersecretstores', 'shared'],
  ])('shows the reference’s columns of %s', async (_, path, name) => {
    const { columns, rows } = await readTable(alpha.local, path);

    expect(columns).toEqual(['Name', 'AGE', 'Status', 'Capabilities', 'Ready']);
    expect(rows.find((row) => row['Name'] === name)).toMatchObject({
      Status: 'Valid',
      Capabilities: 'ReadWrite',
      Ready: 'True',
    });
  });
});
