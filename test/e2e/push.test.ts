import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readManifestFile } from '../../local/apply-manifests.ts';
import type { ClusterAdmin, Manifest } from './support/cluster-admin.ts';
import { eventually, throughout } from './support/eventually.ts';
import { pushMetadata, pushSecret, secret, storeWithKeys } from './support/manifests.ts';
import {
  type AccessKey,
  mayPushParameters,
  mayPushSecrets,
  mayReadSecrets,
  type Statement,
} from './support/provider.ts';
import { becomesReady, eventTexts, pushSecretRef, readyOf } from './support/ready.ts';
import { type E2e, startE2e } from './support/stack.ts';
import { readTable } from './support/table.ts';

const KUBECTL = '/usr/bin/kubectl';
const SOON = { withinMilliseconds: 30_000 };
const SYNCED = 'True Synced: PushSecret synced successfully';
const KEPT = `${SYNCED}. Existing secrets in providers unchanged.`;
const MANAGED = { 'managed-by': 'external-secrets' };
const TEXT = pushMetadata({ secretPushFormat: 'string' });

let e2e: E2e;
let alpha: ClusterAdmin;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'] });
  alpha = e2e.cluster('alpha');
  const { provider } = e2e;
  const pusher = await provider.createUser('pusher', [...mayPushSecrets(''), ...mayPushParameters('')]);
  await alpha.apply(
    ...storeWithKeys('secrets', pusher),
    ...storeWithKeys('aws-parameterstore', pusher, { service: 'ParameterStore' }),
    secret('app', { password: 'first', user: 'orders' }),
  );
}, 180_000);

afterAll(async () => {
  await e2e?.stop();
}, 60_000);

const says = (name: string, text: string | RegExp, patience = SOON) =>
  eventually(async () => {
    const ready = await readyOf(alpha, pushSecretRef(name));
    if (typeof text === 'string') expect(ready).toBe(text);
    else expect(ready).toMatch(text);
  }, patience);

const secretHolds = (name: string, value: string, patience = SOON) =>
  eventually(async () => expect((await e2e.provider.readSecret(name))?.value).toBe(value), patience);

const parameterHolds = (name: string, value: string, patience = SOON) =>
  eventually(async () => expect((await e2e.provider.readParameter(name))?.value).toBe(value), patience);

const change = (name: string, data: Readonly<Record<string, string>>) => alpha.apply(secret(name, data));

const syncedIn = async (name: string) => (await alpha.get(pushSecretRef(name)))?.status?.['syncedPushSecrets'];

const kubectl = async (...args: readonly string[]): Promise<string> => {
  const file = ['--kubeconfig', e2e.kubeconfigFile, '--context', 'alpha'];
  return (await promisify(execFile)(KUBECTL, [...file, ...args], { env: { HOME: e2e.directory } })).stdout;
};

