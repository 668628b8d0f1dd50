import type { Contest } from '../domain/contest.ts';
import {
  isAtRest,
  type NamespaceFacts,
  type NamespacePlan,
  type Provisioning,
  planNamespace,
} from '../domain/plan-provisioning.ts';
import type { ProvisionerKind } from '../domain/provisioner.ts';
import { SyncError, WriteConflictError } from '../domain/sync-error.ts';
import { isTellable } from './failure.ts';
import type { ClusterClient } from './ports/cluster-client.ts';
import { PROVISIONING_MANAGER, type ProvisioningCorrections } from './provisioning-corrections.ts';

/** Namespaces that are worked on at the same time: fewer than a client has connections. */
const AT_ONCE = 8;

/** Writes that lose against another writer this often in a row are put off instead of fought over. */
const MAX_CONFLICTS = 3;

/** How one namespace ended. */
export type NamespaceOutcome =
  | { readonly type: 'none' }
  /** `contest`: the write put back what somebody else had changed. */
  | { readonly type: 'provisioned'; readonly contest?: Contest }
  /** Somebody keeps changing the child, and its correction waits. */
  | { readonly type: 'held-back' }
  | {
      readonly type: 'failed';
      readonly reason: string;
      /** Absent: nothing went wrong, an object is in the way. */
      readonly error?: SyncError;
    };

export interface Provision extends Provisioning {
  readonly corrections: ProvisioningCorrections;
  readonly client: ClusterClient;
}

/**
 * Brings each namespace into the state its provisioner asks for. What is known decides where there is nothing to
 * do; before anything is written or deleted, Namespace and children are read from the cluster and decided on anew.
 * @returns by namespace, in the order of `known`
 */
export const provisionNamespaces = async (
  provision: Provision,
  known: readonly NamespaceFacts[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, NamespaceOutcome>> => {
  const outcomes: (readonly [string, NamespaceOutcome])[] = [];
  for (let start = 0; start < known.length; start += AT_ONCE) {
    const some = known.slice(start, start + AT_ONCE);
    const ended = await Promise.all(
      some.map(async (facts) => [facts.name, await provisionNamespace(provision, facts, signal)] as const),
    );
    outcomes.push(...ended);
  }
  return new Map(outcomes);
};

/** Whether there is nothing to do in any namespace, as far as is known. */
export const isAllAtRest = (provision: Omit<Provision, 'client'>, known: readonly NamespaceFacts[]): boolean =>
  known.every((facts) => isKnownAtRest(provision, facts));

/** A Namespace that nothing is known of may be there all the same. */
const isKnownAtRest = (provision: Omit<Provision, 'client'>, facts: NamespaceFacts): boolean => {
  const plan = planNamespace(provision, facts);
  return facts.namespace !== undefined && (isAtRest(plan) || isHeldBack(provision, plan, facts));
};

const isHeldBack = (
  { corrections }: Pick<Provision, 'corrections'>,
  { remove, place: { action } }: NamespacePlan,
  { name }: NamespaceFacts,
): boolean => remove.length === 0 && (action === 'create' || action === 'update') && corrections.isHeldBack(name);

const provisionNamespace = async (
  provision: Provision,
  known: NamespaceFacts,
  signal?: AbortSignal,
): Promise<NamespaceOutcome> => {
  if (isKnownAtRest(provision, known)) return atRest(planNamespace(provision, known));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptNamespace(provision, known, signal);
    } catch (error) {
      if (!isTellable(error)) throw error;
      if (attempt < MAX_CONFLICTS && isConflict(error)) continue;
      return { type: 'failed', reason: error.message, error };
    }
  }
};

const isConflict = ({ cause }: SyncError): boolean => cause instanceof WriteConflictError;

const attemptNamespace = async (
  provision: Provision,
  known: NamespaceFacts,
  signal?: AbortSignal,
): Promise<NamespaceOutcome> => {
  const { client, type } = provision;
  const facts = await doing(type, 'look', () => readFacts(provision, known, signal));
  const plan = planNamespace(provision, facts);
  const isRename = plan.place.action !== 'none';
  await doing(type, isRename ? 'rename' : 'remove', () => removeAll(provision, plan, signal));
  await doing(type, 'place', () => place(client, plan, signal));
  return toOutcome(plan, provision.corrections.after(facts.name, replacedBy(plan, facts)));
};

const replacedBy = ({ place: placement }: NamespacePlan, { children }: NamespaceFacts) =>
  placement.action === 'update' ? children.find(({ ref }) => ref.name === placement.object.ref.name) : undefined;

type Step = 'look' | keyof ProvisionerKind['attempts'];

/** What was attempted in a namespace, and why it failed. */
export class ProvisionError extends SyncError {
  override readonly name = 'ProvisionError';
  readonly step: Step;
  readonly reason: string;
  readonly retryable: boolean;

  constructor({ attempts }: ProvisionerKind, step: Step, cause: SyncError) {
    super(`${step === 'look' ? 'could not get namespace' : attempts[step]}: ${cause.message}`, { cause });
    this.step = step;
    this.reason = cause.reason;
    this.retryable = cause.retryable;
  }
}

const doing = async <T>(type: ProvisionerKind, step: Step, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw isTellable(error) ? new ProvisionError(type, step, error) : error;
  }
};

const readFacts = async (
  { client, type }: Provision,
  { name, names, children }: NamespaceFacts,
  signal?: AbortSignal,
): Promise<NamespaceFacts> => {
  const namespace = await client.readObject({ kind: 'Namespace', namespace: '', name }, signal);
  if (namespace === undefined || namespace.deletionTimestamp !== undefined)
    return { name, names, namespace, children: [] };
  const wanted = new Set([...names, ...children.map(({ ref }) => ref.name)]);
  const read = await Promise.all(
    [...wanted].map((one) => client.readObject({ kind: type.childKind, namespace: name, name: one }, signal)),
  );
  return { name, names, namespace, children: read.filter((object) => object !== undefined) };
};

const removeAll = async (
  { client, type }: Provision,
  { remove }: NamespacePlan,
  signal?: AbortSignal,
): Promise<void> => {
  for (const { ref, uid, resourceVersion } of remove)
    await client.deleteObject({ ...ref, kind: type.childKind }, { uid, resourceVersion }, signal);
};

const place = async (client: ClusterClient, plan: NamespacePlan, signal?: AbortSignal): Promise<void> => {
  const placement = plan.place;
  if (placement.action === 'create') await client.createObject(placement.object, PROVISIONING_MANAGER, signal);
  if (placement.action === 'update') await client.replaceObject(placement.object, PROVISIONING_MANAGER, signal);
};

const atRest = (plan: NamespacePlan): NamespaceOutcome =>
  isAtRest(plan) ? toOutcome(plan, undefined) : { type: 'held-back' };

const toOutcome = ({ place: placement }: NamespacePlan, contest: Contest | undefined): NamespaceOutcome => {
  switch (placement.action) {
    case 'refuse':
      return { type: 'failed', reason: placement.reason };
    case 'none':
      return { type: 'none' };
    case 'keep':
      return { type: 'provisioned' };
    default:
      return { type: 'provisioned', ...(contest === undefined ? {} : { contest }) };
  }
};
