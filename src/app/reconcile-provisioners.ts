import { gatherFacts } from '../domain/gather-facts.ts';
import type { MirroredObject } from '../domain/mirrored-object.ts';
import { formatRef } from '../domain/object-ref.ts';
import { parseProvisioner } from '../domain/parse-provisioner.ts';
import type { NamespaceFacts } from '../domain/plan-provisioning.ts';
import type { Provisioner, ProvisionerKind } from '../domain/provisioner.ts';
import type { SyncError } from '../domain/sync-error.ts';
import { ObjectGoneError } from './carry-out.ts';
import { isTellable } from './failure.ts';
import type { Clock, Log, Metrics } from './ports/runtime.ts';
import type { Mirror, States } from './ports/tables.ts';
import { isAllAtRest, type NamespaceOutcome, provisionNamespaces } from './provision-namespaces.ts';
import { createProvisioningCorrections } from './provisioning-corrections.ts';
import type { createReport } from './report.ts';
import { settleProvisioned, settleUnprovisioned } from './settle-provisioning.ts';
import { shelve } from './shelve.ts';
import type { ClusterScope } from './store-access.ts';
import type { Pass } from './sync-pass.ts';
import { wholeObject } from './whole-object.ts';

export interface ReconcileProvisionersDeps {
  /** Of the passes. */
  readonly type: ProvisionerKind;
  readonly mirror: Mirror;
  readonly states: States;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly random: () => number;
  readonly report: ReturnType<typeof createReport>;
}

/** How a pass ended. */
type Outcome =
  | {
      readonly type: 'provisioned';
      /** Undefined: it is being deleted, and what it made with it. */
      readonly wanted: Provisioner | undefined;
      /** Of the object that was carried out. */
      readonly generation: number;
      readonly outcomes: ReadonlyMap<string, NamespaceOutcome>;
    }
  /** No namespace could be looked at. */
  | { readonly type: 'failed'; readonly error: SyncError }
  /** Deleted meanwhile, or what it made is to outlive it. */
  | { readonly type: 'left-alone' };

/**
 * Keeps one child in each namespace that a provisioner selects.
 * @returns the passes whose result came too late and that must run again
 */
export const createReconcileProvisioners =
  (deps: ReconcileProvisionersDeps) =>
  async (passes: readonly Pass[], scope: ClusterScope, signal?: AbortSignal): Promise<readonly Pass[]> => {
    if (passes.length === 0) return [];
    const namespaces = await deps.mirror.list(scope.cluster.name, 'Namespace', signal);
    const place = { ...scope, type: deps.type, mirror: deps.mirror, namespaces };
    const outdated = await Promise.all(
      passes.map(async (pass) => conclude(deps, scope, { pass, outcome: await run(place, pass, signal) })),
    );
    return outdated.flatMap((pass) => pass ?? []);
  };

interface Place extends ClusterScope {
  readonly type: ProvisionerKind;
  readonly mirror: Mirror;
  /** All that the feed has seen. */
  readonly namespaces: readonly MirroredObject[];
}

const run = async (place: Place, pass: Pass, signal?: AbortSignal): Promise<Outcome> => {
  try {
    const { client } = place;
    const remembered = await decide(place, { pass, object: await wholeObject(client, pass.object, signal) }, signal);
    if (isAllAtRest(toProvision(place, pass, remembered), remembered.facts))
      return await provision(place, { pass, decided: remembered }, signal);
    const decided = await decide(place, { pass, object: await readAgain(place, pass, signal) }, signal);
    return await provision(place, { pass, decided }, signal);
  } catch (error) {
    if (!isTellable(error)) throw error;
    return error instanceof ObjectGoneError ? { type: 'left-alone' } : { type: 'failed', error };
  }
};

interface Decided {
  readonly wanted: Provisioner | undefined;
  readonly generation: number;
  readonly facts: readonly NamespaceFacts[];
}

/** @throws ObjectGoneError - Kubernetes is to leave behind what it made (`kubectl delete --cascade=orphan`), and so are we; or to collect it by itself */
const decide = async (
  place: Place,
  { pass, object }: { readonly pass: Pass; readonly object: MirroredObject },
  signal?: AbortSignal,
): Promise<Decided> => {
  const isGoing = object.deletionTimestamp !== undefined;
  if (isGoing && (object.finalizers.includes('orphan') || !place.type.goesAtOnce))
    throw new ObjectGoneError(`${pass.ref.name} leaves its objects`);
  const wanted = isGoing ? undefined : parseProvisioner(object);
  const subject = { type: place.type, name: pass.ref.name, wanted, status: pass.status };
  return { wanted, generation: object.generation, facts: await lookAround(place, subject, signal) };
};

