import { expect, test } from '@jest/globals';
import type { MadeObject } from '../../../src/domain/made-object.ts';
import type { MirroredObject } from '../../../src/domain/mirrored-object.ts';
import type { ServedRef } from '../../../src/domain/object-ref.ts';
import type { ContractContext } from '../cluster-client.ts';
import { EXTERNAL_SECRET, eventually } from './builders.ts';

const MANAGER = 'external-secrets';
const CES_SPEC = { externalSecretSpec: { refreshInterval: '1h0m0s', ...EXTERNAL_SECRET.spec } };

export const describeMadeObjects = ({ client, world, newNamespace }: ContractContext): void => {
  const read = async (ref: ServedRef): Promise<MirroredObject> => {
    const object = await client().readObject(ref);
    if (object === undefined) throw new Error(`${ref.kind} ${ref.name} is missing`);
    return object;
  };

  const made = (namespace: string, changes: Partial<MadeObject> = {}): MadeObject => ({
    ref: { kind: 'ExternalSecret', namespace, name: 'db' },
    uid: '',
    resourceVersion: '',
    labels: { team: 'a' },
    annotations: { note: 'x' },
    finalizers: [],
    ownerReferences: [],
    spec: EXTERNAL_SECRET.spec,
    ...changes,
  });
  const again = (object: MirroredObject, changes: Partial<MadeObject> = {}): MadeObject =>
    made(object.ref.namespace, { uid: object.uid, resourceVersion: object.resourceVersion, ...changes });

  test('are created as they are asked for, and never twice', async () => {
    const object = made(await newNamespace());

    const written = await client().createObject(object, MANAGER);
    await expect(client().createObject(object, MANAGER)).rejects.toMatchObject({
      name: 'WriteConflictError',
      message: expect.stringContaining('AlreadyExists'),
    });

    const after = await read(object.ref);
    expect(after).toMatchObject({
      ...written,
      generation: 1,
      labels: { team: 'a' },
      annotations: { note: 'x' },
      spec: object.spec,
    });
    expect(after.ownerReferences).toBeUndefined();
  });

  test('show who wrote them when they are read by name', async () => {
    const object = made(await newNamespace());
    await client().createObject(object, MANAGER);

    const { managedFields = [] } = await read(object.ref);

    expect(managedFields.map(({ manager }) => manager)).toEqual([MANAGER]);
    const { items } = await client().listObjects('ExternalSecret', { namespace: object.ref.namespace, limit: 10 });
    expect(items).toHaveLength(1);
    expect(JSON.stringify(items)).not.toContain('managedFields');
  });

  test('are not created in a namespace that does not exist', async () => {
    await expect(client().createObject(made('nowhere-at-all'), MANAGER)).rejects.toMatchObject({
      name: 'ClusterRejectedError',
    });
  });

  test('are replaced as a whole, all but the status', async () => {
    const { ref } = made(await newNamespace());
    await world().putObject(ref, { ...EXTERNAL_SECRET, labels: { old: '1' }, annotations: { old: '1' } });
    const first = await read(ref);
    await client().replaceStatus(
      { ...ref, resourceVersion: first.resourceVersion },
      { conditions: [], binding: { name: 'db' } },
    );

    const spec = { ...EXTERNAL_SECRET.spec, refreshInterval: '5m0s' };
    const written = await client().replaceObject(again(await read(ref), { spec }), MANAGER);

    expect(await read(ref)).toMatchObject({ ...written, generation: 2, spec, status: { binding: { name: 'db' } } });
    expect(await read(ref)).toMatchObject({ labels: { team: 'a' }, annotations: { note: 'x' } });
    expect((await read(ref)).labels).toEqual({ team: 'a' });
  });

  test('keep their resourceVersion when they are written again as they are', async () => {
    const object = made(await newNamespace());
    await client().createObject(object, MANAGER);
    const before = await read(object.ref);

    expect((await client().replaceObject(again(before), MANAGER)).resourceVersion).toBe(before.resourceVersion);
  });

  test('are not replaced when somebody wrote or deleted them since, or nothing was read', async () => {
    const object = made(await newNamespace());
    const conflict = { name: 'WriteConflictError' };
    await client().createObject(object, MANAGER);
    const before = await read(object.ref);
    await world().putObject(object.ref, { labels: { by: 'somebody' } });

    await expect(client().replaceObject(again(before), MANAGER)).rejects.toMatchObject(conflict);
    await expect(client().replaceObject(again(before, { resourceVersion: '' }), MANAGER)).rejects.toMatchObject(
      conflict,
    );
    await world().deleteObject(object.ref);
    await expect(client().replaceObject(again(before), MANAGER)).rejects.toMatchObject(conflict);
  });

  test('are deleted only as they were read; gone already, or another one, is success', async () => {
    const object = made(await newNamespace());
    await client().createObject(object, MANAGER);
    const before = await read(object.ref);
    const { uid, resourceVersion } = before;
    await world().putObject(object.ref, { labels: { by: 'somebody' } });

    await expect(client().deleteObject(object.ref, { uid, resourceVersion })).rejects.toMatchObject({
      name: 'WriteConflictError',
    });
    await client().deleteObject(object.ref, { uid: 'another', resourceVersion });
    const current = await read(object.ref);
    await client().deleteObject(object.ref, current);

    expect(await client().readObject(object.ref)).toBeUndefined();
    await client().deleteObject(object.ref, current);
  });

  test('are owned by an object without a namespace, and go with it', async () => {
    const namespace = await newNamespace();
    const owner: ServedRef = { kind: 'ClusterExternalSecret', namespace: '', name: namespace };
    await world().putObject(owner, { spec: CES_SPEC });
    const { uid } = await read(owner);
    const reference = {
      apiVersion: 'external-secrets.io/v1',
      kind: 'ClusterExternalSecret',
      name: owner.name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    };
    const object = made(namespace, { ownerReferences: [reference] });

    await client().createObject(object, MANAGER);
    expect((await read(object.ref)).ownerReferences).toEqual([reference]);
    await world().deleteObject(owner);

    const gone = await eventually(
      () => client().readObject(object.ref),
      (left) => left === undefined,
    );
    expect(gone).toBeUndefined();
  }, 90_000);

  test('have a status of their own kind', async () => {
    const ref: ServedRef = { kind: 'ClusterExternalSecret', namespace: '', name: await newNamespace() };
    await world().putObject(ref, { spec: CES_SPEC });
    const { resourceVersion } = await read(ref);
    const status = {
      conditions: [{ type: 'Ready', status: 'False', message: 'one or more namespaces failed' }],
      externalSecretName: 'db',
      provisionedNamespaces: ['a'],
      failedNamespaces: [{ namespace: 'b', reason: 'c' }],
    } as const;

    await client().replaceStatus({ ...ref, resourceVersion }, status);

    expect(await read(ref)).toMatchObject({ status });
    await world().deleteObject(ref);
  });

  test('may be made by nobody without the right to', async () => {
    const object = made(await newNamespace());
    const forbidden = { name: 'ClusterForbiddenError' };

    await expect(world().stranger.createObject(object, MANAGER)).rejects.toMatchObject(forbidden);
    await client().createObject(object, MANAGER);
    const before = await read(object.ref);
    await expect(world().stranger.replaceObject(again(before), MANAGER)).rejects.toMatchObject(forbidden);
    await expect(world().stranger.deleteObject(object.ref, before)).rejects.toMatchObject(forbidden);
  });

  test('fail in time when the cluster gives no answer', async () => {
    const unreachable = { name: 'ClusterUnreachableError' };

    await expect(world().hanging.createObject(made('a'), MANAGER)).rejects.toMatchObject(unreachable);
    await expect(world().hanging.deleteObject(made('a').ref, { uid: 'u', resourceVersion: '1' })).rejects.toMatchObject(
      unreachable,
    );
  });
};
