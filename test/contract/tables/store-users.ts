import { describe, expect, test } from '@jest/globals';
import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import type { ServedRef } from '../../../src/domain/object-ref.ts';
import { externalSecretRef, freshName, storeRef } from './samples.ts';

const clusterStore: ServedRef = { kind: 'ClusterSecretStore', namespace: '', name: 'aws' };

export const describeStoreUsers = (tables: () => Tables): void => {
  describe('the users of a store', () => {
    test('are those added and not removed, each once', async () => {
      const name = freshName('blue');
      const [one, two, three] = [externalSecretRef('one'), externalSecretRef('two'), externalSecretRef('three')];
      for (const user of [one, two, three, two]) await tables().users.add(name, storeRef(), user);

      await tables().users.remove(name, storeRef(), three);
      await tables().users.remove(name, storeRef(), three);

      const users = await tables().users.of(name, storeRef());
      expect([...users].sort((a, b) => a.name.localeCompare(b.name))).toEqual([one, two]);
    });

    test('differ by cluster, kind, namespace and name of the store', async () => {
      const name = freshName('blue');
      await tables().users.add(name, storeRef(), externalSecretRef());

      const others = await Promise.all([
        tables().users.of(`${name}0`, storeRef()),
        tables().users.of(name, storeRef('aws', 'test')),
        tables().users.of(name, storeRef('aws2')),
        tables().users.of(name, clusterStore),
      ]);

      expect(others).toEqual([[], [], [], []]);
    });

    test('of a ClusterSecretStore come from any namespace', async () => {
      const name = freshName('blue');
      const users = [externalSecretRef('app', 'prod'), externalSecretRef('app', 'test')];
      for (const user of users) await tables().users.add(name, clusterStore, user);

      const found = await tables().users.of(name, clusterStore);

      expect([...found].sort((a, b) => a.namespace.localeCompare(b.namespace))).toEqual(users);
    });
  });
};
