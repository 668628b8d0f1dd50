import { isNewerVersion, type MirroredObject } from '../../domain/mirrored-object.ts';
import { parseRef } from '../../domain/object-ref.ts';
import type { States } from '../ports/tables.ts';
import type { FeedContext } from './apply-event.ts';
import type { CompleteList, RelistDeps } from './relist.ts';

/** After a gap: targets and pushed Secrets that are gone, replaced or edited since we last saw them wake whom they concern. */
export const createCompareTargets =
  (states: States, { cluster, index, wakes }: FeedContext): RelistDeps['compareTargets'] =>
  async (list, namespace) => {
    const known = [...(await states.list(cluster))].flatMap(([name, { target, pushed }]) => {
      const ref = parseRef(name);
      const isCovered = index.get(ref) !== undefined && (namespace === '' || ref.namespace === namespace);
      const secrets = [...(target === undefined ? [] : [target]), ...(pushed?.sources ?? [])];
      return isCovered ? secrets.map((secret) => ({ ref, secret })) : [];
    });
    const listed = new Map(list.items.map((secret) => [`${secret.ref.namespace}/${secret.ref.name}`, secret]));
    for (const { ref, secret } of known) {
      const isAfterList = isNewerVersion(secret.resourceVersion, list.resourceVersion); // the watch tells of it
      const current = listed.get(`${ref.namespace}/${secret.name}`);
      if (!isAfterList && !isSame(secret, current)) wakes.add({ ref, cause: 'feed' });
    }
  };

const isSame = (
  known: Pick<MirroredObject, 'uid' | 'resourceVersion'>,
  listed: CompleteList['items'][number] | undefined,
): boolean => listed?.uid === known.uid && !isNewerVersion(listed.resourceVersion, known.resourceVersion);