describe('a parameter, as the documents write it', () => {
  beforeAll(async () => {
    const file = join(import.meta.dirname, '../fixtures/manifests/push-secret-parameter.yaml');
    await alpha.apply(secret('harbour-credentials', { 'best-berth': 'seven' }));
    const objects = await readManifestFile(file);
    await alpha.apply(...objects.map((object) => object as Manifest));
  });

  test('holds the key of the Secret, tagged as managed [PUSH1]', async () => {
    await says('push-parameter', SYNCED);

    expect(await e2e.provider.readParameter('first-parameter')).toEqual({
      value: 'seven',
      type: 'String',
      version: 1,
      tags: MANAGED,
    });
    expect(await syncedIn('push-parameter')).toEqual({
      'SecretStore/aws-parameterstore': {
        'first-parameter': {
          match: { secretKey: 'best-berth', remoteRef: { remoteKey: 'first-parameter' } },
          conversionStrategy: 'None',
        },
      },
    });
  });

  test('is shown as Synced, with the columns of the External Secrets Operator', async () => {
    const { columns, rows } = await readTable(
      alpha.local,
      '/apis/external-secrets.io/v1alpha1/namespaces/default/pushsecrets',
    );

    expect(columns).toEqual(['Name', 'AGE', 'Status', 'Last Sync']);
    expect(rows.find(({ Name }) => Name === 'push-parameter')).toMatchObject({ Status: 'Synced' });
  });

  const withKubectl = existsSync(KUBECTL) ? test : test.skip;
  withKubectl('is shown by kubectl, by both names', async () => {
    for (const kind of ['pushsecret', 'ps']) {
      const [heading = '', row = ''] = (await kubectl('get', kind, 'push-parameter')).split('\n');

      expect(heading.split(/\s{2,}/).map((cell) => cell.trim())).toEqual(['NAME', 'AGE', 'STATUS', 'LAST SYNC']);
      expect(row).toMatch(/^push-parameter +\d+s +Synced +\d+s\s*$/);
    }
  });

  test('follows the Secret at once', async () => {
    await change('harbour-credentials', { 'best-berth': 'eight' });

    await parameterHolds('first-parameter', 'eight', { withinMilliseconds: 5_000 });
    expect((await e2e.provider.readParameter('first-parameter'))?.version).toBe(2);
  });

  test('that somebody changed is put right at the interval, and then stays as it is', async () => {
    await e2e.provider.putParameter('first-parameter', 'drifted');

    await parameterHolds('first-parameter', 'eight', { withinMilliseconds: 25_000 });
    const { version } = (await e2e.provider.readParameter('first-parameter')) ?? {};
    await throughout(async () => expect((await e2e.provider.readParameter('first-parameter'))?.version).toBe(version), {
      forMilliseconds: 12_000,
    });
  });

  test('that somebody deleted is there again at the interval', async () => {
    await e2e.provider.deleteParameter('first-parameter');

    await parameterHolds('first-parameter', 'eight', { withinMilliseconds: 25_000 });
  });
});

