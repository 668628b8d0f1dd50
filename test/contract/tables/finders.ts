import { describe, expect, test } from '@jest/globals';
import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import type { FindSelector } from '../../../src/domain/find-selector.ts';
import type { StoreLocation } from '../../../src/domain/remote-key.ts';
import { externalSecretRef, freshName } from './samples.ts';

const selector = (change: Partial<FindSelector> = {}): FindSelector => ({
  path: 'prod/',
  name: '^prod',
  tags: {},
  ...change,
});

/** A place that no other test looks in. */
const freshLocation = (): StoreLocation => ({
  account: '111122223333',
  region: freshName('region'),
  service: 'secretsmanager',
});

export const describeFinders = (tables: () => Tables): void => {
  describe('the finders of a place', () => {
    test('are those added and not removed, each search once', async () => {
      const location = freshLocation();
      const [one, two, three] = ['one', 'two', 'three'].map((name) => ({
        cluster: 'blue',
        ref: externalSecretRef(name),
      }));
      if (one === undefined || two === undefined || three === undefined) throw new Error('three were made');
      const search = { location, selector: selector() };
      for (const finder of [one, two, three, two]) await tables().finders.add([search, search], finder);

      await tables().finders.remove([search], three);
      await tables().finders.remove([search], three);

      const found = await tables().finders.of(location);
      expect([...found].sort((a, b) => a.ref.name.localeCompare(b.ref.name))).toEqual([
        { ...one, selector: selector() },
        { ...two, selector: selector() },
      ]);
    });

    test('may look for several things, by names and tags of any kind', async () => {
      const location = freshLocation();
      const finder = { cluster: 'a#b%', ref: externalSecretRef('c#%23') };
      const tags = { 'a#b': '{"c":"#"}', z: '', a: '1' };
      const byTags: FindSelector = { path: '', tags };

      await tables().finders.add(
        [
          { location, selector: selector() },
          { location, selector: byTags },
        ],
        finder,
      );
      await tables().finders.remove([{ location, selector: selector() }], finder);

      expect(await tables().finders.of(location)).toEqual([{ ...finder, selector: byTags }]);
    });

    test('are the same search in whatever order it is written', async () => {
      const location = freshLocation();
      const finder = { cluster: 'blue', ref: externalSecretRef() };
      await tables().finders.add([{ location, selector: { path: '', tags: { a: '1', b: '2' } } }], finder);

      await tables().finders.remove([{ location, selector: { tags: { b: '2', a: '1' }, path: '' } }], finder);

      expect(await tables().finders.of(location)).toEqual([]);
    });

    test('differ by account, Region and service', async () => {
      const location = freshLocation();
      const finder = { cluster: 'blue', ref: externalSecretRef() };
      await tables().finders.add([{ location, selector: selector() }], finder);

      const others = await Promise.all(
        [{ account: '444455556666' }, { region: `${location.region}0` }, { service: 'ssm' as const }].map((change) =>
          tables().finders.of({ ...location, ...change }),
        ),
      );

      expect(others).toEqual([[], [], []]);
    });
  });

  describe('notes', () => {
    test('are names noted since a time, the latest first, each once', async () => {
      const location = freshLocation();
      const notes: readonly (readonly [string, number])[] = [
        ['old', 999],
        ['a', 1_000],
        ['b', 2_000],
        ['a', 10_000],
        ['odd#~name', 9_000],
      ];
      for (const [name, at] of notes) await tables().finders.note({ ...location, name }, at);

      expect(await tables().finders.noted(location, 1_000)).toEqual(['a', 'odd#~name', 'b']);
      expect(await tables().finders.noted(location, 10_001)).toEqual([]);
    });

    test('are no finders, and of one place only', async () => {
      const location = freshLocation();
      await tables().finders.note({ ...location, name: 'a' }, 1_000);

      expect(await tables().finders.of(location)).toEqual([]);
      expect(await tables().finders.noted({ ...location, service: 'ssm' }, 0)).toEqual([]);
    });
  });
};
