import { expect, test } from '@jest/globals';
import { contentOf, type ManifestTarget, toContent } from '../../../src/domain/manifest-target.ts';
import { ownedUnder } from '../../../src/domain/owned-fields.ts';
import type { ContractContext } from '../cluster-client.ts';
import { MANAGER } from './builders.ts';

const newConfigMap = (namespace: string, name: string, data: Readonly<Record<string, string>>): ManifestTarget => ({
  ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name },
  uid: '',
  resourceVersion: '',
  labels: {},
  annotations: {},
  finalizers: [],
  ownerReferences: [],
  managedFields: [],
  content: toContent({ data }),
});

export const describeManifests = ({ client, world, newNamespace }: ContractContext): void => {
  const create = async (object: ManifestTarget): Promise<ManifestTarget> => {
    await client().createManifest(object, MANAGER);
    const found = await client().readManifest(object.ref);
    if (found === undefined) throw new Error('not created');
    return found;
  };

  test('is undefined while it does not exist', async () => {
    const { ref } = newConfigMap(await newNamespace(), 'none', {});

    expect(await client().readManifest(ref)).toBeUndefined();
  });

  test('is read as it was created, and who owns what is known', async () => {
    const wanted = {
      ...newConfigMap(await newNamespace(), 'app', { a: '1' }),
      labels: { l: '1' },
      annotations: { n: '2' },
    };

    const found = await create(wanted);

    expect(contentOf(found)).toEqual({ data: { a: '1' } });
    expect(found).toMatchObject({
      ref: wanted.ref,
      labels: { l: '1' },
      annotations: { n: '2' },
      uid: expect.stringMatching(/./),
    });
    expect([...ownedUnder(found, MANAGER, ['f:data'])]).toEqual(['a']);
  });

  test('is replaced only in the version that was read', async () => {
    const found = await create(newConfigMap(await newNamespace(), 'app', { a: '1' }));

    const written = await client().replaceManifest({ ...found, content: toContent({ data: { a: '2' } }) }, MANAGER);

    expect(await client().readManifest(found.ref)).toMatchObject(written);
    const again = client().replaceManifest({ ...found, content: toContent({ data: { a: '3' } }) }, MANAGER);
    await expect(again).rejects.toMatchObject({ name: 'WriteConflictError' });
  });

  test('is created only where there is none', async () => {
    const found = await create(newConfigMap(await newNamespace(), 'app', { a: '1' }));

    const again = client().createManifest({ ...found, uid: '', resourceVersion: '' }, MANAGER);

    await expect(again).rejects.toMatchObject({ name: 'WriteConflictError' });
  });

  test('is deleted only if it is the one that was meant', async () => {
    const { ref, uid, resourceVersion } = await create(newConfigMap(await newNamespace(), 'app', { a: '1' }));

    await client().deleteManifest(ref, { uid: '7a6b1f0e-0000-4000-8000-000000000000', resourceVersion });
    expect(await client().readManifest(ref)).toBeDefined();
    await expect(client().deleteManifest(ref, { uid, resourceVersion: '1' })).rejects.toMatchObject({
      name: 'WriteConflictError',
    });
    await client().deleteManifest(ref, { uid, resourceVersion });

    expect(await client().readManifest(ref)).toBeUndefined();
    await client().deleteManifest(ref, { uid, resourceVersion });
  });

  test('of a kind that is not served, or in no namespace, is refused by its name', async () => {
    const { ref } = newConfigMap(await newNamespace(), 'app', {});

    for (const [apiVersion, kind] of [
      ['v1', 'Nothing'],
      ['nobody.example.com/v1', 'Nothing'],
      ['v1', 'Namespace'],
      ['../v1', 'ConfigMap'],
    ] as const)
      await expect(client().readManifest({ ...ref, apiVersion, kind })).rejects.toMatchObject({
        name: 'ClusterRejectedError',
        message: expect.stringContaining(`${kind} in ${apiVersion}: `),
      });
  });

  test('may be kept from somebody', async () => {
    const { ref } = newConfigMap(await newNamespace(), 'app', {});

    await expect(world().stranger.readManifest(ref)).rejects.toMatchObject({ name: 'ClusterForbiddenError' });
  });
};
