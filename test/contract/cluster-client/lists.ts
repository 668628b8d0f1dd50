import { expect, test } from '@jest/globals';
import type { ObjectPage } from '../../../src/app/ports/cluster-client.ts';
import { newestVersion } from '../../../src/domain/mirrored-object.ts';
import type { WatchedKind } from '../../../src/domain/object-ref.ts';
import type { ContractContext } from '../cluster-client.ts';
import { STORE, storeRef } from './builders.ts';

export const describeLists = ({ client, world, newNamespace }: ContractContext): void => {
  const listAll = async (kind: WatchedKind, page: { readonly namespace?: string; readonly limit: number }) => {
    const pages: ObjectPage[] = [];
    let continueToken: string | undefined;
    do {
      const next = await client().listObjects(kind, { ...page, ...(continueToken !== undefined && { continueToken }) });
      pages.push(next);
      continueToken = next.continueToken;
    } while (continueToken !== undefined);
    return pages;
  };
  const namesOf = (pages: readonly ObjectPage[]) => pages.map(({ items }) => items.map(({ ref }) => ref.name));

  test('come in pages', async () => {
    const namespace = await newNamespace();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await world().putObject(storeRef(namespace, name), STORE);

    const pages = await listAll('SecretStore', { namespace, limit: 2 });

    expect(namesOf(pages)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(pages[0]?.items[0]).toMatchObject({ ref: storeRef(namespace, 'a'), generation: 1, spec: STORE.spec });
  });

  test('are of one moment: what comes after the first page is not in the next ones', async () => {
    const namespace = await newNamespace();
    for (const name of ['a', 'c']) await world().putObject(storeRef(namespace, name), STORE);

    const first = await client().listObjects('SecretStore', { namespace, limit: 1 });
    await world().putObject(storeRef(namespace, 'b'), STORE);
    const second = await client().listObjects('SecretStore', {
      namespace,
      limit: 9,
      continueToken: first.continueToken ?? '',
    });

    expect(namesOf([first, second])).toEqual([['a'], ['c']]);
    expect(second.resourceVersion).toBe(first.resourceVersion);
  });

  test('go through all namespaces when none is named', async () => {
    const [one, other] = [await newNamespace(), await newNamespace()];
    for (const namespace of [one, other]) await world().putObject(storeRef(namespace, 'aws'), STORE);

    const items = (await listAll('SecretStore', { limit: 100 })).flatMap((page) => page.items);

    const namespaces = items.map(({ ref }) => ref.namespace);
    expect(namespaces).toEqual(expect.arrayContaining([one, other]));
  });

  test('of nothing are empty and still have a resourceVersion', async () => {
    const page = await client().listObjects('ExternalSecret', { namespace: await newNamespace(), limit: 10 });

    expect(page).toEqual({ items: [], resourceVersion: expect.stringMatching(/^[1-9]\d*$/) });
  });

  test('have every object at or before their resourceVersion', async () => {
    const namespace = await newNamespace();
    await world().putObject(storeRef(namespace, 'aws'), STORE);

    const { items, resourceVersion } = await client().listObjects('SecretStore', { namespace, limit: 10 });

    expect(items).toHaveLength(1);
    for (const item of items) expect(newestVersion(item.resourceVersion, resourceVersion)).toBe(resourceVersion);
  });

  test('of Namespaces have their labels', async () => {
    const namespace = await newNamespace();

    const items = (await listAll('Namespace', { limit: 100 })).flatMap((page) => page.items);

    const found = items.find(({ ref }) => ref.name === namespace);
    expect(found).toMatchObject({
      ref: { kind: 'Namespace', namespace: '' },
      labels: { 'kubernetes.io/metadata.name': namespace },
    });
  });

  test('of Secrets have metadata alone, and of annotations only our own', async () => {
    const namespace = await newNamespace();
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"x":"canary"}}',
      'reconcile.external-secrets.io/data-hash': 'abc',
    };
    await world().putSecret({ namespace, name: 'db' }, { data: { x: 'canary' }, labels: { app: 'shop' }, annotations });

    const { items } = await client().listObjects('Secret', { namespace, limit: 10 });
    const read = await client().readObject({ kind: 'Secret', namespace, name: 'db' });

    for (const object of [items[0], read])
      expect(object).toEqual({
        ref: { kind: 'Secret', namespace, name: 'db' },
        uid: expect.any(String),
        resourceVersion: expect.any(String),
        generation: 0,
        labels: { app: 'shop' },
        annotations: { 'reconcile.external-secrets.io/data-hash': 'abc' },
        finalizers: [],
      });
  });
};
