import { isNewerVersion } from '../../domain/mirrored-object.ts';
import { parseRef } from '../../domain/object-ref.ts';
import type { TargetState } from '../../domain/sync-state.ts';
import type { States } from '../ports/tables.ts';
import type { FeedContext } from './apply-event.ts';
import type { CompleteList, RelistDeps } from './relist.ts';

/** After a gap: targets that are gone, replaced or edited since we last saw them wake their writers. */
export const createCompareTargets =
  (states: States, { cluster, index, wakes }: FeedContext): RelistDeps['compareTargets'] =>
  async (list, namespace) => {
    const known = [...(await states.list(cluster))].flatMap(([name, { target }]) => {
      const ref = parseRef(name);
      const isCovered = index.get(ref) !== undefined && (namespace === '' || ref.namespace === namespace);
      return target !== undefined && isCovered ? [{ ref, target }] : [];
    });
    const listed = new Map(list.items.map((secret) => [`${secret.ref.namespace}/${secret.ref.name}`, secret]));
    for (const { ref, target } of known) {
      const isAfterList = isNewerVersion(target.resourceVersion, list.resourceVersion); // the watch tells of it
      const current = listed.get(`${ref.namespace}/${target.name}`);
      if (!isAfterList && !isSame(target, current)) wakes.add({ ref, cause: 'feed' });
    }
  };

const isSame = (target: TargetState, listed: CompleteList['items'][number] | undefined): boolean =>
  listed?.uid === target.uid && !isNewerVersion(listed.resourceVersion, target.resourceVersion);
