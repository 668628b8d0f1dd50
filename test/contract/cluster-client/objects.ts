import { expect, test } from '@jest/globals';
import type { EventSubject } from '../../../src/app/ports/cluster-client.ts';
import type { MirroredObject } from '../../../src/domain/mirrored-object.ts';
import type { Kind, ObjectRef } from '../../../src/domain/object-ref.ts';
import type { ObjectStatus } from '../../../src/domain/status.ts';
import type { ContractContext } from '../cluster-client.ts';
import { EXTERNAL_SECRET, externalSecretRef, STORE, storeRef } from './builders.ts';

const STATUS: ObjectStatus = {
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'SecretSynced',
      message: 'secret synced',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
  refreshTime: '2026-01-01T00:00:00Z',
  syncedResourceVersion: '1-abc',
  binding: { name: 'db' },
};

export const describeObjects = ({ client, world, newNamespace }: ContractContext): void => {
  const read = async (ref: ObjectRef): Promise<MirroredObject> => {
    const object = await client().readObject(ref);
    if (object === undefined) throw new Error(`${ref.kind} ${ref.name} is missing`);
    return object;
  };
  const at = (object: MirroredObject) => ({ ...object.ref, resourceVersion: object.resourceVersion });

  test('that does not exist is undefined', async () => {
    expect(await client().readObject(externalSecretRef(await newNamespace(), 'none'))).toBeUndefined();
  });

  test('is read with what its author wrote', async () => {
    const ref = externalSecretRef(await newNamespace(), 'db');
    await world().putObject(ref, { ...EXTERNAL_SECRET, labels: { app: 'shop' }, annotations: { note: 'x' } });

    const object = await read(ref);

    expect(object).toMatchObject({
      ref,
      generation: 1,
      labels: { app: 'shop' },
      annotations: { note: 'x' },
      finalizers: [],
    });
    expect(object.spec).toMatchObject(EXTERNAL_SECRET.spec ?? {});
    expect(object.uid).not.toBe('');
  });

  test('moves its generation when its spec changes', async () => {
    const ref = storeRef(await newNamespace(), 'aws');
    await world().putObject(ref, STORE);
    await world().putObject(ref, {
      spec: { provider: { aws: { service: 'ParameterStore', region: 'eu-central-1' } } },
    });

    expect(await read(ref)).toMatchObject({ generation: 2 });
  });

  test('gets a status, its spec and generation staying', async () => {
    const ref = externalSecretRef(await newNamespace(), 'db');
    await world().putObject(ref, EXTERNAL_SECRET);
    const before = await read(ref);

    const written = await client().replaceStatus(at(before), STATUS);

    const after = await read(ref);
    expect(after).toMatchObject({ ...written, generation: 1, status: STATUS });
    expect(after.spec).toEqual(before.spec);
    expect(after.resourceVersion).not.toBe(before.resourceVersion);
  });

  test('keeps its resourceVersion when its status is written again as it is', async () => {
    const ref = externalSecretRef(await newNamespace(), 'db');
    await world().putObject(ref, EXTERNAL_SECRET);
    await client().replaceStatus(at(await read(ref)), STATUS);
    const before = await read(ref);

    expect((await client().replaceStatus(at(before), STATUS)).resourceVersion).toBe(before.resourceVersion);
  });

  test('takes no status that was made for an earlier version, or after its deletion', async () => {
    const ref = storeRef(await newNamespace(), 'aws');
    await world().putObject(ref, STORE);
    const before = await read(ref);

    await world().putObject(ref, { labels: { a: '1' } });
    await expect(client().replaceStatus(at(before), { conditions: [] })).rejects.toMatchObject({
      name: 'WriteConflictError',
    });
    await world().deleteObject(ref);
    await expect(client().replaceStatus(at(before), { conditions: [] })).rejects.toMatchObject({
      name: 'WriteConflictError',
    });
  });

  test('of the whole cluster has a status too', async () => {
    const ref: ObjectRef = { kind: 'ClusterSecretStore', namespace: '', name: await newNamespace() };
    await world().putObject(ref, STORE);

    await client().replaceStatus(at(await read(ref)), { conditions: [], capabilities: 'ReadWrite' });

    expect(await read(ref)).toMatchObject({ ref, status: { capabilities: 'ReadWrite' } });
    await world().deleteObject(ref);
  });

  test('ends its deletion when the last finalizer is taken away', async () => {
    const ref = externalSecretRef(await newNamespace(), 'db');
    await world().putObject(ref, { ...EXTERNAL_SECRET, finalizers: ['a.example.com/x', 'b.example.com/y'] });
    await world().deleteObject(ref);
    const deleting = await read(ref);

    await client().setFinalizers(at(deleting), ['b.example.com/y']);
    const less = await read(ref);
    await expect(client().setFinalizers(at(deleting), [])).rejects.toMatchObject({ name: 'WriteConflictError' });
    await client().setFinalizers(at(less), []);

    expect(deleting.deletionTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(deleting.finalizers).toEqual(['a.example.com/x', 'b.example.com/y']);
    expect(less.finalizers).toEqual(['b.example.com/y']);
    expect(await client().readObject(ref)).toBeUndefined();
  });

  const subjectOf = async (ref: ObjectRef & { readonly kind: Kind }): Promise<EventSubject> => {
    const { uid, resourceVersion } = await read(ref);
    return { ...ref, uid, resourceVersion };
  };

  test('gets events, in its own namespace', async () => {
    const namespace = await newNamespace();
    await world().putObject(externalSecretRef(namespace, 'db'), EXTERNAL_SECRET);
    const subject = await subjectOf({ kind: 'ExternalSecret', namespace, name: 'db' });

    await client().recordEvent(subject, { type: 'Normal', reason: 'Created', message: 'secret created' });
    await client().recordEvent(subject, { type: 'Warning', reason: 'UpdateFailed', message: 'ü'.repeat(600) });

    const seen = (await world().events()).filter((event) => event.namespace === namespace);
    expect(seen).toHaveLength(2);
    expect(seen).toContainEqual({
      namespace,
      about: 'db',
      type: 'Normal',
      reason: 'Created',
      message: 'secret created',
    });
    expect(seen).toContainEqual({
      namespace,
      about: 'db',
      type: 'Warning',
      reason: 'UpdateFailed',
      message: 'ü'.repeat(512),
    });
  });

  test('of the whole cluster gets its events in default', async () => {
    const ref = { kind: 'ClusterSecretStore' as const, namespace: '', name: await newNamespace() };
    await world().putObject(ref, STORE);

    await client().recordEvent(await subjectOf(ref), { type: 'Normal', reason: 'Valid', message: 'store validated' });

    const seen = (await world().events()).filter(({ about }) => about === ref.name);
    expect(seen).toMatchObject([{ namespace: 'default', reason: 'Valid' }]);
    await world().deleteObject(ref);
  });
};