/** Of the cluster's objects of the child's kind it asks for those alone that it controls, or whose names it uses. */
const lookAround = async (
  { mirror, cluster, namespaces, type }: Place,
  subject: Parameters<typeof gatherFacts>[0],
  signal?: AbortSignal,
): Promise<readonly NamespaceFacts[]> => {
  const controlled = await mirror.controlledBy(cluster.name, subject, signal);
  const places = gatherFacts(subject, { namespaces, children: controlled });
  const named = places.flatMap(({ name: namespace, names }) =>
    names.map((name) => ({ kind: type.childKind, namespace, name })),
  );
  const found = [...controlled, ...(await mirror.getMany(cluster.name, named, signal))];
  const children = new Map(found.map((object) => [formatRef(object.ref), object])).values();
  return gatherFacts(subject, { namespaces, children: [...children] });
};

/** A mirror may be a moment behind: nothing is made or deleted on its old word. */
const readAgain = async ({ client }: ClusterScope, { object, ref }: Pass, signal?: AbortSignal) => {
  const current = await client.readObject(ref, signal);
  if (current?.uid !== object.uid) throw new ObjectGoneError(`${ref.kind} ${ref.name} was deleted`);
  return current;
};

const toProvision = ({ type }: Place, pass: Pass, { wanted, generation }: Decided) => ({
  type,
  name: pass.ref.name,
  wanted,
  corrections: createProvisioningCorrections(pass, generation),
});

const provision = async (
  place: Place,
  { pass, decided }: { readonly pass: Pass; readonly decided: Decided },
  signal?: AbortSignal,
): Promise<Outcome> => {
  const { wanted, generation, facts } = decided;
  const job = { ...toProvision(place, pass, decided), client: place.client };
  return { type: 'provisioned', wanted, generation, outcomes: await provisionNamespaces(job, facts, signal) };
};

interface Conclusion {
  readonly pass: Pass;
  readonly outcome: Outcome;
}

const conclude = async (
  deps: ReconcileProvisionersDeps,
  { cluster, client }: ClusterScope,
  { pass, outcome }: Conclusion,
): Promise<Pass | undefined> => {
  note(deps, cluster.name, { pass, outcome });
  const report = cluster.mode === 'observe' ? undefined : toReport(deps, pass, outcome);
  if (report === undefined) {
    await shelve(deps.states, cluster.name, pass);
    return undefined;
  }
  return (await deps.report({ cluster: cluster.name, client }, pass, report)) === 'superseded' ? pass : undefined;
};

/** Undefined: there is nobody to tell. */
const toReport = ({ type, random }: ReconcileProvisionersDeps, pass: Pass, outcome: Outcome) => {
  if (outcome.type === 'failed') return settleUnprovisioned(pass, { type, error: outcome.error }, random());
  if (outcome.type === 'left-alone' || outcome.wanted === undefined) return undefined;
  return settleProvisioned(pass, { ...outcome, wanted: outcome.wanted }, random());
};

/** One log line a pass and one for each namespace that failed; one count. */
const note = (
  { log, metrics, clock }: ReconcileProvisionersDeps,
  cluster: string,
  { pass, outcome }: Conclusion,
): void => {
  const { kind, name } = pass.ref;
  const keys = { cluster, kind, name, cause: pass.cause.type, traceId: pass.traceId };
  const durationMilliseconds = clock.now() - pass.startedAt;
  const outcomes = outcome.type === 'provisioned' ? [...outcome.outcomes] : [];
  for (const [namespace, result] of outcomes)
    if (result.type === 'failed') log.warn('namespace failed', { ...keys, namespace, error: result.reason });
  if (outcome.type === 'failed')
    log.warn('sync failed', { ...keys, durationMilliseconds, error: outcome.error.message });
  else log.info('sync ended', { ...keys, durationMilliseconds, namespaces: outcomes.length });
  metrics.count('Syncs', { cluster, kind, reason: reasonOf(outcome) });
};

const reasonOf = (outcome: Outcome): string => {
  if (outcome.type === 'failed') return outcome.error.reason;
  if (outcome.type === 'left-alone') return outcome.type;
  const failed = [...outcome.outcomes.values()].find(({ type }) => type === 'failed');
  if (failed?.type !== 'failed') return outcome.type;
  return failed.error?.reason ?? 'NamespacesFailed';
};