describe('Secrets Manager', () => {
  test('holds one key as bytes, described and tagged', async () => {
    await alpha.apply(pushSecret({ name: 'plain', store: 'secrets', data: { 'push/plain': 'password' } }));

    await says('plain', SYNCED);
    expect(await e2e.provider.readSecret('push/plain')).toEqual({
      value: 'first',
      description: "secret 'managed-by:external-secrets'",
      tags: MANAGED,
      versions: 1,
    });
  });

  test('holds properties of JSON, beside those of somebody else', async () => {
    await e2e.provider.createSecret('push/json', '{ "theirs" : 1 }', MANAGED);
    await alpha.apply(
      pushSecret({
        name: 'properties',
        store: 'secrets',
        data: { 'push/json#login.user': 'user', 'push/json#login.password': 'password' },
        metadata: TEXT,
      }),
    );

    await says('properties', SYNCED);
    await secretHolds('push/json', '{ "theirs" : 1 ,"login":{"user":"orders","password":"first"}}');
  });

  test('holds the whole Secret as JSON', async () => {
    await alpha.apply(pushSecret({ name: 'whole', store: 'secrets', data: { 'push/whole': '' }, metadata: TEXT }));

    await says('whole', SYNCED);
    await secretHolds('push/whole', '{"password":"first","user":"orders"}');
  });

  test('gets no new version for what it holds already', async () => {
    await alpha.patch(pushSecretRef('plain'), { metadata: { annotations: { 'force-sync': '1' } } });
    await alpha.patch(pushSecretRef('whole'), { metadata: { annotations: { 'force-sync': '1' } } });
    await throughout(
      async () => {
        expect((await e2e.provider.readSecret('push/plain'))?.versions).toBe(1);
        expect((await e2e.provider.readSecret('push/whole'))?.versions).toBe(1);
      },
      { forMilliseconds: 4_000 },
    );
  });

  test('gets tags and description of the metadata', async () => {
    const metadata = pushMetadata({ tags: { team: 'orders' }, description: 'of orders' });
    await alpha.apply(pushSecret({ name: 'tagged', store: 'secrets', data: { 'push/tagged': 'user' }, metadata }));

    await says('tagged', SYNCED);
    expect(await e2e.provider.readSecret('push/tagged')).toMatchObject({
      description: 'of orders',
      tags: { ...MANAGED, team: 'orders' },
    });
  });

  test('says which key of the Secret is missing, and nothing is written [PUSH3]', async () => {
    await alpha.apply(pushSecret({ name: 'no-key', store: 'secrets', data: { 'push/none': 'nope' } }));

    await says('no-key', 'False Errored: set secret failed: secret key nope does not exist');
    expect(await e2e.provider.readSecret('push/none')).toBeUndefined();
    expect(await eventTexts(alpha, pushSecretRef('no-key'))).toContain(
      'set secret failed: secret key nope does not exist',
    );
  });

  test('says that there is no Secret to push, and pushes it when there is [PUSH2]', async () => {
    await alpha.apply(pushSecret({ name: 'early', store: 'secrets', source: 'late', data: { 'push/late': 'a' } }));
    await says('early', 'False Errored: could not get source secret');

    await alpha.apply(secret('late', { a: 'here' }));

    await says('early', SYNCED, { withinMilliseconds: 5_000 });
    await secretHolds('push/late', 'here');
  });

  test('says which store is missing, and pushes when there is one [PUSH4]', async () => {
    await alpha.apply(pushSecret({ name: 'no-store', store: 'coming', data: { 'push/coming': 'user' } }));
    await says(
      'no-store',
      'False Errored: could not get SecretStore "coming", secretstores.external-secrets.io "coming" not found',
    );

    await alpha.apply(...storeWithKeys('coming', await e2e.provider.createUser('coming', mayPushSecrets('push/'))));

    await says('no-store', SYNCED, { withinMilliseconds: 10_000 });
    await secretHolds('push/coming', 'orders');
  });
});

describe('many keys by rules', () => {
  test('are renamed on their way [PUSH27]', async () => {
    await alpha.apply(
      secret('database', { 'db-host': 'h', 'db-USER': 'u', other: 'o' }),
      pushSecret({
        name: 'rules',
        store: 'secrets',
        source: 'database',
        spec: {
          dataTo: [
            {
              storeRef: { name: 'secrets' },
              match: { regexp: '^db-.*' },
              rewrite: [
                { regexp: { source: '^db-', target: 'push/rules/' } },
                { transform: { template: '{{ .value | lower }}' } },
              ],
            },
          ],
        },
      }),
    );

    await says('rules', SYNCED);
    await secretHolds('push/rules/host', 'h');
    await secretHolds('push/rules/user', 'u');
    expect(Object.keys(Object((await syncedIn('rules')) ?? {})['SecretStore/secrets'] ?? {}).sort()).toEqual([
      'push/rules/host',
      'push/rules/user',
    ]);
  });

  test('go into one secret as a bundle, made with a template [PUSH38]', async () => {
    await alpha.apply(
      pushSecret({
        name: 'bundle',
        store: 'secrets',
        spec: {
          template: { data: { 'made-url': 'postgres://{{ .user }}@db' } },
          dataTo: [
            {
              storeRef: { name: 'secrets' },
              remoteKey: 'push/bundle',
              match: { regexp: '^(made|user)' },
              metadata: TEXT,
            },
          ],
        },
      }),
    );

    await says('bundle', SYNCED);
    await secretHolds('push/bundle', '{"made-url":"postgres://orders@db","user":"orders"}');
  });

  test('are refused where two would become one [PUSH34]', async () => {
    const rewrite = [{ regexp: { source: '^.*$', target: 'push/one' } }];
    await alpha.apply(
      pushSecret({ name: 'collide', store: 'secrets', spec: { dataTo: [{ storeRef: { name: 'secrets' }, rewrite }] } }),
    );

    await says(
      'collide',
      /^False Errored: set secret failed: failed to expand dataTo: dataTo\[0\]: duplicate remote key "push\/one"/,
    );
    expect(await e2e.provider.readSecret('push/one')).toBeUndefined();
  });
});

