import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { objectsAt, stringAt, valueAt } from '../../../local/kubernetes/json.ts';
import { nameOf } from '../../../local/kubernetes/object-meta.ts';
import type { Answer, TestCluster } from './test-cluster.ts';
import { message, onSmall, SECRETS, secret, startTestCluster } from './test-cluster.ts';

let test: TestCluster;
beforeAll(async () => {
  test = await startTestCluster({ watchWindowEvents: 30 });
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    const labels = { letter: name, half: name < 'c' ? 'first' : 'second' };
    await test.call('POST', SECRETS, { body: { ...secret(name), metadata: { name, labels } } });
  }
}, 60_000);
afterAll(() => test.stop());

const names = ({ body }: Answer): readonly string[] => objectsAt(body, 'items').map(nameOf);

it('gives pages of one moment, whatever happens between', async () => {
  const first = await test.call('GET', `${SECRETS}?limit=2`);
  const token = stringAt(first.body, 'metadata', 'continue') ?? '';
  await test.call('DELETE', `${SECRETS}/d`);
  await test.call('POST', SECRETS, { body: secret('bb') });

  const rest = await test.call('GET', `${SECRETS}?limit=10&continue=${token}`);

  expect([names(first), names(rest)]).toEqual([
    ['a', 'b'],
    ['c', 'd', 'e'],
  ]);
  expect(valueAt(first.body, 'metadata', 'remainingItemCount')).toBe(3);
  expect(stringAt(rest.body, 'metadata', 'resourceVersion')).toBe(stringAt(first.body, 'metadata', 'resourceVersion'));
});

it.each([
  ['labelSelector=letter%3Da', ['a']],
  ['labelSelector=half%3Dfirst,letter!%3Da', ['b']],
  ['labelSelector=letter+in+(a,c),half', ['a', 'c']],
  ['labelSelector=letter+notin+(a,c),half', ['b', 'e']],
  ['labelSelector=!letter', ['bb']],
  ['fieldSelector=metadata.name%3Dc', ['c']],
])('selects by %s', async (query, expected) => {
  expect(names(await test.call('GET', `${SECRETS}?${query}`))).toEqual(expected);
});

it('refuses fields that cannot be selected by', async () => {
  const answer = await test.call('GET', `${SECRETS}?fieldSelector=data.a%3Db`);

  expect([answer.code, message(answer)]).toEqual([400, 'field label not supported: data.a']);
});

it('refuses a version of the future', async () => {
  const { code, body } = await test.call('GET', `${SECRETS}?resourceVersion=99999999`);

  expect(code).toBe(504);
  expect(body).toMatchObject({ reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } });
});

it('gives metadata alone, or a table', async () => {
  const metadata = await test.call('GET', SECRETS, {
    accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json',
  });
  const table = await test.call('GET', SECRETS, {
    accept: 'application/json;as=Table;g=meta.k8s.io;v=v1,application/json',
  });

  expect(metadata.body['kind']).toBe('PartialObjectMetadataList');
  expect(objectsAt(metadata.body, 'items')[0]).not.toHaveProperty('type');
  expect(table.body['kind']).toBe('Table');
  expect(objectsAt(table.body, 'rows')[0]).toMatchObject({
    cells: ['a', 'Opaque', 0, expect.stringMatching(/^\d+s$/)],
  });
});

onSmall('answers 410 to a page that is too old to go on from', async () => {
  const first = await test.call('GET', `${SECRETS}?limit=1`);
  const token = stringAt(first.body, 'metadata', 'continue') ?? '';
  for (let count = 0; count < 35; count += 1) {
    await test.call('PUT', `${SECRETS}/a`, {
      body: secret('a', { type: 'Opaque', stringData: { count: String(count) } }),
    });
  }

  const late = await test.call('GET', `${SECRETS}?limit=1&continue=${token}`);

  expect([late.code, late.body['reason']]).toEqual([410, 'Expired']);
});
