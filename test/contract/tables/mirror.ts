import { describe, expect, test } from '@jest/globals';
import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import { formatRef, type ObjectRef } from '../../../src/domain/object-ref.ts';
import { CLUSTER_EXTERNAL_SECRET, CLUSTER_PUSH_SECRET } from '../../../src/domain/provisioner.ts';
import { externalSecretRef, freshName, mirrored } from './samples.ts';

export const describeMirror = (tables: () => Tables): void => {
  describe('the mirror', () => {
    test('an object comes back as the feed delivered it', async () => {
      const name = freshName('blue');
      const object = mirrored({
        annotations: { 'example.com/note': 'a "quoted" one', empty: '' },
        finalizers: ['example.com/hold'],
        deletionTimestamp: '2026-01-01T00:00:00Z',
        status: { refreshTime: null, conditions: [{ type: 'Ready', status: 'True' }] },
        spec: { ratio: 1.5, huge: 1e300, no: null, deep: [[{ a: [] }]], text: 'ünï#%' },
        seenAt: 1_700_000_000_000,
      });

      expect(await tables().mirror.put(name, object)).toBe(true);

      expect(await tables().mirror.get(name, object.ref)).toEqual(object);
    });

    test('what was put is a copy', async () => {
      const name = freshName('blue');
      const labels = { app: 'web' };
      await tables().mirror.put(name, mirrored({ labels }));

      labels.app = 'changed';

      expect((await tables().mirror.get(name, externalSecretRef()))?.labels).toEqual({ app: 'web' });
    });

    test.each([
      ['9', '10', true],
      ['10', '9', false],
      ['10', '10', false],
      ['9007199254740993', '9007199254740992', false], // above what a double tells apart
      ['9007199254740992', '9007199254740993', true],
    ])('after version %s, version %s is kept: %s', async (known, next, kept) => {
      const name = freshName('blue');
      await tables().mirror.put(name, mirrored({ resourceVersion: known, uid: 'known' }));

      expect(await tables().mirror.put(name, mirrored({ resourceVersion: next, uid: 'next' }))).toBe(kept);

      expect((await tables().mirror.get(name, externalSecretRef()))?.uid).toBe(kept ? 'next' : 'known');
    });

    test('of versions that arrive together the newest stays', async () => {
      const name = freshName('blue');
      const versions = ['12', '9', '101', '11', '100'];

      await Promise.all(versions.map((resourceVersion) => tables().mirror.put(name, mirrored({ resourceVersion }))));

      expect((await tables().mirror.get(name, externalSecretRef()))?.resourceVersion).toBe('101');
    });

    test('removal spares a new object of the same name', async () => {
      const name = freshName('blue');
      await tables().mirror.put(name, mirrored({ uid: 'second' }));

      await tables().mirror.remove(name, externalSecretRef(), 'first');

      expect(await tables().mirror.get(name, externalSecretRef())).toBeDefined();
    });

    test('removal takes the object of that uid, and may be repeated', async () => {
      const name = freshName('blue');
      await tables().mirror.put(name, mirrored());

      await tables().mirror.remove(name, externalSecretRef(), 'uid-1');
      await tables().mirror.remove(name, externalSecretRef(), 'uid-1');

      expect(await tables().mirror.get(name, externalSecretRef())).toBeUndefined();
    });

    test('many are read at once: those there are, each once', async () => {
      const name = freshName('blue');
      const refs = Array.from({ length: 110 }, (_, index) => externalSecretRef(`app-${index}`));
      for (const ref of refs.slice(0, 105)) await tables().mirror.put(name, mirrored({ ref }));

      const found = await tables().mirror.getMany(name, [...refs, ...refs]);

      expect(found.map(({ ref }) => ref.name).sort()).toEqual(
        refs
          .slice(0, 105)
          .map((ref) => ref.name)
          .sort(),
      );
    });

    test('none are read at once', async () => {
      expect(await tables().mirror.getMany(freshName('blue'), [])).toEqual([]);
    });

    test('ExternalSecrets are found by the ClusterExternalSecret that controls them', async () => {
      const name = freshName('blue');
      const owner = { apiVersion: 'external-secrets.io/v1', kind: 'ClusterExternalSecret', name: 'shared', uid: 'ces' };
      const owned = { ownerReferences: [{ ...owner, controller: true }] };
      const ref = externalSecretRef('owned');
      await tables().mirror.put(name, mirrored({ ref, ...owned }));
      await tables().mirror.put(name, mirrored({ ref: externalSecretRef('owned', 'test'), ...owned }));
      await tables().mirror.put(name, mirrored({ ref: externalSecretRef('free') }));
      await tables().mirror.put(name, mirrored({ ref: externalSecretRef('held'), ownerReferences: [owner] }));
      const others = { ownerReferences: [{ ...owner, name: 'other', controller: true }] };
      await tables().mirror.put(name, mirrored({ ref: externalSecretRef('others'), ...others }));
      await tables().mirror.put(`${name}0`, mirrored({ ref: externalSecretRef('elsewhere'), ...owned }));
      const find = async () =>
        (await tables().mirror.controlledBy(name, { type: CLUSTER_EXTERNAL_SECRET, name: 'shared' })).map(
          (found) => `${found.ref.namespace}/${found.ref.name}`,
        );

      expect((await find()).toSorted()).toEqual(['prod/owned', 'test/owned']);
      expect(await tables().mirror.controlledBy(name, { type: CLUSTER_EXTERNAL_SECRET, name: 'nobody' })).toEqual([]);

      await tables().mirror.put(name, mirrored({ ref, resourceVersion: '999999' }));
      await tables().mirror.remove(name, externalSecretRef('owned', 'test'), 'uid-1');
      expect(await find()).toEqual([]);
    });

    test('PushSecrets are found by the ClusterPushSecret that controls them, and by no other kind of its name', async () => {
      const name = freshName('blue');
      const owner = { name: 'shared', uid: 'cps', controller: true };
      const ours = { ...owner, apiVersion: 'external-secrets.io/v1alpha1', kind: 'ClusterPushSecret' };
      const theirs = { ...owner, apiVersion: 'external-secrets.io/v1', kind: 'ClusterExternalSecret' };
      const ref: ObjectRef = { kind: 'PushSecret', namespace: 'prod', name: 'owned' };
      await tables().mirror.put(name, mirrored({ ref, ownerReferences: [ours] }));
      await tables().mirror.put(name, mirrored({ ref: externalSecretRef('owned'), ownerReferences: [theirs] }));
      await tables().mirror.put(name, mirrored({ ref: { ...ref, name: 'odd' }, ownerReferences: [theirs] }));
      await tables().mirror.put(name, mirrored({ ref: externalSecretRef('odd'), ownerReferences: [ours] }));
      const find = async (type: typeof CLUSTER_PUSH_SECRET) =>
        (await tables().mirror.controlledBy(name, { type, name: 'shared' })).map((found) => formatRef(found.ref));

      expect(await find(CLUSTER_PUSH_SECRET)).toEqual(['PushSecret/prod/owned']);
      expect(await find(CLUSTER_EXTERNAL_SECRET)).toEqual(['ExternalSecret/prod/owned']);
    });

    test('a list holds the kind asked for, of that cluster', async () => {
      const name = freshName('blue');
      const refs: readonly ObjectRef[] = [
        externalSecretRef('one'),
        externalSecretRef('two', 'test'),
        { kind: 'Secret', namespace: 'prod', name: 'one' },
        { kind: 'SecretStore', namespace: 'prod', name: 'aws' },
        { kind: 'ClusterSecretStore', namespace: '', name: 'aws' },
        { kind: 'Namespace', namespace: '', name: 'prod' },
      ];
      for (const ref of refs) await tables().mirror.put(name, mirrored({ ref }));
      await tables().mirror.put(`${name}0`, mirrored());

      const namesOf = async (kind: ObjectRef['kind']) =>
        (await tables().mirror.list(name, kind)).map(({ ref }) => `${ref.namespace}/${ref.name}`).sort();

      expect(await namesOf('ExternalSecret')).toEqual(['prod/one', 'test/two']);
      expect(await namesOf('Secret')).toEqual(['prod/one']);
      expect(await namesOf('SecretStore')).toEqual(['prod/aws']);
      expect(await namesOf('ClusterSecretStore')).toEqual(['/aws']);
      expect(await namesOf('Namespace')).toEqual(['/prod']);
    });
  });
};