describe('update policies', () => {
  test('Replace overwrites what is ours; IfNotExists leaves what is there, and makes what is not [PUSH7] [PUSH8]', async () => {
    await e2e.provider.createSecret('push/there', 'theirs');
    await alpha.apply(
      secret('updates', { a: 'one' }),
      pushSecret({ name: 'replace', store: 'secrets', source: 'updates', data: { 'push/replaced': 'a' } }),
      pushSecret({
        name: 'if-not-exists',
        store: 'secrets',
        source: 'updates',
        data: { 'push/there': 'a', 'push/made-once': 'a' },
        spec: { updatePolicy: 'IfNotExists' },
      }),
    );
    await says('replace', SYNCED);
    await says('if-not-exists', KEPT);
    await secretHolds('push/made-once', 'one');

    await change('updates', { a: 'two' });

    await secretHolds('push/replaced', 'two');
    await says('if-not-exists', KEPT);
    expect((await e2e.provider.readSecret('push/there'))?.value).toBe('theirs');
    expect((await e2e.provider.readSecret('push/made-once'))?.value).toBe('one');
    expect(Object.keys(Object((await syncedIn('if-not-exists')) ?? {})['SecretStore/secrets'] ?? {}).sort()).toEqual([
      'push/made-once',
      'push/there',
    ]);
  });
});

describe('deletion policies', () => {
  const pushes = (name: string, deletionPolicy: string, data: Readonly<Record<string, string>>) =>
    pushSecret({ name, store: 'secrets', data, metadata: TEXT, spec: { deletionPolicy } });

  test('Delete takes out entries that are no longer there, properties one by one [PUSH12]', async () => {
    await alpha.apply(
      pushes('entries', 'Delete', { 'push/old': 'user', 'push/both#a': 'user', 'push/both#b': 'password' }),
    );
    await says('entries', SYNCED);

    await alpha.apply(pushes('entries', 'Delete', { 'push/new': 'user', 'push/both#a': 'user' }));

    await secretHolds('push/new', 'orders');
    await eventually(async () => expect(await e2e.provider.readSecret('push/old')).toBeUndefined(), SOON);
    await secretHolds('push/both', '{"a":"orders"}');
    expect(Object.keys(Object((await syncedIn('entries')) ?? {})['SecretStore/secrets'] ?? {}).sort()).toEqual([
      'push/both/a',
      'push/new',
    ]);
  });

  test('Delete takes out everything when the object goes, without a finalizer that could hold it', async () => {
    await alpha.apply(pushes('goes', 'Delete', { 'push/goes': 'user' }));
    await says('goes', SYNCED);
    expect((await alpha.get(pushSecretRef('goes')))?.metadata.finalizers).toBeUndefined();

    await alpha.remove(pushSecretRef('goes'));

    await eventually(async () => expect(await e2e.provider.readSecret('push/goes')).toBeUndefined(), SOON);
    expect(await alpha.get(pushSecretRef('goes'))).toBeUndefined();
  });

  test('None leaves everything when the object goes [PUSH16]', async () => {
    await alpha.apply(pushes('stays', 'None', { 'push/stays': 'user' }));
    await says('stays', SYNCED);

    await alpha.remove(pushSecretRef('stays'));

    await throughout(async () => expect((await e2e.provider.readSecret('push/stays'))?.value).toBe('orders'), {
      forMilliseconds: 4_000,
    });
  });

  test('Delete takes out everything when the Secret goes, and says so [PUSH17]', async () => {
    await alpha.apply(
      secret('source-goes', { user: 'u' }),
      pushSecret({
        name: 'source-goes',
        store: 'secrets',
        source: 'source-goes',
        data: { 'push/source-goes': 'user' },
        spec: { deletionPolicy: 'Delete' },
      }),
    );
    await says('source-goes', SYNCED);

    await alpha.remove({ kind: 'Secret', namespace: 'default', name: 'source-goes' });

    await says('source-goes', 'False SourceDeleted: source secret deleted; provider secrets cleaned up');
    expect(await e2e.provider.readSecret('push/source-goes')).toBeUndefined();
  });

  test('Delete never touches what is not ours', async () => {
    await alpha.apply(pushes('untagged', 'Delete', { 'push/untagged': 'user' }));
    await says('untagged', SYNCED);
    await e2e.provider.untagSecret('push/untagged', 'managed-by');

    await alpha.remove(pushSecretRef('untagged'));

    await throughout(async () => expect((await e2e.provider.readSecret('push/untagged'))?.value).toBe('orders'), {
      forMilliseconds: 4_000,
    });
  });
});

