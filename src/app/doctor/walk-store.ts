import type { Cluster } from '../../domain/cluster.ts';
import type { StoreHop, Trouble } from '../../domain/doctor/hop.ts';
import { baseName, explainCredentials, explainKeys, judgeRoles } from '../../domain/doctor/identity.ts';
import type { IdentityPlan } from '../../domain/identity-plan.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import { isNamespaceAllowed } from '../../domain/namespace-conditions.ts';
import { NotAllowedError } from '../../domain/not-allowed-error.ts';
import { formatPlace, formatRef, type ServedRef } from '../../domain/object-ref.ts';
import { planIdentity } from '../../domain/plan-identity.ts';
import { isServedStore, type SecretStore } from '../../domain/secret-store.ts';
import { StoreAccessDeniedError } from '../../domain/sync-error.ts';
import { parseValidStore } from '../../domain/validate-store.ts';
import { findCredentials } from '../find-credentials.ts';
import type { BaseCredentials } from '../ports/secret-reader.ts';
import { openChain } from './open-chain.ts';
import { readKey } from './read-key.ts';
import { registrationRemedy } from './registration-remedy.ts';
import type { StoreWalk, StoreWalkDeps } from './store-job.ts';
import type { Found, Walk } from './walk.ts';

/** From a store to a key: who would read it, and whether that goes well. */
export const walkStore = async (walk: Walk, deps: StoreWalkDeps, job: StoreWalk): Promise<void> => {
  const store = await findStore(walk, job);
  if (store === undefined) return walk.skip(AFTER_STORE, 'store');
  const plan = await planReading(walk, job, store);
  if (plan === undefined) return walk.skip(AFTER_STORE.slice(1), 'registration');
  const credentials = await findBase(walk, deps, { job, plan });
  if (credentials === undefined) return walk.skip(AFTER_STORE.slice(2), 'credentials');
  const chain = await openChain(walk, deps, { job, plan, credentials: credentials.found });
  if (chain === undefined) return walk.skip(AFTER_STORE.slice(3), 'assume-role');
  await readKey(walk, deps, { job, plan, chain, prefix: plan.service === 'acm' ? '' : store.aws.prefix });
};

export const AFTER_STORE: readonly StoreHop[] = ['registration', 'credentials', 'assume-role', 'provider', 'kms'];

const findStore = (walk: Walk, job: StoreWalk): Promise<SecretStore | undefined> => {
  const { cluster, opened, ref, as, signal } = job;
  return walk.attempt({
    hop: 'store',
    attempted: `get ${formatRef(ref)}, and reading what it says`,
    as,
    run: async () => {
      const object = await opened.client.readObject(ref, signal);
      if (object === undefined) return { trouble: missing(ref) };
      if (!isServedStore(object, cluster.controllerClass)) return { trouble: foreign(ref, cluster) };
      const store = parseValidStore(object);
      const trouble = judgeRoles(store) ?? (await refusedNamespace(store, job));
      return trouble === undefined
        ? { found: store, said: 'it is there, valid, and served by this service' }
        : { trouble };
    },
    explain: ({ message }) => ({ answer: [message], remedy: { say: `Edit ${formatRef(ref)}.` } }),
  });
};

const missing = (ref: ServedRef): Trouble => ({
  answer: [`there is no ${ref.kind} ${formatPlace(ref)}`],
  remedy: {
    say: 'A SecretStore is named as NAMESPACE/NAME, a ClusterSecretStore as NAME. What there is:',
    commands: ['kubectl get secretstores,clustersecretstores --all-namespaces'],
  },
});

const foreign = (ref: ServedRef, { name, controllerClass }: Cluster): Trouble => ({
  answer: [`its spec.controller is not ${controllerClass}, the controller class of cluster ${name}`],
  remedy: {
    say: `Another controller serves it. Take spec.controller out of ${formatRef(ref)}, or register the cluster with its --controller-class.`,
  },
});

const refusedNamespace = async (store: SecretStore, job: StoreWalk): Promise<Trouble | undefined> => {
  const { namespace, opened, signal } = job;
  if (store.kind !== 'ClusterSecretStore' || store.conditions.length === 0 || namespace === '') return undefined;
  const ref = { kind: 'Namespace', namespace: '', name: namespace } as const;
  const found: MirroredObject | undefined = await opened.client.readObject(ref, signal);
  if (found !== undefined && isNamespaceAllowed(store.conditions, { name: namespace, labels: found.labels }))
    return undefined;
  return {
    answer: [
      found === undefined
        ? `there is no namespace ${namespace}`
        : `spec.conditions of ClusterSecretStore "${store.name}" do not let namespace ${namespace} use it`,
    ],
    remedy: { say: 'Label the namespace as a condition asks, or name it in one.' },
  };
};

/** Within what the registration allows: the identity guard. Nothing was asked of AWS yet. */
const planReading = (walk: Walk, job: StoreWalk, store: SecretStore): Promise<IdentityPlan | undefined> => {
  const { cluster, namespace } = job;
  return walk.attempt({
    hop: 'registration',
    attempted: `deciding who reads for ${formatRef(job.ref)}, within what the registration of ${cluster.name} allows`,
    as: 'the service',
    run: async () => {
      const plan = planIdentity({ store, cluster, namespace: namespace || store.namespace });
      await job.guard.admit(plan, job.signal);
      return { found: plan, said: describePlan(plan) };
    },
    explain: (error) => ({ answer: [error.message], remedy: registrationRemedy(error, cluster) }),
  });
};

const describePlan = ({ service, region, base, hops }: IdentityPlan): string => {
  const links = [baseName(base), ...hops.map(({ roleArn }) => roleArn)];
  return `${service} in ${region}, as ${links.join(' -> ')}`;
};

interface Base {
  readonly found: BaseCredentials | undefined;
}

/** What the chain begins with, and that AWS takes it for somebody. */
const findBase = (
  walk: Walk,
  { readers }: StoreWalkDeps,
  { job, plan }: { readonly job: StoreWalk; readonly plan: IdentityPlan },
): Promise<Base | undefined> => {
  const { cluster, opened, signal } = job;
  const { base } = plan;
  const run = async (): Promise<Found<Base>> => {
    const found = await findCredentials(base, {
      doing: '',
      cluster: cluster.name,
      client: opened.client,
      readSecret: (ref, stop) => opened.client.readSecret(ref, stop),
      signal,
    });
    if (found === undefined) return { found: { found }, said: 'none are needed: the hub signs' };
    if ('roleArn' in found) await job.guard.admitRoles([found.roleArn], signal);
    if (base.type === 'service-account') return { found: { found }, said: `${baseName(base)} names a role` };
    try {
      const { location } = await readers.open({ ...plan, hops: [] }, found, signal);
      return { found: { found }, said: `${baseName(base)} is one of account ${location.account}` };
    } catch (error) {
      if (error instanceof StoreAccessDeniedError) return { trouble: explainKeys(error.message) };
      throw error;
    }
  };
  return walk.attempt({
    hop: 'credentials',
    attempted: base.type === 'default-role' ? 'nothing' : `reading ${baseName(base)}`,
    as: job.as,
    run,
    explain: (error) =>
      error instanceof NotAllowedError
        ? { answer: [error.message], remedy: registrationRemedy(error, cluster) }
        : explainCredentials(error.message, plan),
  });
};
