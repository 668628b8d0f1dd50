import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readManifestFile } from '../../local/apply-manifests.ts';
import { describeAdmission } from './suites/admission.ts';
import { eventually } from './support/eventually.ts';
import { externalSecret, storeWithKeys } from './support/manifests.ts';
import { mayReadSecrets } from './support/provider.ts';
import { type E2e, startE2e } from './support/stack.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/manifests');
const KUBECTL = '/usr/bin/kubectl';
const SERVED = [
  'ExternalSecret',
  'SecretStore',
  'ClusterSecretStore',
  'ClusterExternalSecret',
  'PushSecret',
  'ClusterPushSecret',
];
const SOON = { withinMilliseconds: 60_000 };

const run = promisify(execFile);
let e2e: E2e;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'] });
});

afterAll(async () => {
  await e2e?.stop();
});

const kubectl = async (...args: readonly string[]): Promise<string> => {
  const file = ['--kubeconfig', e2e.kubeconfigFile, '--context', 'alpha'];
  return (await run(KUBECTL, [...file, ...args], { env: { HOME: e2e.directory } })).stdout;
};

/** Rows of kubectl's table, by name and then by heading. */
const parseTable = (text: string): ReadonlyMap<string, Readonly<Record<string, string>>> => {
  const [heading = '', ...lines] = text.trimEnd().split('\n');
  const headings = [...heading.matchAll(/\S+(?: \S+)*\s*/g)].map(({ 0: cell, index }) => ({
    name: cell.trim(),
    index,
  }));
  const cellsOf = (line: string) =>
    headings.map(({ name, index }, column) => [name, line.slice(index, headings[column + 1]?.index).trim()] as const);
  return new Map(
    lines.map(cellsOf).map((cells) => [cells.find(([name]) => name === 'NAME')?.[1] ?? '', Object.fromEntries(cells)]),
  );
};

const ExternalSecretColumns = [
  'NAMESPACE',
  'NAME',
  'STORETYPE',
  'STORE',
  'REFRESH INTERVAL',
  'STATUS',
  'READY',
  'LAST SYNC',
];
const SecretStoreColumns = ['NAMESPACE', 'NAME', 'AGE', 'STATUS', 'CAPABILITIES', 'READY'];

/** Without kubectl there is nobody to ask: the reason why a test is skipped is in its title. */
const describeWithKubectl = existsSync(KUBECTL) ? describe : describe.skip;

describeWithKubectl(`kubectl${existsSync(KUBECTL) ? '' : ' (not installed)'}`, () => {
  test('applies every manifest of the documents, and each of them is reported on', async () => {
    const files = (await readdir(FIXTURES)).filter((file) => file.endsWith('.yaml'));
    const objects = (await Promise.all(files.map((file) => readManifestFile(join(FIXTURES, file))))).flat();
    expect(objects.map(({ kind = '' }) => kind).filter((kind) => !SERVED.includes(kind))).toEqual([]);

    await kubectl('apply', ...files.flatMap((file) => ['-f', join(FIXTURES, file)]));

    await eventually(async () => {
      const reported = parseTable(await kubectl('get', 'externalsecret', '-A'));
      const pushes = parseTable(await kubectl('get', 'pushsecret', '-A'));
      const isReported = ({ kind, metadata }: (typeof objects)[number]): boolean => {
        const status = (kind === 'PushSecret' ? pushes : reported).get(metadata?.name ?? '')?.['STATUS'] ?? '';
        return kind === 'PushSecret' ? /^(Synced|Errored)$/.test(status) : /^Secret/.test(status);
      };
      const missing = objects
        .filter(({ kind }) => kind === 'ExternalSecret' || kind === 'PushSecret')
        .filter((object) => !isReported(object));
      expect(missing.map(({ metadata }) => metadata?.name)).toEqual([]);
    }, SOON);
  });

  test('prints the columns of the External Secrets Operator', async () => {
    const key = await e2e.provider.createUser('orders', [mayReadSecrets('dev-')]);
    await e2e.provider.createSecret('dev-database', 'a value');
    await e2e
      .cluster('alpha')
      .apply(
        ...storeWithKeys('aws', key),
        externalSecret({ name: 'good', store: 'aws', refreshInterval: '30m', data: { value: 'dev-database' } }),
        externalSecret({ name: 'bad', store: 'aws', data: { value: 'dev-nothing' } }),
      );

    await eventually(async () => {
      const objects = parseTable(await kubectl('get', 'externalsecret', '-A'));
      const stores = parseTable(await kubectl('get', 'secretstore', '-A'));
      expect(Object.keys(objects.get('good') ?? {})).toEqual(ExternalSecretColumns);
      expect(objects.get('good')).toMatchObject({
        NAMESPACE: 'default',
        STORETYPE: 'SecretStore',
        STORE: 'aws',
        'REFRESH INTERVAL': '30m',
        STATUS: 'SecretSynced',
        READY: 'True',
        'LAST SYNC': expect.stringMatching(/^\d+s$/),
      });
      expect(objects.get('bad')).toMatchObject({ STATUS: 'SecretSyncedError', READY: 'False' });
      expect(Object.keys(stores.get('aws') ?? {})).toEqual(SecretStoreColumns);
      expect(stores.get('aws')).toMatchObject({ STATUS: 'Valid', CAPABILITIES: 'ReadWrite', READY: 'True' });
    }, SOON);
  });

  test('finds the kinds by their short names and prints both in one answer', async () => {
    const text = await kubectl('get', 'es,ss', '-A');

    expect(text).toContain('externalsecret.external-secrets.io/good');
    expect(text).toContain('secretstore.external-secrets.io/aws');
  });

  test('describes what went wrong', async () => {
    const text = await kubectl('describe', 'externalsecret', 'bad');

    expect(text).toContain('could not get secret data from provider');
    expect(text).toMatch(/Warning\s+UpdateFailed/);
  });
});

describeAdmission(() => e2e.cluster('alpha').local);
