import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { objectsAt } from '../../../local/kubernetes/json.ts';
import { DEFINITIONS, eventually, MERGE, startTestCluster, type TestCluster } from './test-cluster.ts';

const CRDS = path.join(import.meta.dirname, '../../../infra/crds');
const API = 'external-secrets.io/v1alpha1';
const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1';
const HOURS = 3_600_000;

const pushSecretSpec = { secretStoreRefs: [], selector: { secret: { name: 'source' } } };

let test: TestCluster;
beforeAll(async () => {
  test = await startTestCluster();
  for (const plural of ['pushsecrets', 'clusterpushsecrets']) {
    await test.call('POST', DEFINITIONS, { body: parse(readFileSync(path.join(CRDS, `${plural}.yaml`), 'utf8')) });
    await eventually(
      () => test.call('GET', `/apis/${API}/${plural}`),
      ({ code }) => code === 200,
    );
  }
}, 60_000);
afterAll(() => test.stop());

const tableOf = async (collection: string) => {
  const { body } = await test.call('GET', collection, { accept: TABLE });
  return {
    columns: objectsAt(body, 'columnDefinitions').map(({ name, type }) => [name, type]),
    rows: objectsAt(body, 'rows').map(({ cells }) => cells),
  };
};

const report = (object: string, status: object) =>
  test.call('PATCH', `${object}/status`, { contentType: MERGE, body: { status: { ...status } } });

it('prints what a PushSecret came to, and when', async () => {
  const collection = `/apis/${API}/namespaces/default/pushsecrets`;
  for (const name of ['done', 'new'])
    await test.call('POST', collection, {
      body: { apiVersion: API, kind: 'PushSecret', metadata: { name }, spec: pushSecretSpec },
    });
  await report(`${collection}/done`, {
    refreshTime: new Date(Date.now() - 3 * HOURS).toISOString(),
    conditions: [{ type: 'Ready', status: 'True', reason: 'Synced' }],
  });

  expect(await tableOf(collection)).toEqual({
    columns: [
      ['Name', 'string'],
      ['AGE', 'date'],
      ['Status', 'string'],
      ['Last Sync', 'date'],
    ],
    rows: [
      ['done', expect.stringMatching(/^\d+s$/), 'Synced', '3h'],
      ['new', expect.stringMatching(/^\d+s$/), null, null],
    ],
  });
});

it('prints a reason for a ClusterPushSecret only where something concerns all of it', async () => {
  const collection = `/apis/${API}/clusterpushsecrets`;
  for (const name of ['bad', 'good'])
    await test.call('POST', collection, {
      body: { apiVersion: API, kind: 'ClusterPushSecret', metadata: { name }, spec: { pushSecretSpec } },
    });
  const errored = { status: 'False', reason: 'Errored', message: 'failed to get target Namespaces' };
  await report(`${collection}/bad`, { conditions: [{ type: 'Ready', ...errored }] });
  await report(`${collection}/good`, { conditions: [{ type: 'Ready', status: 'True' }] });

  expect(await tableOf(collection)).toEqual({
    columns: [
      ['Name', 'string'],
      ['AGE', 'date'],
      ['Status', 'string'],
    ],
    rows: [
      ['bad', expect.stringMatching(/^\d+s$/), 'Errored'],
      ['good', expect.stringMatching(/^\d+s$/), null],
    ],
  });
});