describe('who may push what', () => {
  const ofOrders = (key: AccessKey) => storeWithKeys('dev', key);
  const DEV = 'arn:aws:secretsmanager:*:*:secret:dev-*';
  /** The documents' way: everything below a prefix, and deletion of what carries the tag. */
  const asDocumented: readonly Statement[] = [
    {
      Effect: 'Allow',
      Action: ['secretsmanager:CreateSecret', 'secretsmanager:PutSecretValue', 'secretsmanager:TagResource'],
      Resource: DEV,
    },
    {
      Effect: 'Allow',
      Action: 'secretsmanager:DeleteSecret',
      Resource: DEV,
      Condition: { StringEquals: { 'secretsmanager:ResourceTag/managed-by': 'external-secrets' } },
    },
  ];

  test('the policies of the documents let a secret be made, changed, and deleted again', async () => {
    const key = await e2e.provider.createUser('as-documented', [mayReadSecrets('dev-'), ...asDocumented]);
    await alpha.apply(
      ...ofOrders(key),
      secret('documented', { a: 'one' }),
      pushSecret({
        name: 'documented',
        store: 'dev',
        source: 'documented',
        data: { 'dev-documented': 'a' },
        spec: { deletionPolicy: 'Delete' },
      }),
    );
    await says('documented', SYNCED);

    await change('documented', { a: 'two' });
    await secretHolds('dev-documented', 'two');
    await says('documented', SYNCED);
    await alpha.remove(pushSecretRef('documented'));

    await eventually(async () => expect(await e2e.provider.readSecret('dev-documented')).toBeUndefined(), SOON);
  });

  test('a read policy by tag goes together with the push policy for what carries the tag', async () => {
    const byTag: Statement = {
      ...mayReadSecrets(''),
      Resource: '*',
      Condition: { StringEquals: { 'secretsmanager:ResourceTag/external-secrets': 'true' } },
    };
    const key = await e2e.provider.createUser('by-tag', [byTag, ...asDocumented]);
    await e2e.provider.createSecret('dev-by-tag', 'old', { ...MANAGED, 'external-secrets': 'true' });
    await alpha.apply(
      ...storeWithKeys('by-tag', key),
      pushSecret({ name: 'by-tag', store: 'by-tag', data: { 'dev-by-tag': 'user' } }),
    );

    await says('by-tag', SYNCED);
    await secretHolds('dev-by-tag', 'orders');
  });

  test('a secret of somebody else stays as it is, and says whose it is not [PUSH46]', async () => {
    await e2e.provider.createSecret('push/foreign', 'theirs');
    await alpha.apply(pushSecret({ name: 'foreign', store: 'secrets', data: { 'push/foreign': 'user' } }));

    await says(
      'foreign',
      'False Errored: set secret failed: could not write remote ref user to target secretstore secrets: secret not managed by external-secrets',
    );
    expect(await e2e.provider.readSecret('push/foreign')).toMatchObject({ value: 'theirs', versions: 1, tags: {} });
  });

  test.each([
    ['secretsmanager:CreateSecret', 'push/denied-create', [mayReadSecrets('')]],
    ['secretsmanager:DescribeSecret', 'push/denied-describe', [] as readonly Statement[]],
  ] as const)('a permission that is missing is named: %s', async (action, key, statements) => {
    const name = key.replace('push/', '');
    const keys = await e2e.provider.createUser(name, statements);
    await alpha.apply(...storeWithKeys(name, keys), pushSecret({ name, store: name, data: { [key]: 'user' } }));

    await says(
      name,
      new RegExp(
        `^False Errored: set secret failed: could not write remote ref user to target secretstore ${name}: .*not authorized to perform: ${action}`,
      ),
    );
    expect(await e2e.provider.readSecret(key)).toBeUndefined();
  });

  test('a permission that is given later is used within a moment', async () => {
    await e2e.provider.allowUser('denied-create', mayPushSecrets('push/'));
    await alpha.patch(pushSecretRef('denied-create'), { metadata: { annotations: { again: '1' } } });

    await says('denied-create', SYNCED);
  });
});

