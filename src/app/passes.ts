import { type Cluster, servesKind, servesNamespace } from '../domain/cluster.ts';
import { isCoveredEvent } from '../domain/covered-event.ts';
import type { ReconcileRequest, RequestedObject } from '../domain/message.ts';
import { isNewerVersion, type MirroredObject } from '../domain/mirrored-object.ts';
import { formatRef } from '../domain/object-ref.ts';
import { parseStatus } from '../domain/parse-status.ts';
import type { SyncState } from '../domain/sync-state.ts';
import type { Mirror, States } from './ports/tables.ts';
import { shelve } from './shelve.ts';
import type { Pass } from './sync-pass.ts';

interface LoadPassesDeps {
  readonly mirror: Mirror;
  readonly states: States;
}

/** Looks up what is remembered of a request's objects, and drops those there is nothing to do for. */
export const createLoadPasses =
  ({ mirror, states }: LoadPassesDeps) =>
  async (cluster: Cluster, request: ReconcileRequest, startedAt: number): Promise<readonly Pass[]> => {
    const [objects, known] = await Promise.all([
      mirror.getMany(cluster.name, request.objects),
      states.getMany(cluster.name, request.objects),
    ]);
    const byRef = new Map(objects.map((object) => [formatRef(object.ref), object]));
    const passes = request.objects.map(async (requested) => {
      const object = byRef.get(formatRef(requested));
      const state = known.get(formatRef(requested));
      if (request.redelivered !== true && isDealtWith({ request, requested, object, state })) return [];
      if (object !== undefined && isServedNamespace(cluster, requested))
        return [toPass({ request, requested, object, state, startedAt })];
      await shelve(states, cluster.name, { request: requested, startedAt });
      return [];
    });
    return (await Promise.all(passes)).flat();
  };

/** Cluster-scoped objects are in no namespace, and serve those that are. */
const isServedNamespace = (cluster: Cluster, { kind, namespace }: RequestedObject): boolean =>
  namespace === '' ? servesKind(cluster, kind) : servesNamespace(cluster, namespace);

interface Delivery {
  readonly request: ReconcileRequest;
  readonly requested: RequestedObject;
  readonly object: MirroredObject | undefined;
  readonly state: SyncState | undefined;
}

/** Another pass saw what this message tells of. It cannot have known what a delivery of this one left unfinished. */
const isDealtWith = ({ request, requested, object, state }: Delivery): boolean =>
  isOutdated(request, requested, state) ||
  isEcho(requested, state) ||
  (object?.uid === state?.uid && isCoveredEvent(request.cause, state));

/** The due time that sent this message has been dealt with, or moved, since. */
const isOutdated = ({ cause }: ReconcileRequest, { dueAt }: RequestedObject, state: SyncState | undefined): boolean =>
  cause.type === 'due' && state !== undefined && dueAt !== undefined && state.dueAt !== dueAt;

/** The feed saw our own write before we had remembered it. */
const isEcho = ({ targetResourceVersion }: RequestedObject, state: SyncState | undefined): boolean =>
  targetResourceVersion !== undefined &&
  state?.target !== undefined &&
  !isNewerVersion(targetResourceVersion, state.target.resourceVersion);

interface PassSource {
  readonly request: ReconcileRequest;
  readonly requested: RequestedObject;
  readonly object: MirroredObject;
  readonly state: SyncState | undefined;
  readonly startedAt: number;
}

const toPass = ({ request, requested, object, state, startedAt }: PassSource): Pass => {
  const own = state?.uid === object.uid ? state : undefined;
  const { kind, namespace, name } = requested;
  return {
    ref: { kind, namespace, name },
    request: requested,
    cause: request.cause,
    attempt: request.attempt ?? 0,
    redelivered: request.redelivered === true,
    traceId: request.traceId,
    object,
    state: own,
    ...(state !== undefined && own === undefined && { earlier: state }),
    revision: state?.revision ?? 0,
    status: own?.status ?? parseStatus(object),
    startedAt,
  };
};
