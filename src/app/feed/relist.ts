import type { Cluster } from '../../domain/cluster.ts';
import { isAbsenceAccepted, isMassAbsence } from '../../domain/feed-change.ts';
import { isNewerVersion, type MirroredObject } from '../../domain/mirrored-object.ts';
import { formatRef } from '../../domain/object-ref.ts';
import type { ClusterClient } from '../ports/cluster-client.ts';
import type { Clock, Log, Metrics } from '../ports/runtime.ts';
import { applyChange, applyDeletion, type FeedContext } from './apply-event.ts';
import type { Followed } from './followed.ts';
import { refuseReplaced } from './refuse-replaced.ts';

const LIST_PAGE_SIZE = 500;

/** Objects of a list that are taken in, or asked for by name, at the same time. */
const AT_ONCE = 20;

/** A complete list of one moment. */
export interface CompleteList {
  readonly items: readonly MirroredObject[];
  readonly resourceVersion: string;
}

export interface RelistDeps {
  readonly cluster: Cluster;
  readonly client: ClusterClient;
  readonly feed: FeedContext;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Wakes the ExternalSecrets whose target a complete list of Secrets shows to be gone or another one. */
  readonly compareTargets: (secrets: CompleteList, namespace: string) => Promise<void>;
}

interface Relist {
  readonly followed: Followed;
  /** resourceVersion up to which everything was seen; undefined: nothing was. */
  readonly since: string | undefined;
}

/**
 * Takes in a complete, consistent list. An object that is remembered and not listed is gone only when a read by name
 * says so too and the cluster is still the one that was registered; a list that misses very many waits for a person, who
 * answers with `cluster accept-absence`.
 * @returns the list's resourceVersion
 * @throws ClusterReplacedError - nothing was taken in, or out
 */
export const relist = async (deps: RelistDeps, { followed, since }: Relist, signal: AbortSignal): Promise<string> => {
  const list = await listAll(deps.client, followed, signal);
  await refuseReplaced(deps.client, deps.cluster, signal);
  await inParts(list.items, (object) => takeListed(deps.feed, object, since));
  if (followed.kind === 'Secret') await deps.compareTargets(list, followed.namespace);
  else await takeOutAbsent(deps, { followed, list }, signal);
  return list.resourceVersion;
};

/** Whom a Secret concerns is woken at the start anyhow; after a gap, only what changed in it is news. */
const takeListed = async (feed: FeedContext, object: MirroredObject, since: string | undefined): Promise<void> => {
  const isNews = since !== undefined && isNewerVersion(object.resourceVersion, since);
  if (object.ref.kind !== 'Secret' || isNews) await applyChange(feed, object);
};

const listAll = async (client: ClusterClient, followed: Followed, signal: AbortSignal): Promise<CompleteList> => {
  const { kind, namespace } = followed;
  const scope = namespace === '' ? {} : { namespace };
  const items: MirroredObject[] = [];
  let continued: { readonly continueToken?: string } = {};
  for (;;) {
    const page = await client.listObjects(kind, { ...scope, limit: LIST_PAGE_SIZE, ...continued }, signal);
    items.push(...page.items);
    if (page.continueToken === undefined) return { items, resourceVersion: page.resourceVersion };
    continued = { continueToken: page.continueToken };
  }
};

const takeOutAbsent = async (
  deps: RelistDeps,
  { followed, list }: { readonly followed: Followed; readonly list: CompleteList },
  signal: AbortSignal,
): Promise<void> => {
  const { feed, client, cluster, clock } = deps;
  const listed = new Set(list.items.map(({ ref }) => formatRef(ref)));
  const known = feed.index.list(followed.kind, followed.namespace);
  const absent = known.filter(({ ref }) => !listed.has(formatRef(ref)));
  if (absent.length === 0) return;
  if (isMassAbsence(absent.length, known.length) && !isAbsenceAccepted(cluster.absenceAcceptedAt, clock.now())) {
    reportMassAbsence(deps, followed, { absent: absent.length, known: known.length });
    return;
  }
  const gone: MirroredObject[] = [];
  await inParts(absent, async (object) => {
    if ((await client.readObject(object.ref, signal))?.uid !== object.uid) gone.push(object);
  });
  await refuseReplaced(client, cluster, signal); // last: what was read before came from the same cluster, too
  await inParts(gone, (object) => applyDeletion(feed, object));
};

const reportMassAbsence = (
  { cluster, log, metrics }: RelistDeps,
  followed: Followed,
  counts: { readonly absent: number; readonly known: number },
): void => {
  metrics.count('MassAbsence', { cluster: cluster.name, kind: followed.kind });
  log.error('too many objects are missing from a list: nothing is forgotten until a person confirms', {
    cluster: cluster.name,
    ...followed,
    ...counts,
  });
};

const inParts = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  for (let start = 0; start < items.length; start += AT_ONCE)
    await Promise.all(items.slice(start, start + AT_ONCE).map(work));
};