describe('stores by label', () => {
  test('are pushed to, and one that gets the label too [PUSH18]', async () => {
    const key = await e2e.provider.createUser('labelled', mayPushSecrets('one/'));
    const [keys, store] = storeWithKeys('labelled', key);
    const selector = { matchLabels: { pushed: 'yes' } };
    await alpha.apply(
      keys,
      store,
      pushSecret({
        name: 'by-label',
        store: 'labelled',
        data: { 'one/by-label': 'user' },
        spec: { secretStoreRefs: [{ kind: 'SecretStore', labelSelector: selector }] },
      }),
    );
    await throughout(async () => expect(await readyOf(alpha, pushSecretRef('by-label'))).toBeUndefined(), {
      forMilliseconds: 2_000,
    });

    await alpha.patch(
      { kind: 'SecretStore', namespace: 'default', name: 'labelled' },
      { metadata: { labels: { pushed: 'yes' } } },
    );

    await says('by-label', SYNCED, { withinMilliseconds: 10_000 });
    await secretHolds('one/by-label', 'orders');
  });
});

describe('sources by label', () => {
  test('are all pushed, in their own namespace, and follow their labels [PUSH19]', async () => {
    const labelled = (name: string, labels: Readonly<Record<string, string>>): Manifest => {
      const base = secret(name, { [name]: name });
      return { ...base, metadata: { ...base.metadata, labels } };
    };
    await alpha.apply(
      labelled('source-a', { pushed: 'yes' }),
      labelled('source-b', { pushed: 'no' }),
      pushSecret({
        name: 'sources',
        store: 'secrets',
        spec: {
          selector: { secret: { selector: { matchLabels: { pushed: 'yes' } } } },
          dataTo: [{ storeRef: { name: 'secrets' }, rewrite: [{ regexp: { source: '^', target: 'push/sources/' } }] }],
        },
      }),
    );
    await says('sources', SYNCED);
    await secretHolds('push/sources/source-a', 'source-a');
    expect(await e2e.provider.readSecret('push/sources/source-b')).toBeUndefined();

    await alpha.apply(labelled('source-b', { pushed: 'yes' }));

    await secretHolds('push/sources/source-b', 'source-b', { withinMilliseconds: 5_000 });
  });
});

