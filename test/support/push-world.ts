import type { ServedRef } from '../../src/domain/object-ref.ts';
import { parseStatus } from '../../src/domain/parse-status.ts';
import type { StoreLocation } from '../../src/domain/remote-key.ts';
import { type Manifest, NAMESPACE, pushSecret, REGION, secretStore, values } from './builders.ts';
import { FAKE_ACCOUNT } from './fake-secrets.ts';
import { createWorld, type World } from './world.ts';

/** The PushSecret `team-a/ps`. */
export const PS: ServedRef = { kind: 'PushSecret', namespace: NAMESPACE, name: 'ps' };

export const SYNCED = 'True Synced: PushSecret synced successfully';

export const LOCATION: StoreLocation = { account: FAKE_ACCOUNT, region: REGION, service: 'secretsmanager' };

type Texts = Readonly<Record<string, string>>;

/** Somebody makes or edits the Secret; the feed wakes the PushSecret. */
export const putSource = (
  world: World,
  data: Texts,
  { name = 'source', labels = {} }: { readonly name?: string; readonly labels?: Texts } = {},
): void => {
  world.cluster().putSecret({ namespace: NAMESPACE, name }, { data: values(data), labels });
  world.enqueue(world.request([PS], { type: 'feed' }));
};

export const deleteSource = (world: World, name = 'source'): void => {
  world.cluster().delete({ kind: 'Secret', namespace: NAMESPACE, name });
  world.enqueue(world.request([PS], { type: 'feed' }));
};

/** The object is deleted, and the feed tells it. */
export const deletePushSecret = (world: World, ref: ServedRef = PS): void => {
  const { uid } = world.object(ref);
  world.cluster().delete(ref);
  world.enqueue(world.request([{ ...ref, uid, gone: true }], { type: 'feed' }));
};

/** A world where the Secret `source` holds `key`=`value` and a PushSecret of it was applied and dealt with. */
export const createPushWorld = async (
  manifest: Manifest = pushSecret(),
  source: Texts | 'none' = { key: 'value' },
): Promise<World> => {
  const world = await createWorld();
  if (source !== 'none') world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values(source) });
  await world.apply(secretStore(), manifest);
  await world.settle();
  return world;
};

/** What Secrets Manager holds now; undefined: no such secret, or one that is marked for deletion. */
export const remote = (world: World, key = 'path/to/key'): string | undefined => {
  const found = world.secrets.manager.read({ key, version: '' }, LOCATION);
  if (typeof found === 'string' || 'rejected' in found) return undefined;
  return (found.text ?? found.binary)?.revealText();
};

/** A secret as this service leaves it. */
export const putManaged = (world: World, key: string, text: string): void => {
  world.secrets.manager.put(key, { text });
  world.secrets.manager.settle(key, { tags: { 'managed-by': 'external-secrets' } });
};

/** Events about anything but stores. */
export const told = (world: World): readonly string[] =>
  world
    .cluster()
    .events.flatMap(({ subject, type, reason, message }) =>
      subject.kind.endsWith('Store') ? [] : [`${type} ${reason}: ${message}`],
    );

/** What the status lists: names, by store. */
export const listed = (world: World, ref: ServedRef = PS): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    Object.entries(parseStatus(world.object(ref)).syncedPushSecrets ?? {}).map(([store, entries]) => [
      store,
      Object.keys(entries),
    ]),
  );
