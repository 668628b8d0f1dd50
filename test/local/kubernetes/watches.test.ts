import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { JsonObject } from '../../../local/kubernetes/json.ts';
import { listAt, stringAt, valueAt } from '../../../local/kubernetes/json.ts';
import type { TestCluster } from './test-cluster.ts';
import {
  DEFINITIONS,
  defineWidgets,
  MERGE,
  onSmall,
  SECRETS,
  secret,
  startTestCluster,
  WIDGETS,
  widget,
} from './test-cluster.ts';

let test: TestCluster;
beforeAll(async () => {
  test = await startTestCluster({ watchWindowEvents: 40, bookmarkIntervalSeconds: 0.2 });
}, 60_000);
afterAll(() => test.stop());

const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1';

const versionNow = async (): Promise<string> =>
  stringAt((await test.call('GET', SECRETS)).body, 'metadata', 'resourceVersion') ?? '';

const summary = (event: JsonObject | undefined): string =>
  `${stringAt(event, 'type')} ${stringAt(event, 'object', 'metadata', 'name')}`;

it('tells what happened after a resourceVersion, and goes on', async () => {
  const since = await versionNow();
  await test.call('POST', SECRETS, { body: secret('seen') });
  await using watch = await test.watch(`${SECRETS}?resourceVersion=${since}`);
  const events = [await watch.next()];

  await test.call('PATCH', `${SECRETS}/seen`, { contentType: MERGE, body: { data: { a: 'YQ==' } } });
  await test.call('DELETE', `${SECRETS}/seen`);
  events.push(await watch.next(), await watch.next());

  expect(events.map(summary)).toEqual(['ADDED seen', 'MODIFIED seen', 'DELETED seen']);
  const versions = events.map((event) => Number(stringAt(event, 'object', 'metadata', 'resourceVersion')));
  expect(versions).toEqual(versions.toSorted((left, right) => left - right));
});

it('begins with everything there is when no version is given', async () => {
  await test.call('POST', SECRETS, { body: secret('there') });

  await using watch = await test.watch(SECRETS);

  expect(summary(await watch.next())).toBe('ADDED there');
});

it('shows metadata alone when that is asked for', async () => {
  const since = await versionNow();
  await test.call('POST', SECRETS, { body: secret('bare', { data: { a: 'YQ==' } }) });

  await using watch = await test.watch(`${SECRETS}?resourceVersion=${since}`, { accept: METADATA });
  const event = await watch.next();

  expect(valueAt(event, 'object')).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
  expect(valueAt(event, 'object', 'data')).toBeUndefined();
});

it('describes the columns of a table once', async () => {
  const since = await versionNow();
  await test.call('POST', SECRETS, { body: secret('row1') });
  await test.call('POST', SECRETS, { body: secret('row2') });

  await using watch = await test.watch(`${SECRETS}?resourceVersion=${since}`, { accept: TABLE });
  const [first, second] = [await watch.next(), await watch.next()];

  expect(listAt(first, 'object', 'columnDefinitions').length).toBe(4);
  expect(valueAt(second, 'object', 'columnDefinitions')).toBeNull();
  expect(valueAt(second, 'object', 'rows')).toMatchObject([{ cells: ['row2', 'Opaque', 0, expect.any(String)] }]);
});

onSmall('sends bookmarks with the newest version to who allows them', async () => {
  await using watch = await test.watch(`${SECRETS}?resourceVersion=${await versionNow()}&allowWatchBookmarks=true`, {
    accept: METADATA,
  });

  const event = await watch.next();

  expect(event).toMatchObject({ type: 'BOOKMARK', object: { kind: 'PartialObjectMetadata' } });
  expect(stringAt(event, 'object', 'metadata', 'resourceVersion')).toBe(await versionNow());
});

onSmall('says 410 when it no longer knows what happened since', async () => {
  const since = await versionNow();
  for (let count = 0; count < 45; count += 1) {
    await test.call('PUT', `${SECRETS}/there`, {
      body: secret('there', { stringData: { count: String(count) }, type: 'Opaque' }),
    });
  }

  await using watch = await test.watch(`${SECRETS}?resourceVersion=${since}`);

  expect(await watch.next()).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
  expect(await watch.next()).toBeUndefined();
});

it('reports an object that begins or ends to match a selector as added or deleted', async () => {
  await test.call('POST', SECRETS, { body: secret('labelled') });
  await using watch = await test.watch(`${SECRETS}?resourceVersion=${await versionNow()}&labelSelector=on%3Dyes`);
  const label = (value: string | null) =>
    test.call('PATCH', `${SECRETS}/labelled`, { contentType: MERGE, body: { metadata: { labels: { on: value } } } });

  await label('yes');
  await label(null);

  expect([summary(await watch.next()), summary(await watch.next())]).toEqual(['ADDED labelled', 'DELETED labelled']);
});

it('ends after timeoutSeconds', async () => {
  await using watch = await test.watch(`${SECRETS}?resourceVersion=${await versionNow()}&timeoutSeconds=1`);

  expect(await watch.next()).toBeUndefined();
});

it('ends with the definition of its kind', async () => {
  await defineWidgets(test);
  await test.call('POST', WIDGETS, { body: widget('last') });
  await using watch = await test.watch(WIDGETS);
  const added = await watch.next();

  await test.call('DELETE', `${DEFINITIONS}/widgets.test.example.com`);

  expect(summary(added)).toBe('ADDED last');
  let event = await watch.next();
  while (event !== undefined) event = await watch.next();
  expect((await test.call('GET', WIDGETS)).code).toBe(404);
});
