import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClusterAdmin, Manifest } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { secret, storeWithKeys } from './support/manifests.ts';
import { mayReadSecrets } from './support/provider.ts';
import { becomesReady, externalSecretRef, readyOf } from './support/ready.ts';
import { type E2e, startE2e } from './support/stack.ts';
import { es } from './support/wrong-inputs.ts';

type Spec = Readonly<Record<string, unknown>>;

const SOON = { withinMilliseconds: 30_000 };
const EXTRACT: Spec = { dataFrom: [{ extract: { key: 'dev-db' } }] };
const FAILED = 'False SecretSyncedError: could not update secret';

let e2e: E2e;
let alpha: ClusterAdmin;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'] });
  alpha = e2e.cluster('alpha');
  const key = await e2e.provider.createUser('orders', [mayReadSecrets('dev-')]);
  await e2e.provider.createSecret('dev-db', {
    user: 'app',
    password: 's3cret',
    'old/name': 'x',
    users: [{ name: 'ada' }, { name: 'eve', admin: true }],
  });
  await alpha.apply(...storeWithKeys('aws', key));
});

afterAll(async () => {
  await e2e?.stop();
});

const templated = (name: string, template: Spec): Manifest => es(name, { ...EXTRACT, target: { template } });

const secretOf = (name: string) => alpha.get({ kind: 'Secret', namespace: 'default', name });

const contentOf = async (name: string): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(
    Object.entries((await secretOf(name))?.data ?? {}).map(([key, base64]) => [
      key,
      Buffer.from(base64, 'base64').toString(),
    ]),
  );

const warningsOf = async (name: string): Promise<readonly string[]> =>
  (await alpha.eventsOf(externalSecretRef(name)))
    .filter(({ type }) => type === 'Warning')
    .map(({ message = '' }) => message);

const fails = (name: string, ready = FAILED) =>
  eventually(async () => expect(await readyOf(alpha, externalSecretRef(name))).toBe(ready), SOON);

describe('a template', () => {
  test('makes data, labels and annotations out of its own texts, a ConfigMap and a Secret', async () => {
    await alpha.apply(
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'templates', namespace: 'default' },
        data: { 'app.conf': 'user={{ .user }}\n', keys: '{{ .user }}: "{{ .password }}"' },
      },
      secret('templates', { header: 'Basic {{ printf "%s:%s" .user .password | b64enc }}' }),
      templated('templated', {
        type: 'example.com/custom',
        metadata: {
          labels: { user: '{{ .user }}' },
          annotations: { note: '{{ len .user }}' },
          finalizers: ['example.com/keep'],
        },
        data: { url: 'db://{{ .user }}:{{ .password }}@host' },
        templateFrom: [
          {
            configMap: {
              name: 'templates',
              items: [{ key: 'app.conf' }, { key: 'keys', templateAs: 'KeysAndValues' }],
            },
          },
          { secret: { name: 'templates', items: [{ key: 'header' }] } },
          { literal: 'made: "{{ .user | upper }}"', target: 'Labels' },
        ],
      }),
    );

    await becomesReady(alpha, externalSecretRef('templated'), SOON.withinMilliseconds);

    expect(await contentOf('templated')).toEqual({
      'app.conf': 'user=app\n',
      app: 's3cret',
      header: 'Basic YXBwOnMzY3JldA==',
      url: 'db://app:s3cret@host',
    });
    expect(await secretOf('templated')).toMatchObject({
      type: 'example.com/custom',
      metadata: {
        labels: { user: 'app', made: 'APP' },
        annotations: { note: '3' },
        finalizers: ['example.com/keep'],
      },
    });
  });

  test('that fails leaves the Secret as it is, and says why', async () => {
    await alpha.apply(templated('failing', { data: { good: '{{ .user }}' } }));
    await becomesReady(alpha, externalSecretRef('failing'), SOON.withinMilliseconds);
    const before = await secretOf('failing');

    await alpha.apply(templated('failing', { data: { good: 'changed', bad: '{{ .password | fail }}' } }));

    await fails('failing');
    expect(await secretOf('failing')).toEqual(before);
    const warnings = await warningsOf('failing');
    expect(warnings).toContainEqual(
      expect.stringContaining(
        'unable to mutate secret failing: could not apply template: could not execute template: could not execute template: unable to execute template at key bad',
      ),
    );
    expect(warnings.join()).not.toContain('s3cret');
  });

  test('that never ends fails alone, and what comes after it is synced', async () => {
    const endless = '{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}';

    await alpha.apply(
      templated('endless', { data: { a: endless } }),
      templated('huge', { data: { a: '{{ repeat 1000000000 "x" }}' } }),
      templated('modest', { data: { a: '{{ .user }}' } }),
    );

    await becomesReady(alpha, externalSecretRef('modest'), SOON.withinMilliseconds);
    await Promise.all([fails('endless'), fails('huge')]);
    await alpha.apply(templated('after', { data: { a: '{{ .user }}' } }));
    await becomesReady(alpha, externalSecretRef('after'), SOON.withinMilliseconds);
    expect(await contentOf('modest')).toEqual({ a: 'app' });
  });

  test('whose ConfigMap is missing is rendered once it is there', async () => {
    await alpha.apply(templated('late', { templateFrom: [{ configMap: { name: 'late', items: [{ key: 'a' }] } }] }));
    await fails('late');
    expect(await warningsOf('late')).toContainEqual(
      expect.stringContaining(
        'could not apply template: error fetching templateFrom data: configmaps "late" not found',
      ),
    );

    await alpha.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'late', namespace: 'default' },
      data: { a: '{{ .user }}' },
    });

    await eventually(async () => expect(await contentOf('late')).toEqual({ a: 'app' }), { withinMilliseconds: 60_000 });
  });
});

test('a property may be a query of gjson', async () => {
  const remoteRef = { key: 'dev-db', property: 'users.#(admin==true).name' };

  await alpha.apply(es('query', { data: [{ secretKey: 'admin', remoteRef }] }));

  await eventually(async () => expect(await contentOf('query')).toEqual({ admin: 'eve' }), SOON);
});

test('keys are rewritten as RE2 and templates say', async () => {
  const rewrite = [
    { regexp: { source: '^old/(\\w+)$', target: 'new_$1' } },
    { transform: { template: '{{ .value | upper }}' } },
  ];

  await alpha.apply(es('rewrite', { dataFrom: [{ extract: { key: 'dev-db' }, rewrite }] }));

  await eventually(async () => expect(await contentOf('rewrite')).toMatchObject({ NEW_NAME: 'x', USER: 'app' }), SOON);
});

test('a value that changes is rendered anew by its event', async () => {
  await e2e.provider.putSecret('dev-db', { user: 'new', password: 'other' });

  await eventually(
    async () => expect(await contentOf('templated')).toMatchObject({ url: 'db://new:other@host' }),
    SOON,
  );
});
