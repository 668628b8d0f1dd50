import type { ClusterMode } from '../cluster.ts';
import { enumerate, type Trouble } from './hop.ts';

/** A webhook that is asked before objects of the External Secrets API are written. */
export interface WebhookFacts {
  /** Name of its ValidatingWebhookConfiguration. */
  readonly configuration: string;
  /** Where nobody answers, writes are refused. */
  readonly failsClosed: boolean;
  /** Namespace of the service asked; absent: a URL. */
  readonly namespace?: string;
}

/** A Deployment of the reference operator. */
export interface OperatorFacts {
  readonly namespace: string;
  readonly name: string;
  /** Label `app.kubernetes.io/name`. */
  readonly component: string;
  readonly readyReplicas: number;
}

export interface DefinitionFacts {
  /** `externalsecrets.external-secrets.io` */
  readonly name: string;
  readonly versions: readonly string[];
  readonly storageVersion: string;
  readonly storedVersions: readonly string[];
}

/** What the reference names its parts. */
const CONTROLLER = 'external-secrets';
const WEBHOOK = 'external-secrets-webhook';
export const OPERATOR_COMPONENTS: readonly string[] = [CONTROLLER, WEBHOOK, 'external-secrets-cert-controller'];

const isUp = ({ readyReplicas }: OperatorFacts): boolean => readyReplicas > 0;

/** A webhook that fails closed with nobody behind it: every write of ours, and of everybody, is refused. */
export const judgeWebhooks = (
  webhooks: readonly WebhookFacts[],
  operators: readonly OperatorFacts[],
): Trouble | undefined => {
  const answers = (namespace: string): boolean =>
    operators.some((one) => one.component === WEBHOOK && one.namespace === namespace && isUp(one));
  const dead = webhooks.filter(
    ({ failsClosed, namespace }) => failsClosed && namespace !== undefined && !answers(namespace),
  );
  const names = [...new Set(dead.map(({ configuration }) => configuration))];
  if (names.length === 0) return undefined;
  return {
    answer: names.map((name) => `ValidatingWebhookConfiguration ${name} fails closed, and nobody runs behind it`),
    remedy: {
      say: 'An operator that is gone left it: stores and ExternalSecrets cannot be written, nor their finalizers removed. Delete it, or run the operator again.',
      commands: [`kubectl delete validatingwebhookconfiguration ${names.join(' ')}`],
    },
  };
};

/** Two controllers that serve the same stores write the same targets. */
export const judgeOperators = (
  operators: readonly OperatorFacts[],
  { mode, controllerClass }: { readonly mode: ClusterMode; readonly controllerClass: string },
): Trouble | undefined => {
  const live = operators.filter((one) => one.component === CONTROLLER && isUp(one));
  if (live.length === 0 || mode !== 'active' || controllerClass !== 'default') return undefined;
  return {
    answer: live.map(
      ({ namespace, name, readyReplicas }) => `Deployment ${namespace}/${name} has ${readyReplicas} ready`,
    ),
    remedy: {
      say: 'External Secrets Operator and this service both serve the stores of controller class default. Scale the operator down (docs/migrate.md), register the cluster with --mode observe, or share by --controller-class.',
      commands: live.map(({ namespace, name }) => `kubectl -n ${namespace} scale deployment ${name} --replicas 0`),
    },
  };
};

const OLD_VERSION = 'v1alpha1';
const NEW_VERSION = 'v1';

/** Objects that were stored in a version the definitions no longer have: new definitions are refused. */
export const judgeVersions = (definitions: readonly DefinitionFacts[]): Trouble | undefined => {
  const old = definitions.filter(
    ({ versions, storedVersions }) => versions.includes(NEW_VERSION) && storedVersions.includes(OLD_VERSION),
  );
  if (old.length === 0) return undefined;
  return {
    answer: old.map(({ name }) => `status.storedVersions of ${name} holds ${OLD_VERSION}`),
    remedy: {
      say: 'Definitions without v1alpha1, those of `secretcast crds` among them, are refused until no object may be stored in it. Write each object once, then say so:',
      commands: old.flatMap(({ name, storageVersion }) => {
        const stored = JSON.stringify({ status: { storedVersions: [storageVersion] } });
        return [
          `kubectl get ${name} --all-namespaces --output json | kubectl replace -f -`,
          `kubectl patch crd ${name} --subresource status --type merge --patch '${stored}'`,
        ];
      }),
    },
  };
};

/** An object of the cluster that carries finalizers of the reference. */
export interface FinalizedFacts {
  /** As kubectl takes it: `externalsecret/db -n shop`. */
  readonly object: string;
  /** Those of others. */
  readonly kept: readonly string[];
  readonly isBeingDeleted: boolean;
}

const REFERENCE_FINALIZERS: readonly RegExp[] = [
  /^externalsecrets\.external-secrets\.io\//,
  /^pushsecret\.externalsecrets\.io\//,
  /^secretstore\.externalsecrets\.io\//,
];

export const isReferenceFinalizer = (finalizer: string): boolean =>
  REFERENCE_FINALIZERS.some((pattern) => pattern.test(finalizer));

/** What waits for its deletion until somebody takes the reference's finalizer off. */
export const judgeFinalizers = (finalized: readonly FinalizedFacts[]): Trouble | undefined => {
  const held = finalized.filter(({ isBeingDeleted }) => isBeingDeleted);
  if (held.length === 0) return undefined;
  return {
    answer: [
      `${held.length} ${held.length === 1 ? 'object waits' : 'objects wait'} for deletion behind finalizers of External Secrets Operator: ${enumerate(held.map(({ object }) => object))}`,
    ],
    remedy: {
      say: 'Where the operator is gone nobody removes them. The service does so for what it serves in mode active; namespaces, and everything else, are yours (docs/migrate.md). What is kept below is of others:',
      commands: held
        .slice(0, 5)
        .map(
          ({ object, kept }) =>
            `kubectl patch ${object} --type merge --patch '${JSON.stringify({ metadata: { finalizers: kept } })}'`,
        ),
    },
  };
};
