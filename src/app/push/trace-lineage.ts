import { externalSecretOf, fieldManagerFor } from '../../domain/hashes.ts';
import { formatRef, type ServedRef } from '../../domain/object-ref.ts';
import { lastOtherManager } from '../../domain/owned-fields.ts';
import { type Lineage, type PushedVersion, parseLineage } from '../../domain/push/lineage.ts';
import type { PushedEntry } from '../../domain/push/pushed.ts';
import { formatRemoteKey, parseRemoteKey, remoteKeysFor } from '../../domain/remote-key.ts';
import type { SyncState } from '../../domain/sync-state.ts';
import type { TargetSecret } from '../../domain/target-secret.ts';
import type { Dependants, States } from '../ports/tables.ts';

export interface LineageDeps {
  readonly dependants: Pick<Dependants, 'of'>;
  readonly states: Pick<States, 'getMany'>;
}

/** The versions that a Secret was made from by ExternalSecrets of ours; none when somebody else has changed it since. */
export const originsOf = async (
  { states }: Pick<LineageDeps, 'states'>,
  { cluster, secret }: { readonly cluster: string; readonly secret: TargetSecret },
  signal?: AbortSignal,
): Promise<readonly Lineage[]> => {
  const makers = makersOf(secret);
  if (makers.length === 0) return [];
  const known = await states.getMany(cluster, makers, signal);
  return makers.flatMap((maker) => {
    const state = known.get(formatRef(maker));
    return state !== undefined && isAsLeft(secret, maker.name, state) ? lineageOf(state) : [];
  });
};

/** ExternalSecrets that own it, or wrote fields of it. */
const makersOf = ({ namespace, ownerReferences, managedFields }: TargetSecret): readonly ServedRef[] => {
  const owners = ownerReferences.filter(({ kind }) => kind === 'ExternalSecret').map(({ name }) => name);
  const managers = managedFields.flatMap(({ manager }) => externalSecretOf(manager) ?? []);
  return [...new Set([...owners, ...managers])].map((name) => ({ kind: 'ExternalSecret', namespace, name }));
};

/** The state may be a moment behind what was written: then nobody else must have written. */
const isAsLeft = (secret: TargetSecret, maker: string, { target }: SyncState): boolean =>
  target?.name === secret.name &&
  (target.resourceVersion === secret.resourceVersion || lastOtherManager(secret, fieldManagerFor(maker)) === '');

const lineageOf = ({ versions }: SyncState): readonly Lineage[] =>
  versions.flatMap(({ id, version }) => (version === '' ? [] : [{ key: keyOf(id), version }]));

/** What was read ends in the version or stage that was asked for. */
const keyOf = (readVersionId: string): string => {
  const { name, ...location } = parseRemoteKey(readVersionId.slice(0, readVersionId.lastIndexOf('#')));
  return formatRemoteKey(remoteKeysFor(name, location)[0] ?? { ...location, name });
};

/** Who pushes to a remote key, besides one of them. */
export interface Pusher {
  readonly cluster: string;
  readonly ref: ServedRef;
  readonly entries: readonly PushedEntry[];
}

/** PushSecrets of any cluster that push to the key, with their entries for it. */
export const pushersOf = async (
  { dependants, states }: LineageDeps,
  key: string,
  signal?: AbortSignal,
): Promise<readonly Pusher[]> => {
  const found = (await dependants.of(parseRemoteKey(key), signal)).filter(({ ref }) => ref.kind === 'PushSecret');
  return Promise.all(
    found.map(async ({ cluster, ref }) => {
      const state = (await states.getMany(cluster, [ref], signal)).get(formatRef(ref));
      return { cluster, ref, entries: (state?.pushed?.entries ?? []).filter((entry) => entry.key === key) };
    }),
  );
};

/** The versions that anybody of ours wrote to a key. */
export const pushesTo = async (
  deps: LineageDeps,
  key: string,
  signal?: AbortSignal,
): Promise<readonly PushedVersion[]> =>
  (await pushersOf(deps, key, signal))
    .flatMap(({ entries }) => entries)
    .map(({ versions = [], madeFrom = [] }) => ({ key, versions, madeFrom: madeFrom.map(parseLineage) }));
