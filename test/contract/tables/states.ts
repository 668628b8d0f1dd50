import { describe, expect, test } from '@jest/globals';
import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import type { DueObject } from '../../../src/app/ports/tables.ts';
import { formatRef } from '../../../src/domain/object-ref.ts';
import { externalSecretRef, freshName, state, storeRef } from './samples.ts';

const ref = externalSecretRef();

export const describeStates = (tables: () => Tables): void => {
  describe('the states', () => {
    test('one comes back as it was put, with its revision', async () => {
      const name = freshName('blue');
      const full = state({
        status: {
          conditions: [
            {
              type: 'Ready',
              status: 'True',
              reason: 'SecretSynced',
              message: '',
              lastTransitionTime: '2026-01-01T00:00:00Z',
            },
          ],
          refreshTime: null,
          syncedResourceVersion: '1-abc',
          binding: { name: 'app' },
          capabilities: 'ReadOnly',
          syncedPushSecrets: {
            'SecretStore/aws': {
              'app/db/password': {
                match: { secretKey: 'password', remoteRef: { remoteKey: 'app/db', property: 'password' } },
                metadata: { spec: { tags: { '': 'x' } } },
                conversionStrategy: 'None',
              },
            },
          },
        },
        objectResourceVersion: '12',
        target: { name: 'app', uid: 'uid-2', resourceVersion: '14', touched: true },
        versions: [
          { id: 'a#b#c#d#', version: 'v1' },
          { id: 'e', version: '7', createdAt: 1_700_000_000_123 },
        ],
        dependsOn: ['111122223333#eu-west-1#ssm#/prod/db'],
        stores: ['SecretStore/prod/aws'],
        verifiedAt: 1_700_000_000_000,
        failures: 2,
        dueAt: 1_700_000_060_000,
        contest: { corrections: 4, at: 1_700_000_000_000, by: 'argocd' },
        provisioning: { generation: 3, contests: { 'team-a': { corrections: 4, at: 1_700_000_000_000, by: '' } } },
        pushed: {
          entries: [
            {
              store: 'SecretStore/aws',
              remoteKey: 'app/db',
              property: 'password',
              key: '111122223333#eu-west-1#secretsmanager#app/db',
              place: 'SecretStore/aws#1',
              pending: true,
              left: 'gone',
              versions: ['v1', 'v0'],
              madeFrom: ['111122223333#eu-west-1#secretsmanager#app/db@v0'],
              rounds: 1,
            },
          ],
          places: { 'SecretStore/aws#1': { kind: 'SecretStore', name: 'aws', spec: { provider: { aws: { '': 1 } } } } },
          sources: [{ name: 'db', uid: 'uid-3', resourceVersion: '7' }],
          deletes: true,
        },
        lastWarning: { text: 'no such key', at: 1_700_000_000_000 },
      });

      expect(await tables().states.put(name, ref, { state: full, expected: 0 })).toBe(true);

      expect(await tables().states.get(name, ref)).toEqual({ ...full, revision: 1 });
    });

    test('what a write leaves out is gone', async () => {
      const name = freshName('blue');
      await tables().states.put(name, ref, { state: state({ verifiedAt: 5 }), expected: 0 });

      await tables().states.put(name, ref, { state: state(), expected: 1 });

      expect(await tables().states.get(name, ref)).toEqual({ ...state(), revision: 2 });
    });

    test.each([
      ['there is none yet', 0, 1],
      ['it is older', 2, 1],
      ['it is newer', 2, 3],
      ['there is one already', 1, 0],
    ])('a write decided on another revision is refused: %s', async (_, stored, expected) => {
      const name = freshName('blue');
      for (let revision = 0; revision < stored; revision += 1)
        await tables().states.put(name, ref, { state: state(), expected: revision });

      expect(await tables().states.put(name, ref, { state: state({ uid: 'late' }), expected })).toBe(false);

      const left = await tables().states.get(name, ref);
      expect([left?.revision ?? 0, left?.uid === 'late']).toEqual([stored, false]);
    });

    test.each([0, 1])('of writes decided on revision %i at the same time one wins', async (expected) => {
      const name = freshName('blue');
      if (expected > 0) await tables().states.put(name, ref, { state: state(), expected: 0 });
      const uids = ['a', 'b', 'c', 'd', 'e'];

      const won = await Promise.all(
        uids.map((uid) => tables().states.put(name, ref, { state: state({ uid }), expected })),
      );

      expect(won.filter((one) => one)).toHaveLength(1);
      expect(await tables().states.get(name, ref)).toMatchObject({
        uid: uids[won.indexOf(true)],
        revision: expected + 1,
      });
    });

    test('several are read at once, by reference', async () => {
      const name = freshName('blue');
      await tables().states.put(name, ref, { state: state({ uid: 'es' }), expected: 0 });
      await tables().states.put(name, storeRef(), { state: state({ uid: 'store' }), expected: 0 });
      await tables().states.put(`${name}0`, ref, { state: state(), expected: 0 });
      const both = new Map([
        [formatRef(ref), { ...state({ uid: 'es' }), revision: 1 }],
        [formatRef(storeRef()), { ...state({ uid: 'store' }), revision: 1 }],
      ]);

      expect(await tables().states.getMany(name, [ref, storeRef(), ref, externalSecretRef('absent')])).toEqual(both);
      expect(await tables().states.list(name)).toEqual(both);
      expect(await tables().states.getMany(name, [])).toEqual(new Map());
    });

    test('a removed one is gone, and due no more', async () => {
      const name = freshName('blue');
      await tables().states.put(name, ref, { state: state(), expected: 0 });

      await tables().states.remove(name, ref);

      expect(await tables().states.get(name, ref)).toBeUndefined();
      expect(await dueOf(tables(), name, 10_000)).toEqual([]);
    });

    test('due are those whose time has come, soonest first', async () => {
      const name = freshName('blue');
      const dueTimes = { c: 3_000, a: 1_000, later: 3_001, b: 2_000 };
      for (const [object, dueAt] of Object.entries(dueTimes))
        await tables().states.put(name, externalSecretRef(object), { state: state({ dueAt }), expected: 0 });

      const due = await dueOf(tables(), name, 3_000);

      expect(due).toEqual([
        { cluster: name, ref: externalSecretRef('a'), dueAt: 1_000 },
        { cluster: name, ref: externalSecretRef('b'), dueAt: 2_000 },
        { cluster: name, ref: externalSecretRef('c'), dueAt: 3_000 },
      ]);
    });

    test('a limit leaves the later ones for the next time', async () => {
      const name = freshName('blue');
      for (let index = 0; index < 5; index += 1)
        await tables().states.put(name, storeRef(`s-${index}`), {
          state: state({ dueAt: -1_000 + index }),
          expected: 0,
        });

      const [first] = await tables().states.due(-900, 1);

      expect(first).toEqual({ cluster: name, ref: storeRef('s-0'), dueAt: -1_000 });
    });

    test('a due time moves once, whoever else tries, and the revision stays', async () => {
      const name = freshName('blue');
      await tables().states.put(name, ref, { state: state({ dueAt: 1_000 }), expected: 0 });
      const due: DueObject = { cluster: name, ref, dueAt: 1_000 };

      const moved = await Promise.all([2_000, 2_001, 2_002].map((dueAt) => tables().states.moveDue(due, dueAt)));

      expect(moved.filter((one) => one)).toHaveLength(1);
      const dueAt = 2_000 + moved.indexOf(true);
      expect(await tables().states.get(name, ref)).toEqual({ ...state({ dueAt }), revision: 1 });
      expect(await dueOf(tables(), name, 5_000)).toEqual([{ ...due, dueAt }]);
    });

    test('a proof moves both times and keeps the rest, revision included', async () => {
      const name = freshName('blue');
      await tables().states.put(name, ref, { state: state({ dueAt: 1_000 }), expected: 0 });
      const due: DueObject = { cluster: name, ref, dueAt: 1_000 };

      expect(await tables().states.markVerified(due, { expected: 1, verifiedAt: 500, dueAt: 9_000 })).toBe(true);

      expect(await tables().states.get(name, ref)).toEqual({
        ...state({ dueAt: 9_000 }),
        verifiedAt: 500,
        revision: 1,
      });
      expect(await dueOf(tables(), name, 9_000)).toEqual([{ ...due, dueAt: 9_000 }]);
    });

    test.each([
      ['another revision', { expected: 2, taken: 1_000 }],
      ['another due time', { expected: 1, taken: 999 }],
    ])('a proof of %s is refused', async (_, { expected, taken }) => {
      const name = freshName('blue');
      await tables().states.put(name, ref, { state: state({ dueAt: 1_000 }), expected: 0 });
      const due: DueObject = { cluster: name, ref, dueAt: taken };

      expect(await tables().states.markVerified(due, { expected, verifiedAt: 500, dueAt: 9_000 })).toBe(false);

      expect(await tables().states.get(name, ref)).toEqual({ ...state({ dueAt: 1_000 }), revision: 1 });
    });

    test('a proof about a removed object makes nothing', async () => {
      const name = freshName('blue');
      const due: DueObject = { cluster: name, ref, dueAt: 1_000 };

      expect(await tables().states.markVerified(due, { expected: 1, verifiedAt: 500, dueAt: 9_000 })).toBe(false);

      expect(await tables().states.get(name, ref)).toBeUndefined();
    });

    test('the due time of a removed object does not move', async () => {
      expect(await tables().states.moveDue({ cluster: freshName('blue'), ref, dueAt: 1_000 }, 2_000)).toBe(false);
    });
  });
};

/** Other tests may share the table. */
const dueOf = async (tables: Tables, name: string, until: number): Promise<readonly DueObject[]> =>
  (await tables.states.due(until, 1_000)).filter(({ cluster }) => cluster === name);
