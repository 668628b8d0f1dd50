import { acceptExternalSecret } from '../domain/accept-external-secret.ts';
import type { Cluster } from '../domain/cluster.ts';
import { nextDueAt, SCHEDULE_PERIOD_MILLISECONDS, spreadOf } from '../domain/due.ts';
import type { DueCandidate, DueCheck } from '../domain/due-check.ts';
import { isListable, LISTING_LAG_MILLISECONDS, type ListingVerdict } from '../domain/listing.ts';
import { type Cause, toRequests } from '../domain/message.ts';
import { withServedInterval } from '../domain/served-interval.ts';
import { isTellable } from './failure.ts';
import { openEntries } from './fetch-data.ts';
import { createIdentityGuard, type IdentityGuardDeps } from './identity-guard.ts';
import { type Candidate, judge, listAll } from './judge-due.ts';
import { createListVersions, type ListVersionsDeps } from './list-versions.ts';
import { createStores, type OpenStoresDeps, type Stores } from './open-stores.ts';
import { createLoadPasses } from './passes.ts';
import type { ClusterClients } from './ports/cluster-client.ts';
import type { Messages } from './ports/messages.ts';
import type { Metrics } from './ports/runtime.ts';
import type { ClusterRegistry } from './ports/tables.ts';
import { remember } from './remember.ts';
import { isRefreshTimeOff } from './settle.ts';
import type { StoreScope } from './store-access.ts';
import type { ExternalSecretPass, Pass } from './sync-pass.ts';
import { decide, wentWell } from './verify.ts';

/** What no listing tells is read; so many objects begin each second, for at most this many seconds. */
const READS_BEGUN_A_SECOND = 10;
const MAX_SPREAD_SECONDS = 300;

/** Table writes at a time. */
const MARKED_AT_ONCE = 25;

export interface CheckDueDeps extends OpenStoresDeps, IdentityGuardDeps, ListVersionsDeps {
  readonly registry: ClusterRegistry;
  readonly clients: ClusterClients;
  readonly messages: Messages;
  readonly metrics: Metrics;
}

type Checked = { readonly object: DueCandidate } & (
  | { readonly verdict: ListingVerdict; readonly candidate: Candidate }
  | { readonly verdict: 'sent-on' }
);

/**
 * Proves due ExternalSecrets current by what listings show of versions: one for each identity, whatever cluster asks. It
 * reads no value and asks no cluster, unless that holds the keys a store reads with. What it cannot prove is sent on, for
 * `reconcile` to read or to sync.
 *
 * A listing may lag, so it proves what was current {@link LISTING_LAG_MILLISECONDS} before it began.
 */
export const createCheckDue = (deps: CheckDueDeps) => {
  const loadPasses = createLoadPasses(deps);
  const listVersions = createListVersions(deps);

  const loadCluster = async (fleet: Fleet, [name, objects]: Group, signal?: AbortSignal) => {
    const cluster = await deps.registry.get(name, signal);
    if (cluster === undefined || cluster.mode === 'paused') return [];
    const request = { cluster: name, cause: { type: 'due' } as const, traceId: '', objects };
    const passes = await loadPasses(cluster, request, deps.clock.now());
    const guard = createIdentityGuard({ ...deps, registry: fleet }, cluster);
    const stores = createStores(deps, { cluster, client: lazily(() => deps.clients(name, signal)), guard });
    return Promise.all(passes.map((pass) => toCandidate({ cluster, pass, stores }, signal)));
  };

  return async (check: DueCheck, signal?: AbortSignal): Promise<void> => {
    const byRef = new Map(check.objects.map((object) => [idOf(object.cluster, object), object]));
    const clusters = [...Map.groupBy(check.objects, ({ cluster }) => cluster)];
    const fleet = askedOnce(deps.registry);
    const loaded = (await Promise.all(clusters.map((group) => loadCluster(fleet, group, signal)))).flat();
    const listedAt = deps.clock.now();
    const listed = await listAll(listVersions, loaded.filter(isCandidate), signal);
    const checked = loaded.flatMap((entry): readonly Checked[] => {
      const object = byRef.get(idOf(entry.cluster, entry.pass.ref));
      if (object === undefined) return [];
      if (!isCandidate(entry)) return [{ object, verdict: 'sent-on' }];
      return [{ object, candidate: entry, verdict: judge(entry, { listed, listedAt }) }];
    });
    await markCurrent(deps, checked, listedAt - LISTING_LAG_MILLISECONDS);
    await sendOn(deps, checked, check.traceId);
    const count = (verdict: Checked['verdict']) => checked.filter((entry) => entry.verdict === verdict).length;
    deps.metrics.count('VerifiedByListing', {}, count('current'));
    deps.log.info('due objects checked', {
      traceId: check.traceId,
      due: check.objects.length,
      current: count('current'),
      moved: count('moved'),
      unknown: count('unknown'),
      sentOn: count('sent-on'),
    });
  };
};

