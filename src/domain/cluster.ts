import type { Kind } from './object-ref.ts';

/** `active` syncs; `observe` decides and logs but writes nothing to the cluster; `paused` does nothing. */
export type ClusterMode = 'active' | 'observe' | 'paused';

/**
 * How the hub reaches an API server. No member holds a secret: tokens and client keys are in the
 * Secrets Manager secret that `credentialsSecretId` names.
 */
export type ClusterConnection = (
  | {
      readonly type: 'eks';
      readonly eksName: string;
      readonly region: string;
      /** https URL */
      readonly server: string;
      /** PEM bundle, the only trusted roots */
      readonly certificateAuthority: string;
      /** Role the hub assumes before it signs the cluster token. Absent: the hub's own role signs. */
      readonly roleArn?: string;
    }
  | {
      readonly type: 'credentials';
      readonly server: string;
      readonly certificateAuthority?: string;
      readonly credentialsSecretId: string;
    }
) & {
  /** http or https URL of a proxy that lets through to the API server. It has no credentials. Absent: straight there. */
  readonly proxy?: string;
};

/** What a tenant's store may make the hub do (design: identity). */
export interface IdentityLimits {
  /** Stands for "the controller's own identity". Absent: stores without `auth` are refused. */
  readonly defaultRole?: string;
  /** As `defaultRole`, for what is written: reading never uses it, nor pushing the other. Absent: stores without `auth` are not pushed to. */
  readonly pushRole?: string;
  /** `*` patterns over role ARNs a store may name on a chain that starts with the hub. Empty: none. */
  readonly allowRoles: readonly string[];
  /** Services that stores may read and generators ask: `secretsmanager`, `ssm`, `acm`, `ecr`, `sts`. Absent: all. */
  readonly allowServices?: readonly string[];
  /** What keys begin with, the store's prefix included: names, or ARNs of another place. Absent: any. */
  readonly allowKeys?: readonly string[];
  /** Put cluster, namespace and store as session tags on the default role's session. */
  readonly sessionTags: boolean;
}

/** A registered Kubernetes API server. */
export interface Cluster {
  readonly name: string;
  readonly connection: ClusterConnection;
  readonly labels: Readonly<Record<string, string>>;
  readonly mode: ClusterMode;
  /** Stores with another `spec.controller` are left alone. */
  readonly controllerClass: string;
  /** Namespaces the service acts in. Empty: all. */
  readonly namespaces: readonly string[];
  readonly identity: IdentityLimits;
  /** Go duration. ExternalSecrets and PushSecrets that ask to be refreshed more often are refreshed this often. Absent: as they ask. */
  readonly minRefreshInterval?: string;
  /** Epoch milliseconds at which a person said that very many missing objects are really gone. */
  readonly absenceAcceptedAt?: number;
  /** uid of the namespace kube-system at registration: another uid is another cluster under the same name. */
  readonly kubeSystemUid: string;
}

/**
 * ClusterExternalSecret and ClusterPushSecret reach into whatever namespace their selectors say, so they need a registration
 * for all of them: of one that names namespaces they are left alone.
 */
export const servesKind = ({ namespaces }: Pick<Cluster, 'namespaces'>, kind: Kind): boolean =>
  !isProvisioning(kind) || namespaces.length === 0;

const isProvisioning = (kind: Kind): boolean => kind === 'ClusterExternalSecret' || kind === 'ClusterPushSecret';

export const servesNamespace = (cluster: Pick<Cluster, 'namespaces'>, namespace: string): boolean =>
  cluster.namespaces.length === 0 || cluster.namespaces.includes(namespace);
