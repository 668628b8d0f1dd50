import { describe, expect, test } from '@jest/globals';
import type { ServedRef } from '../../../src/domain/object-ref.ts';
import type { RemoteKey } from '../../../src/domain/remote-key.ts';
import type { SecretChange } from '../../../src/domain/secret-change.ts';
import { NAMESPACE, REGION } from '../../support/builders.ts';
import { FAKE_ACCOUNT } from '../../support/fake-secrets.ts';
import { createWorld, type World } from '../../support/world.ts';

const AT = Date.UTC(2026, 0, 1);
const key = (name: string): RemoteKey => ({ account: FAKE_ACCOUNT, region: REGION, service: 'secretsmanager', name });
const es = (name: string): ServedRef => ({ kind: 'ExternalSecret', namespace: NAMESPACE, name });
const change = (overrides: Partial<SecretChange> = {}): SecretChange => ({
  eventId: 'event-1',
  at: AT,
  keys: [key('prod/db')],
  currentVersion: 'v2',
  ...overrides,
});
const unannounced = (overrides: Partial<SecretChange> = {}): SecretChange => {
  const { currentVersion: _, ...rest } = change(overrides);
  return rest;
};
/** Objects of cluster `one`, and `other` of cluster `two`, read `prod/db`. */
const worldWith = async (...names: readonly string[]): Promise<World> => {
  const world = await createWorld();
  for (const name of names) await world.tables.dependants.add([key('prod/db')], { cluster: 'one', ref: es(name) });
  await world.tables.dependants.add([key('prod/db')], { cluster: 'two', ref: es('other') });
  return world;
};
const sent = (world: World) =>
  world.messages.sent.map(({ request }) => [request.cluster, request.objects.map(({ name }) => name)]);
const announced = async (world: World) => [...(await world.tables.dependants.announcements([key('prod/db')])).values()];

describe('a changed secret', () => {
  test('wakes those who read it, each cluster by itself [EV5]', async () => {
    const world = await worldWith('a', 'b');

    await world.findAffected(change());

    expect(sent(world)).toEqual([
      ['one', ['a', 'b']],
      ['two', ['other']],
    ]);
    expect(world.messages.sent[0]).toMatchObject({
      delaySeconds: 0,
      request: { cause: { type: 'event', eventId: 'event-1', versionId: 'v2' }, traceId: 'event-1' },
    });
  });

  test.each<[string, SecretChange, number]>([
    ['of the same version', change(), 15],
    ['of the same version, with a time of its own', change({ at: AT + 2_000 }), 15],
    ['that mentions the same version', unannounced({ mentions: 'v2' }), 15],
    ['of another version', change({ currentVersion: 'v3' }), 0],
    ['that mentions another version', unannounced({ mentions: 'v3' }), 0],
    ['that names no version', unannounced(), 0],
    ['of a parameter, which has no version', change({ currentVersion: '' }), 0],
  ])('of which a second event tells, %s, wakes them again after the seconds given', async (_, second, delaySeconds) => {
    const world = await worldWith('a');
    await world.findAffected(change());
    world.messages.takeAll();

    await world.findAffected({ ...second, eventId: 'event-2' });

    expect(world.messages.sent.map((message) => message.delaySeconds)).toEqual([delaySeconds, delaySeconds]);
  });

  test('that became current again after another one wakes them at once', async () => {
    const world = await worldWith('a');
    await world.findAffected(change());
    await world.findAffected(change({ eventId: 'event-2', at: AT + 1_000, currentVersion: 'v3' }));
    world.messages.takeAll();

    await world.findAffected(change({ eventId: 'event-3', at: AT + 2_000 }));

    expect(world.messages.sent.map(({ delaySeconds }) => delaySeconds)).toEqual([0, 0]);
  });

  test('wakes them ten by ten', async () => {
    const world = await worldWith(...Array.from({ length: 21 }, (_, index) => `db-${index}`));

    await world.findAffected(change());

    expect(world.messages.sent.map(({ request }) => request.objects.length)).toEqual([10, 10, 1, 1]);
  });

  test('that has two readings wakes a reader of both once', async () => {
    const world = await worldWith('a');
    await world.tables.dependants.add([key('prod/db-AbCdEf')], { cluster: 'one', ref: es('a') });

    await world.findAffected(change({ keys: [key('prod/db'), key('prod/db-AbCdEf')] }));

    expect(sent(world)[0]).toEqual(['one', ['a']]);
  });

  test('that nobody reads is announced all the same, and nothing is sent [EV5]', async () => {
    const world = await createWorld();

    await world.findAffected(change());

    expect(world.messages.sent).toEqual([]);
    expect(await announced(world)).toEqual([{ at: AT, versions: ['v2'] }]);
    expect(world.metrics.total('SecretChanges', { reason: 'NoDependants' })).toBe(1);
  });
});

describe('an announcement', () => {
  test('is made before anybody is asked to read', async () => {
    const world = await worldWith('a');
    world.before = async (call) => {
      if (call === 'messages.send') expect(await announced(world)).toHaveLength(1);
    };

    await world.findAffected(change());

    expect(world.messages.sent).toHaveLength(2);
  });

  test.each([
    ['names the version that the event names', 'v2', [{ at: AT, versions: ['v2'] }]],
    ['names none where events do not', '', [{ at: AT, versions: [] }]],
    ['is not made by an event of no new version', undefined, []],
  ])('%s', async (_, currentVersion, expected) => {
    const world = await worldWith('a');
    const { currentVersion: __, ...plain } = change();

    await world.findAffected(currentVersion === undefined ? plain : { ...plain, currentVersion });

    expect(await announced(world)).toEqual(expected);
    const cause = world.messages.sent[0]?.request.cause;
    expect(cause).toEqual({
      type: 'event',
      eventId: 'event-1',
      at: AT,
      ...(currentVersion === 'v2' && { versionId: 'v2' }),
    });
  });

  test('of an event that comes late changes nothing', async () => {
    const world = await worldWith('a');

    await world.findAffected(change({ eventId: 'event-2', at: AT + 5_000, currentVersion: 'v3' }));
    await world.findAffected(change());

    expect(await announced(world)).toEqual([{ at: AT + 5_000, versions: ['v3'] }]);
  });
});

describe('a repeat of an event', () => {
  test('is dropped once its messages were sent', async () => {
    const world = await worldWith('a');
    await world.findAffected(change());
    world.messages.takeAll();

    await world.findAffected(change());

    expect(world.messages.sent).toEqual([]);
    expect(world.log.lines.at(-1)?.message).toBe('event repeated');
  });

  test('is not dropped before: a crash at any call loses nothing', async () => {
    const calls: string[] = [];
    const counted = await worldWith('a');
    counted.before = (call) => void calls.push(call);
    await counted.findAffected(change());

    for (let crashAt = 1; crashAt <= calls.length; crashAt += 1) {
      const world = await worldWith('a');
      let count = 0;
      world.before = () => {
        count += 1;
        if (count >= crashAt) throw new Error('crash');
      };
      await expect(world.findAffected(change())).rejects.toThrow('crash');
      world.before = () => undefined;
      await world.findAffected(change());

      expect(sent(world)).toContainEqual(['one', ['a']]);
      expect(sent(world)).toContainEqual(['two', ['other']]);
    }
  });

  test('is another one when only the time and the secret are the same', async () => {
    const world = await worldWith('a');
    await world.findAffected(change());

    await world.findAffected(change({ eventId: 'event-2' }));

    expect(world.messages.sent).toHaveLength(4);
  });
});
