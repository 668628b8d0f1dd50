import type { ReconcileRequest } from '../domain/message.ts';
import type { FeedPositions } from './ports/tables.ts';
import type { Pass } from './sync-pass.ts';

/** A backlog is worked off by then; what was told earlier may be missing from a list since, and kept until that is proven. */
const BACKLOG_MILLISECONDS = 10 * 60_000;

/** Makes passes know how late the feed last told something of their kind. */
type Freshen = (passes: readonly Pass[]) => readonly Pass[];

const SAME: Freshen = (passes) => passes;

/**
 * The feed tells a kind's events in their order. So one that told something later than it told the object has nothing to
 * say of the object until then, and the cluster need not be asked whether it is still there. For first syncs only: of
 * many new objects most wait for longer than the feed's word is fresh.
 *
 * To be called before the mirror is read: what is read later holds at least what was told until then.
 */
export const readFreshness = async (
  positions: Pick<FeedPositions, 'list'>,
  { cluster, objects, cause }: ReconcileRequest,
): Promise<Freshen> => {
  if (cause.type === 'due' || objects.every(({ kind }) => kind !== 'ExternalSecret')) return SAME;
  const heard = (await positions.list(cluster)).filter(({ kind }) => kind === 'ExternalSecret');
  const toldAt = (namespace: string): number =>
    Math.max(0, ...heard.filter((feed) => ['', namespace].includes(feed.namespace)).map(({ heardAt }) => heardAt));
  return (passes) =>
    passes.map((pass) => {
      const { seenAt = 0 } = pass.object;
      const at = toldAt(pass.ref.namespace);
      const isNew = pass.state === undefined && pass.startedAt - seenAt < BACKLOG_MILLISECONDS;
      return isNew && at > seenAt ? { ...pass, object: { ...pass.object, seenAt: at } } : pass;
    });
};
