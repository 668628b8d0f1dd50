import { expect, test } from '@jest/globals';
import type { WatchEvent, WatchOptions } from '../../../src/app/ports/cluster-client.ts';
import type { WatchedKind } from '../../../src/domain/object-ref.ts';
import type { ContractContext } from '../cluster-client.ts';
import { eventually, STORE, storeRef } from './builders.ts';

export const describeWatches = ({ client, world, newNamespace }: ContractContext): void => {
  const nowOf = async (kind: WatchedKind): Promise<string> =>
    (await client().listObjects(kind, { limit: 1 })).resourceVersion;

  /** Reads in the background; bookmarks come when they like, and are left out. */
  const follow = (kind: WatchedKind, options: WatchOptions) => {
    const stopping = new AbortController();
    const events: WatchEvent[] = [];
    const ended = (async () => {
      for await (const event of client().watchObjects(kind, options, stopping.signal))
        if (event.type !== 'bookmark') events.push(event);
    })();
    ended.catch(() => undefined);
    return {
      ended,
      stop: () => stopping.abort(),
      until: (count: number) =>
        eventually(
          async () => events,
          (seen) => seen.length >= count,
        ),
    };
  };
  const summary = (events: readonly WatchEvent[]) =>
    events.map((event) =>
      event.type === 'bookmark' ? '' : `${event.type} ${event.object.ref.namespace}/${event.object.ref.name}`,
    );

  test('tell of what happens after their position, in order, and end when told to', async () => {
    const namespace = await newNamespace();
    const ref = storeRef(namespace, 'aws');
    await world().putObject(storeRef(namespace, 'before'), STORE);
    const resourceVersion = await nowOf('SecretStore');
    await world().putObject(ref, STORE);
    const watch = follow('SecretStore', { namespace, resourceVersion });
    await watch.until(1);

    await world().putObject(ref, { labels: { a: '1' } });
    await world().deleteObject(ref);

    const events = await watch.until(3);
    watch.stop();
    await watch.ended;
    expect(summary(events)).toEqual([
      `changed ${namespace}/aws`,
      `changed ${namespace}/aws`,
      `deleted ${namespace}/aws`,
    ]);
    expect(events[1]).toMatchObject({ object: { ref, labels: { a: '1' }, spec: STORE.spec } });
  });

  test('go on where another one stopped', async () => {
    const namespace = await newNamespace();
    const first = follow('SecretStore', { namespace, resourceVersion: await nowOf('SecretStore') });
    await world().putObject(storeRef(namespace, 'a'), STORE);
    const [seen] = await first.until(1);
    first.stop();
    await first.ended;
    await world().putObject(storeRef(namespace, 'b'), STORE);

    const resourceVersion = seen?.type === 'changed' ? seen.object.resourceVersion : '';
    const second = follow('SecretStore', { namespace, resourceVersion });

    const events = await second.until(1);
    second.stop();
    await second.ended;
    expect(summary(events)).toEqual([`changed ${namespace}/b`]);
  });

  test('of one namespace leave the others out, of none have them all', async () => {
    const [one, other] = [await newNamespace(), await newNamespace()];
    const resourceVersion = await nowOf('SecretStore');
    const narrow = follow('SecretStore', { namespace: one, resourceVersion });
    const wide = follow('SecretStore', { resourceVersion });

    await world().putObject(storeRef(other, 'a'), STORE);
    await world().putObject(storeRef(one, 'b'), STORE);

    const [fromOne, fromAll] = [await narrow.until(1), await wide.until(2)];
    narrow.stop();
    wide.stop();
    await Promise.all([narrow.ended, wide.ended]);
    expect(summary(fromOne)).toEqual([`changed ${one}/b`]);
    expect(summary(fromAll)).toEqual([`changed ${other}/a`, `changed ${one}/b`]);
  });

  test('of Secrets bring metadata alone, and of annotations only our own', async () => {
    const namespace = await newNamespace();
    const watch = follow('Secret', { namespace, resourceVersion: await nowOf('Secret') });

    await world().putSecret({ namespace, name: 'db' }, { data: { x: 'canary' }, annotations: { foreign: 'canary' } });
    await world().deleteObject({ kind: 'Secret', namespace, name: 'db' });

    const events = await watch.until(2);
    watch.stop();
    await watch.ended;
    expect(summary(events)).toEqual([`changed ${namespace}/db`, `deleted ${namespace}/db`]);
    expect(events[0]).toMatchObject({ object: { annotations: {} } });
    expect(JSON.stringify(events)).not.toMatch(/canary|"data"/);
  });

  test('from a position whose history is gone ask for a new list', async () => {
    const resourceVersion = await world().expiredPosition();
    const watch = follow('SecretStore', { resourceVersion });

    await expect(watch.ended).rejects.toMatchObject({ name: 'PositionExpiredError' });
  });

  test('that were given up before they began end at once', async () => {
    const watch = client().watchObjects(
      'SecretStore',
      { resourceVersion: await nowOf('SecretStore') },
      AbortSignal.abort(),
    );

    const events: WatchEvent[] = [];
    for await (const event of watch) events.push(event);

    expect(events).toEqual([]);
  });
};