export type CheckDue = ReturnType<typeof createCheckDue>;

const idOf = (cluster: string, { namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  JSON.stringify([cluster, namespace, name]);

type Group = readonly [cluster: string, objects: readonly DueCandidate[]];
type Fleet = IdentityGuardDeps['registry'];

const askedOnce = (registry: Fleet): Fleet => {
  const registrations = remember<readonly Cluster[]>();
  return { list: (signal) => registrations('all', () => registry.list(signal)) };
};

/** Opens the cluster only when something is asked of it. */
const lazily = (open: () => ReturnType<ClusterClients>): StoreScope['client'] => ({
  readSecret: async (...args) => (await open()).readSecret(...args),
  readObject: async (...args) => (await open()).readObject(...args),
  readServiceAccount: async (...args) => (await open()).readServiceAccount(...args),
  requestToken: async (...args) => (await open()).requestToken(...args),
});

interface Opening {
  readonly cluster: Cluster;
  readonly pass: Pass;
  readonly stores: Stores;
}

/** Without entries: there is more to be done than to compare versions, and `reconcile` will find out what. */
const toCandidate = async (
  { cluster, pass, stores }: Opening,
  signal?: AbortSignal,
): Promise<Candidate | { readonly cluster: string; readonly pass: Pass }> => {
  const { name } = cluster;
  try {
    const es = withServedInterval(acceptExternalSecret(pass.object, { genericTargets: false }), cluster);
    if (cluster.mode !== 'active' || !isComparable({ ...pass, es })) return { cluster: name, pass };
    return { cluster: name, pass: { ...pass, es }, entries: await openEntries(es, stores, signal) };
  } catch (error) {
    if (!isTellable(error)) throw error;
    return { cluster: name, pass };
  }
};

const isComparable = (pass: ExternalSecretPass): boolean => {
  const decision = decide({ ...pass, startedAt: pass.startedAt + SCHEDULE_PERIOD_MILLISECONDS }); // due before the next run
  return (
    pass.object.deletionTimestamp === undefined &&
    wentWell(pass, pass.state) &&
    isListable(pass.es) &&
    decision.refresh &&
    decision.why === 'interval-elapsed' &&
    !isRefreshTimeOff(pass)
  );
};

const isCandidate = (loaded: object): loaded is Candidate => 'entries' in loaded;

const markCurrent = async ({ states }: CheckDueDeps, checked: readonly Checked[], currentAt: number): Promise<void> => {
  const marks = checked.flatMap((entry) => {
    if (entry.verdict !== 'current') return [];
    const { cluster, pass } = entry.candidate;
    const verifiedAt = Math.max(currentAt, pass.state?.verifiedAt ?? 0);
    return [
      () =>
        states.markVerified(
          { cluster, ref: pass.ref, dueAt: entry.object.dueAt },
          { expected: pass.revision, verifiedAt, dueAt: nextDueAt(pass.es, verifiedAt) },
        ), // refused: another pass has looked at it meanwhile
    ];
  });
  for (let start = 0; start < marks.length; start += MARKED_AT_ONCE)
    await Promise.all(marks.slice(start, start + MARKED_AT_ONCE).map((mark) => mark()));
};

const sendOn = async ({ messages }: CheckDueDeps, checked: readonly Checked[], traceId: string): Promise<void> => {
  const moved = checked.filter(({ verdict }) => verdict === 'moved');
  const unknown = checked.filter(({ verdict }) => verdict === 'unknown');
  const rest = checked.filter(({ verdict }) => verdict === 'sent-on');
  const spread = Math.min(MAX_SPREAD_SECONDS, Math.floor(unknown.length / READS_BEGUN_A_SECOND));
  await send({ type: 'moved' }, () => 0, moved);
  await send(
    { type: 'due' },
    ({ object }) => object.delaySeconds + Math.floor(spread * spreadOf(object.name + object.namespace)),
    unknown,
  );
  await send({ type: 'due' }, ({ object }) => object.delaySeconds, rest);

  async function send(cause: Cause, delayOf: (entry: Checked) => number, entries: readonly Checked[]): Promise<void> {
    for (const [delaySeconds, group] of Map.groupBy(entries, delayOf)) {
      const clusters = Map.groupBy(group, ({ object }) => object.cluster);
      const requests = [...clusters].flatMap(([cluster, members]) =>
        toRequests(
          members.map(({ object: { kind, namespace, name, dueAt } }) => ({ kind, namespace, name, dueAt })),
          { cluster, cause, traceId },
        ),
      );
      await messages.send(requests, delaySeconds);
    }
  }
};
