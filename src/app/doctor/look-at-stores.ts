import type { Cluster } from '../../domain/cluster.ts';
import { judgeRoles } from '../../domain/doctor/identity.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import { formatPlace, formatRef, isServed, type ServedRef } from '../../domain/object-ref.ts';
import { isReferent, planIdentity } from '../../domain/plan-identity.ts';
import { isServedStore } from '../../domain/secret-store.ts';
import { SyncError } from '../../domain/sync-error.ts';
import { parseValidStore } from '../../domain/validate-store.ts';
import type { States } from '../ports/tables.ts';
import { recordOf } from './record.ts';
import { asAnswered, type Walk } from './walk.ts';
import type { WalkedCluster } from './walk-cluster.ts';
import { listAll } from './walk-remains.ts';

export interface StoresLook extends WalkedCluster {
  readonly cluster: Cluster;
  readonly states: Pick<States, 'get'>;
  readonly signal?: AbortSignal | undefined;
}

/** Stores told apart in one answer; the others wait for their turn. */
const MOST = 10;

/** What can be told of all stores without asking AWS: what they say themselves, and what the service was answered. */
export const lookAtStores = (walk: Walk, job: StoresLook): Promise<number | undefined> =>
  walk.attempt({
    hop: 'stores',
    attempted: "reading each store, and the service's record of it",
    as: job.as,
    run: async () => {
      const { count, wrong } = await judgeStores(job);
      if (wrong.length === 0) return { found: count, said: `${count} served, none is known to fail` };
      const shown = wrong.slice(0, MOST);
      return {
        trouble: {
          answer: shown.map(({ ref, why }) => `${formatRef(ref)}: ${why}`),
          remedy: {
            say: 'Each hop of a store, and what mends it:',
            commands: shown.map(
              ({ ref }) => `secretcast doctor --cluster ${job.cluster.name} --store ${formatPlace(ref)}`,
            ),
          },
        },
      };
    },
    explain: asAnswered,
  });

interface Wrong {
  readonly ref: ServedRef;
  readonly why: string;
}

const judgeStores = async (job: StoresLook): Promise<{ readonly count: number; readonly wrong: readonly Wrong[] }> => {
  const { cluster, opened, states, signal } = job;
  const wrong: Wrong[] = [];
  let count = 0;
  for (const kind of ['SecretStore', 'ClusterSecretStore'] as const)
    for await (const object of listAll(opened.client, { kind, cluster, signal })) {
      const { ref } = object;
      if (!isServed(ref) || !isServedStore(object, cluster.controllerClass)) continue;
      count += 1;
      const why = problemOf(object, cluster) ?? (await recordedProblem(states, cluster, ref));
      if (why !== undefined) wrong.push({ ref, why });
    }
  return { count, wrong };
};

const problemOf = (object: MirroredObject, cluster: Cluster): string | undefined => {
  try {
    const store = parseValidStore(object);
    const trouble = judgeRoles(store);
    if (trouble !== undefined) return trouble.answer.join('; ');
    if (!isReferent(store)) planIdentity({ store, cluster, namespace: store.namespace });
    return undefined;
  } catch (error) {
    if (error instanceof SyncError) return error.message;
    throw error;
  }
};

const recordedProblem = async (
  states: StoresLook['states'],
  { name }: Cluster,
  ref: ServedRef,
): Promise<string | undefined> => {
  const record = recordOf(await states.get(name, ref), ref);
  return record.outcome === 'failing' ? record.text : undefined;
};
