import { describe, expect, test } from '@jest/globals';
import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import { announceDeletion } from '../../../src/domain/announcement.ts';
import { formatRemoteKey } from '../../../src/domain/remote-key.ts';
import { externalSecretRef, freshName, remoteKey } from './samples.ts';

export const describeDependants = (tables: () => Tables): void => {
  describe('the dependants of a remote key', () => {
    test('are those added and not removed, each once', async () => {
      const key = remoteKey(freshName('prod/db'));
      const [one, two, three] = ['one', 'two', 'three'].map((name) => ({
        cluster: 'blue',
        ref: externalSecretRef(name),
      }));
      if (one === undefined || two === undefined || three === undefined) throw new Error('three were made');
      for (const dependant of [one, two, three, two]) await tables().dependants.add([key, key], dependant);

      await tables().dependants.remove([key], three);
      await tables().dependants.remove([key], three);

      const found = await tables().dependants.of(key);
      expect([...found].sort((a, b) => a.ref.name.localeCompare(b.ref.name))).toEqual([one, two]);
    });

    test('come from any cluster', async () => {
      const key = remoteKey(freshName('prod/db'));
      for (const cluster of ['blue', 'green'])
        await tables().dependants.add([key], { cluster, ref: externalSecretRef() });

      const clusters = (await tables().dependants.of(key)).map(({ cluster }) => cluster);

      expect([...clusters].sort()).toEqual(['blue', 'green']);
    });

    test('differ by account, Region, service and name', async () => {
      const key = remoteKey(freshName('prod/db'));
      const dependant = { cluster: 'blue', ref: externalSecretRef() };
      const others = [
        { ...key, account: '444455556666' },
        { ...key, region: 'us-east-1' },
        { ...key, service: 'ssm' as const },
        { ...key, name: `${key.name}/more` },
        { ...key, name: `${key.name}#more` },
      ];

      await tables().dependants.add([key], dependant);

      expect(await Promise.all(others.map((other) => tables().dependants.of(other)))).toEqual(others.map(() => []));
      expect(await tables().dependants.of(key)).toEqual([dependant]);
    });

    test('are kept for more keys than fit in one batch, and for names no provider would take', async () => {
      const prefix = freshName('many');
      const keys = Array.from({ length: 60 }, (_, index) => remoteKey(`${prefix}/${index}/${'x'.repeat(50 * index)}`));
      const dependant = { cluster: 'blue', ref: externalSecretRef() };

      await tables().dependants.add(keys, dependant);

      const found = await Promise.all(keys.map((key) => tables().dependants.of(key)));
      expect(found).toEqual(keys.map(() => [dependant]));
    });

    test('names with separators of our own stay whole', async () => {
      const key = remoteKey(freshName('odd#key%23'));
      const dependant = { cluster: 'a#b%', ref: externalSecretRef('c#%23', 'd%2523') };

      await tables().dependants.add([key], dependant);

      expect(await tables().dependants.of(key)).toEqual([dependant]);
    });
  });

  describe('announcements', () => {
    const announcedFor = async (key: ReturnType<typeof remoteKey>) =>
      (await tables().dependants.announcements([key])).get(formatRemoteKey(key));

    test('a key without any is absent', async () => {
      const [known, unknown] = [remoteKey(freshName('known')), remoteKey(freshName('unknown'))];
      await tables().dependants.announce(known, { at: 1_000, versions: ['v1'] });

      const found = await tables().dependants.announcements([known, unknown, known]);

      expect(found).toEqual(new Map([[formatRemoteKey(known), { at: 1_000, versions: ['v1'] }]]));
    });

    test('the later one wins, in any order', async () => {
      const key = remoteKey(freshName('prod/db'));
      await tables().dependants.announce(key, { at: 2_000, versions: ['v2'] });
      await tables().dependants.announce(key, { at: 3_000, versions: ['v3'] });

      await tables().dependants.announce(key, { at: 1_000, versions: ['v1'] });

      expect(await announcedFor(key)).toEqual({ at: 3_000, versions: ['v3'] });
    });

    test('those of one second are kept together, even when they arrive together', async () => {
      const key = remoteKey(freshName('prod/db'));
      const versions = ['v1', 'v2', 'v3', 'v4'];

      await Promise.all(versions.map((id) => tables().dependants.announce(key, { at: 1_000, versions: [id] })));

      const found = await announcedFor(key);
      expect(found?.at).toBe(1_000);
      expect([...(found?.versions ?? [])].sort()).toEqual(versions);
    });

    test('one without versions counts by its time', async () => {
      const key = remoteKey(freshName('/prod/db'));

      await tables().dependants.announce(key, { at: 1_000, versions: [] });

      expect(await announcedFor(key)).toEqual({ at: 1_000, versions: [] });
    });

    test('a deletion stands beside the versions, the later of two', async () => {
      const key = remoteKey(freshName('/prod/db'));
      await tables().dependants.announce(key, { at: 1_000, versions: ['v1'] });
      await tables().dependants.announce(key, announceDeletion(3_000));

      await tables().dependants.announce(key, announceDeletion(2_000));

      expect(await announcedFor(key)).toEqual({ at: 1_000, versions: ['v1'], goneAt: 3_000 });
    });

    test('an announcement is no dependant', async () => {
      const key = remoteKey(freshName('prod/db'));

      await tables().dependants.announce(key, { at: 1_000, versions: ['v1'] });

      expect(await tables().dependants.of(key)).toEqual([]);
    });

    test('none are asked for', async () => {
      expect(await tables().dependants.announcements([])).toEqual(new Map());
    });
  });
};
