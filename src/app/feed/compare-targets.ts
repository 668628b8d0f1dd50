import { isNewerVersion } from '../../domain/mirrored-object.ts';
import { parseRef } from '../../domain/object-ref.ts';
import type { TargetState } from '../../domain/sync-state.ts';
import type { States } from '../ports/tables.ts';
import type { FeedContext } from './apply-event.ts';
import type { CompleteList, RelistDeps } from './relist.ts';

/** After a gap: targets that are gone, replaced or edited since we last saw them wake their writers. */
export const createCompareTargets =
  (states: States, { cluster, index, wakes }: FeedContext): RelistDeps['compareTargets'] =>
  async ({ items, resourceVersion }, namespace) => {
    const listed = new Map(items.map((secret) => [`${secret.ref.namespace}/${secret.ref.name}`, secret]));
    for (const [name, { target }] of await states.list(cluster)) {
      const ref = parseRef(name);
      if (target === undefined || index.get(ref) === undefined) continue;
      if (namespace !== '' && ref.namespace !== namespace) continue;
      if (isNewerVersion(target.resourceVersion, resourceVersion)) continue; // written after the list was made
      if (!isSame(target, listed.get(`${ref.namespace}/${target.name}`))) wakes.add({ ref, cause: 'feed' });
    }
  };

const isSame = (target: TargetState, listed: CompleteList['items'][number] | undefined): boolean =>
  listed?.uid === target.uid && !isNewerVersion(listed.resourceVersion, target.resourceVersion);
