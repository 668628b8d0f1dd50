import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ClusterAdmin, Manifest } from './support/cluster-admin.ts';
import { eventually, throughout } from './support/eventually.ts';
import { secret } from './support/manifests.ts';
import { type E2e, startE2e } from './support/stack.ts';

const SOON = { withinMilliseconds: 20_000 };

/** A real cluster's garbage collector looks for new kinds twice a minute. */
const COLLECTED = { withinMilliseconds: 90_000 };

const KUBECTL = '/usr/bin/kubectl';
const READY = [{ type: 'Ready', status: 'True' }];
const NOT_READY = [{ type: 'Ready', status: 'False', message: 'one or more namespaces failed' }];

let e2e: E2e;
let alpha: ClusterAdmin;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'] });
  alpha = e2e.cluster('alpha');
  await alpha.apply(
    namespace('team-a', { team: 'red' }),
    namespace('team-b', { team: 'red' }),
    namespace('apart'),
    secret('source', { password: 'a value' }),
  );
});

afterAll(async () => {
  await e2e?.stop();
});

const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

const API = 'external-secrets.io/v1alpha1';

const pushSecretSpec = {
  refreshInterval: '1h',
  secretStoreRefs: [{ name: 'everywhere', kind: 'ClusterSecretStore' }],
  selector: { secret: { name: 'source' } },
  data: [{ match: { secretKey: 'password', remoteRef: { remoteKey: 'pushed' } } }],
};

const pushed = (name: string, team: string, spec: Readonly<Record<string, unknown>> = {}): Manifest => ({
  apiVersion: API,
  kind: 'ClusterPushSecret',
  metadata: { name },
  spec: { pushSecretSpec, namespaceSelectors: [{ matchLabels: { team } }], ...spec },
});

const cps = (name: string) => ({ kind: 'ClusterPushSecret', name });
const ps = (within: string, name: string) => ({ kind: 'PushSecret', namespace: within, name });

const says = (name: string, status: object) =>
  eventually(async () => expect((await alpha.get(cps(name)))?.status).toMatchObject(status), SOON);

const isThere = (ref: Parameters<ClusterAdmin['get']>[0]) =>
  eventually(async () => expect(await alpha.get(ref)).toBeDefined(), SOON);

const isGone = (ref: Parameters<ClusterAdmin['get']>[0], patience = SOON) =>
  eventually(async () => expect(await alpha.get(ref)).toBeUndefined(), patience);

describe('a ClusterPushSecret', () => {
  test('makes a PushSecret of its name in each namespace it selects [PUSH62]', async () => {
    await alpha.apply(pushed('red', 'red'));

    await says('red', { conditions: READY, pushSecretName: 'red', provisionedNamespaces: ['team-a', 'team-b'] });
    const made = await alpha.get(ps('team-a', 'red'));
    expect(made).toMatchObject({ spec: { ...pushSecretSpec, updatePolicy: 'Replace', deletionPolicy: 'None' } });
    expect(made?.metadata.ownerReferences).toMatchObject([{ apiVersion: API, kind: 'ClusterPushSecret', name: 'red' }]);
    expect(made?.metadata.finalizers).toBeUndefined();
    expect(await alpha.get(ps('apart', 'red'))).toBeUndefined();
  });

  test('does not write again what it finds as it wants it', async () => {
    const before = await alpha.get(ps('team-a', 'red'));
    await alpha.patch(cps('red'), { metadata: { labels: { looked: 'at' } } });

    await throughout(
      async () =>
        expect((await alpha.get(ps('team-a', 'red')))?.metadata['generation']).toBe(before?.metadata['generation']),
      { forMilliseconds: 3_000 },
    );
  });

  test('reaches a namespace that is labelled later, and leaves it when it loses the label [PUSH65]', async () => {
    await alpha.patch({ kind: 'Namespace', name: 'apart' }, { metadata: { labels: { team: 'red' } } });
    await isThere(ps('apart', 'red'));
    await says('red', { provisionedNamespaces: ['apart', 'team-a', 'team-b'] });

    await alpha.patch({ kind: 'Namespace', name: 'apart' }, { metadata: { labels: { team: null } } });

    await isGone(ps('apart', 'red'));
    await says('red', { conditions: READY, provisionedNamespaces: ['team-a', 'team-b'] });
  });

  test('hands on its edits [PUSH63]', async () => {
    await alpha.apply(
      pushed('red', 'red', {
        pushSecretSpec: { ...pushSecretSpec, refreshInterval: '5m' },
        pushSecretMetadata: { labels: { colour: 'red' }, annotations: { note: 'x' } },
      }),
    );

    for (const team of ['team-a', 'team-b'])
      await eventually(async () => {
        const made = await alpha.get(ps(team, 'red'));
        expect(made?.spec).toMatchObject({ refreshInterval: '5m' });
        expect(made?.metadata).toMatchObject({ labels: { colour: 'red' }, annotations: { note: 'x' } });
      }, SOON);
  });

  test('puts right what is edited by hand, and makes anew what is deleted', async () => {
    const before = await alpha.get(ps('team-b', 'red'));
    await alpha.patch(ps('team-a', 'red'), { metadata: { labels: { by: 'hand' } }, spec: { refreshInterval: '9m' } });
    await alpha.remove(ps('team-b', 'red'));

    await eventually(async () => {
      const [edited, made] = [await alpha.get(ps('team-a', 'red')), await alpha.get(ps('team-b', 'red'))];
      expect(edited).toMatchObject({ spec: { refreshInterval: '5m' } });
      expect(edited?.metadata.labels).toEqual({ colour: 'red' });
      expect(made).toBeDefined();
      expect(made?.metadata.uid).not.toBe(before?.metadata.uid);
    }, SOON);
  });

  test('removes those of its earlier name and makes them anew [PUSH62]', async () => {
    await alpha.apply(pushed('red', 'red', { pushSecretName: 'crimson' }));

    for (const team of ['team-a', 'team-b']) {
      await isThere(ps(team, 'crimson'));
      await isGone(ps(team, 'red'));
    }
    await says('red', { pushSecretName: 'crimson', provisionedNamespaces: ['team-a', 'team-b'] });
  });

  test('takes what it made with it when it is deleted', async () => {
    await alpha.remove(cps('red'));

    for (const team of ['team-a', 'team-b']) await isGone(ps(team, 'crimson'), COLLECTED);
  });
});

