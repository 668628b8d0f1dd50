import { describe, expect, test } from '@jest/globals';
import { createWakeBuffer, type Wake } from '../../../../src/app/feed/wake-buffer.ts';
import type { ReconcileRequest } from '../../../../src/domain/message.ts';
import { clusterSecretStore, externalSecret, secretStore } from '../../../support/builders.ts';
import { createFakeMessages } from '../../../support/fake-messages.ts';
import { createFakeTables } from '../../../support/fake-tables.ts';
import { tableAway } from './table-away.ts';

const DB = externalSecret().ref;
const byItself: Wake = { ref: DB, cause: 'feed', uid: 'uid' };
const byStore: Wake = { ref: DB, cause: 'store' };
const byTarget = (targetResourceVersion: string): Wake => ({ ref: DB, cause: 'feed', targetResourceVersion });
const byDeletedTarget: Wake = { ref: DB, cause: 'feed' };

const createBuffer = async () => {
  const messages = createFakeMessages();
  const { states } = createFakeTables();
  const target = { name: 'db', uid: 'target', resourceVersion: '50' };
  const state = {
    uid: 'uid',
    status: { conditions: [] },
    target,
    versions: [],
    dependsOn: [],
    stores: [],
    failures: 0,
    dueAt: 0,
  };
  await states.put('one', DB, { state, expected: 0 });
  const wakes = createWakeBuffer({ cluster: 'one', states, messages, traceId: () => 'trace' });
  return { wakes, messages, states };
};

const flushed = async (...added: readonly Wake[]): Promise<readonly ReconcileRequest[]> => {
  const { wakes, messages } = await createBuffer();
  for (const wake of added) wakes.add(wake);
  await wakes.flush();
  return messages.takeAll();
};

describe('wakes of one object in one moment', () => {
  test.each<[string, readonly Wake[], object]>([
    ['of itself and its target are of itself', [byItself, byTarget('60')], { cause: 'feed', uid: 'uid' }],
    ['of its target and itself are of itself', [byTarget('60'), byItself], { cause: 'feed', uid: 'uid' }],
    ['of itself and an echo are of itself', [byTarget('50'), byItself], { cause: 'feed', uid: 'uid' }],
    [
      'of its target twice are of the newer',
      [byTarget('100'), byTarget('99')],
      { cause: 'feed', targetResourceVersion: '100' },
    ],
    [
      'of an echo and an edit are of the edit',
      [byTarget('50'), byTarget('60')],
      { cause: 'feed', targetResourceVersion: '60' },
    ],
    ['of a deleted and a made target are no echo', [byDeletedTarget, byTarget('50')], { cause: 'feed' }],
    ['of its store and itself are of its store', [byStore, byItself], { cause: 'store', uid: 'uid' }],
    ['of its target and its store are of its store', [byTarget('50'), byStore], { cause: 'store' }],
  ])('%s', async (_, added, { cause, ...object }: { cause?: string }) => {
    expect(await flushed(...added)).toEqual([
      { cluster: 'one', cause: { type: cause }, traceId: 'trace', objects: [{ ...DB, ...object }] },
    ]);
  });
});

describe('a target seen at', () => {
  test.each([
    ['the version of our last write is an echo', '50', 0],
    ['an older version is an echo', '9', 0],
    ['a newer version is not', '51', 1],
    ['a version of more digits is not', '100', 1],
  ])('%s', async (_, version, messages) => {
    expect(await flushed(byTarget(version))).toHaveLength(messages);
  });

  test('any version is no echo where we wrote none', async () => {
    const other = externalSecret({ name: 'other' }).ref;

    expect(await flushed({ ref: other, cause: 'feed', targetResourceVersion: '1' })).toHaveLength(1);
  });
});

test('stores are sent before ExternalSecrets, ten objects a message', async () => {
  const many = Array.from({ length: 11 }, (_, index) => externalSecret({ name: `es-${index}` }).ref);

  const requests = await flushed(
    ...many.map((ref) => ({ ref, cause: 'feed' as const })),
    { ref: secretStore().ref, cause: 'feed' },
    { ref: clusterSecretStore().ref, cause: 'feed' },
  );

  expect(requests.map(({ objects }) => objects.map(({ kind }) => kind))).toEqual([
    ['SecretStore', 'ClusterSecretStore'],
    Array(10).fill('ExternalSecret'),
    ['ExternalSecret'],
  ]);
});

test('causes are not mixed in one message', async () => {
  const other = externalSecret({ name: 'other' }).ref;

  const requests = await flushed(byItself, { ref: other, cause: 'store' });

  expect(requests.map(({ cause }) => cause.type)).toEqual(['feed', 'store']);
});

test('nothing is sent when nobody is to be woken', async () => {
  const { wakes, messages } = await createBuffer();
  messages.failWith(new Error('not to be asked'));

  await expect(wakes.flush()).resolves.toBeUndefined();
});

test('what cannot be sent stays, merged with what came since', async () => {
  const { wakes, messages } = await createBuffer();
  messages.failWith(tableAway());
  wakes.add(byTarget('60'));
  const flushing = wakes.flush();
  wakes.add(byStore);
  await expect(flushing).rejects.toThrow('throttled');
  messages.failWith(undefined);

  await wakes.flush();
  await wakes.flush();

  expect(messages.takeAll()).toEqual([expect.objectContaining({ cause: { type: 'store' }, objects: [DB] })]);
});
