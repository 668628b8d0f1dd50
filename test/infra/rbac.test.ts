import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { rbacManifests } from '../../src/domain/rbac.ts';

const FOLDER = join(import.meta.dirname, '../../infra/rbac');

const examples = [
  { file: 'cluster-wide.yaml', namespaces: [], serviceAccounts: [] },
  {
    file: 'namespaced.yaml',
    namespaces: ['orders', 'billing'],
    serviceAccounts: [{ namespace: 'orders', name: 'secrets-reader' }],
  },
];

test.each(examples)('$file is what the CLI prints', ({ file, ...options }) => {
  const documents = parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')).map((document) => document.toJS());

  expect(documents).toEqual(rbacManifests({ group: 'secretcast', ...options }));
});

test('no other file lies beside them', () => {
  expect(readdirSync(FOLDER).toSorted()).toEqual(examples.map(({ file }) => file).toSorted());
});