describe('a PushSecret of the same name that somebody else made', () => {
  const mine: Manifest = {
    apiVersion: API,
    kind: 'PushSecret',
    metadata: { name: 'blue', namespace: 'blue-a' },
    spec: { ...pushSecretSpec, secretStoreRefs: [] },
  };

  test('is left alone and reported [PUSH64]', async () => {
    await alpha.apply(namespace('blue-a', { team: 'blue' }), namespace('blue-b', { team: 'blue' }));
    await alpha.apply(mine);
    const before = await alpha.get(ps('blue-a', 'blue'));

    await alpha.apply(pushed('blue', 'blue'));

    await says('blue', {
      conditions: NOT_READY,
      provisionedNamespaces: ['blue-b'],
      failedNamespaces: [{ namespace: 'blue-a', reason: 'push secret already exists in namespace' }],
    });
    const after = await alpha.get(ps('blue-a', 'blue'));
    expect(after).toMatchObject({ spec: before?.spec, metadata: { uid: before?.metadata.uid } });
    expect(after?.metadata.ownerReferences).toBeUndefined();
  });

  test('makes room when it is removed [PUSH64]', async () => {
    await alpha.remove(ps('blue-a', 'blue'));

    await says('blue', { conditions: READY, provisionedNamespaces: ['blue-a', 'blue-b'] });
    expect((await alpha.get(ps('blue-a', 'blue')))?.metadata.ownerReferences).toHaveLength(1);
  });
});

test('a ClusterPushSecret that selects nothing is ready [PUSH65]', async () => {
  await alpha.apply(pushed('grey', 'nobody'));

  await says('grey', { conditions: READY, pushSecretName: 'grey' });
  expect((await alpha.get(cps('grey')))?.status?.provisionedNamespaces).toBeUndefined();
});

const testWithKubectl = existsSync(KUBECTL) ? test : test.skip;

testWithKubectl('kubectl prints the columns of the External Secrets Operator, by short name and by name', async () => {
  const get = async (...args: readonly string[]) => {
    const place = ['--kubeconfig', e2e.kubeconfigFile, '--context', 'alpha', 'get', ...args];
    const { stdout } = await promisify(execFile)(KUBECTL, place, { env: { HOME: e2e.directory } });
    return stdout.split('\n');
  };

  expect((await get('ps', '-n', 'blue-b'))[0]).toMatch(/^NAME +AGE +STATUS +LAST SYNC$/);
  expect((await get('clusterpushsecret'))[0]).toMatch(/^NAME +AGE +STATUS *$/);
  expect((await get('external-secrets', '-A')).join()).toContain('pushsecret.external-secrets.io/blue');
});

test('no message was given up', async () => {
  expect(await e2e.inside.deadLetters()).toEqual([]);
});