describe('a ClusterPushSecret', () => {
  const namespace = (name: string, labels: Readonly<Record<string, string>>): Manifest => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels },
  });
  const child = (within: string) => pushSecretRef('of-teams', within);

  beforeAll(async () => {
    const key = await e2e.provider.createUser('shared', mayPushSecrets(''));
    const [keys, store] = storeWithKeys('shared', key);
    const spec = JSON.parse(
      JSON.stringify(store['spec']).replaceAll('"name":"shared-keys"', '"name":"shared-keys","namespace":"default"'),
    );
    await alpha.apply(
      namespace('team-a', { pushes: 'yes' }),
      namespace('team-b', { pushes: 'yes' }),
      namespace('team-c', {}),
      keys,
      { apiVersion: 'external-secrets.io/v1', kind: 'ClusterSecretStore', metadata: { name: 'shared' }, spec },
    );
    for (const team of ['team-a', 'team-b', 'team-c']) await alpha.apply(secret('app', { token: `of ${team}` }, team));
    await alpha.apply({
      apiVersion: 'external-secrets.io/v1alpha1',
      kind: 'ClusterPushSecret',
      metadata: { name: 'of-teams' },
      spec: {
        refreshTime: '1m',
        namespaceSelectors: [{ matchLabels: { pushes: 'yes' } }],
        pushSecretSpec: {
          secretStoreRefs: [{ name: 'shared', kind: 'ClusterSecretStore' }],
          selector: { secret: { name: 'app' } },
          deletionPolicy: 'Delete',
          template: { data: { remote: '{{ .token }}' } },
          dataTo: [
            {
              storeRef: { name: 'shared', kind: 'ClusterSecretStore' },
              match: { regexp: '^token$' },
              rewrite: [{ regexp: { source: '^token$', target: 'push/team-token' } }],
            },
          ],
        },
      },
    });
  });

  test('makes PushSecrets in the namespaces that are selected [PUSH62]', async () => {
    await eventually(async () => {
      const status = (await alpha.get({ kind: 'ClusterPushSecret', name: 'of-teams' }))?.status;
      expect(status).toMatchObject({
        provisionedNamespaces: ['team-a', 'team-b'],
        conditions: [{ type: 'Ready', status: 'True' }],
      });
    }, SOON);
    expect(await alpha.get(child('team-c'))).toBeUndefined();
    expect((await alpha.get(child('team-a')))?.metadata.ownerReferences).toMatchObject([
      { kind: 'ClusterPushSecret', name: 'of-teams' },
    ]);
  });

  test('and these push', async () => {
    await eventually(
      async () => expect((await e2e.provider.readSecret('push/team-token'))?.value).toMatch(/^of team-[ab]$/),
      SOON,
    );
    for (const team of ['team-a', 'team-b']) await becomesReady(alpha, child(team));
  });

  test('follows the labels of namespaces [PUSH65]', async () => {
    await alpha.apply(namespace('team-c', { pushes: 'yes' }), namespace('team-b', { pushes: 'no' }));

    await eventually(async () => expect(await alpha.get(child('team-c'))).toBeDefined(), SOON);
    await eventually(async () => expect(await alpha.get(child('team-b'))).toBeUndefined(), {
      withinMilliseconds: 90_000,
    });
  });

  test('leaves a PushSecret alone that somebody made in its place [PUSH64]', async () => {
    await alpha.apply(pushSecret({ name: 'of-teams', namespace: 'kube-public', store: 'nowhere', data: {} }));
    await alpha.apply(namespace('kube-public', { pushes: 'yes' }));

    await eventually(async () => {
      const status = (await alpha.get({ kind: 'ClusterPushSecret', name: 'of-teams' }))?.status;
      expect(status?.failedNamespaces).toEqual([
        { namespace: 'kube-public', reason: 'push secret already exists in namespace' },
      ]);
    }, SOON);
  });
});

test('the command line shows pushes as it shows everything', async () => {
  const text = await e2e.secretcast('status', '--kind', 'PushSecret');

  expect(text).toMatch(/^alpha +PushSecret +default +plain +True +Synced +\d+s/m);
  expect(text).toMatch(/^alpha +PushSecret +default +no-key +False +Errored/m);
});

test('nothing was malformed', async () => {
  expect(await e2e.inside.deadLetters()).toEqual([]);
});
