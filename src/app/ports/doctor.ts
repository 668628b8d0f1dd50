import type { Cluster } from '../../domain/cluster.ts';
import type { Reach } from '../../domain/doctor/connection.ts';
import type { RuleFacts } from '../../domain/doctor/hub.ts';
import type { DefinitionFacts, OperatorFacts, WebhookFacts } from '../../domain/doctor/remains.ts';
import type { AccessQuestion, ClusterClient } from './cluster-client.ts';

/** Tries address and TLS of an API server, without saying who asks. Every failure is an answer. */
export type ReachServer = (
  server: { readonly server: string; readonly certificateAuthority?: string },
  signal?: AbortSignal,
) => Promise<Reach>;

/** What whoever runs the command may not look at is `denied`: no finding about the thing itself. */
export type Denied = 'denied';

/** The hub's own parts in AWS, and who looks at them. */
export interface HubProbe {
  /** Whom AWS takes us for. */
  whoAmI(): Promise<{ readonly arn: string; readonly account: string }>;
  rule(name: string, bus?: string): Promise<RuleFacts['found'] | Denied>;
  /** Messages that wait; undefined: there is no such queue. */
  waiting(queue: string): Promise<number | undefined | Denied>;
  /** Kubernetes groups of the access entry of a role; undefined: it has none. */
  accessEntry(
    cluster: { readonly eksName: string; readonly region: string },
    principalArn: string,
  ): Promise<readonly string[] | undefined | Denied>;
}

/**
 * Looks at a cluster beyond what the service needs there.
 * @throws ClusterUnreachableError, ClusterForbiddenError, ClusterRejectedError - as a ClusterClient
 */
export interface ClusterInspector {
  /** Whom the API server takes us for. Before Kubernetes 1.28 nobody tells: then it is empty. */
  whoAmI(signal?: AbortSignal): Promise<{ readonly username: string; readonly groups: readonly string[] }>;
  /** Whether members of a group might: needs leave to ask for others. */
  mayGroup(group: string, question: AccessQuestion, signal?: AbortSignal): Promise<boolean>;
  /** Of the External Secrets API. */
  definitions(signal?: AbortSignal): Promise<readonly DefinitionFacts[]>;
  /** Those asked about objects of the External Secrets API. */
  webhooks(signal?: AbortSignal): Promise<readonly WebhookFacts[]>;
  operators(signal?: AbortSignal): Promise<readonly OperatorFacts[]>;
}

/** A cluster with a way in. */
export interface OpenedCluster {
  readonly client: ClusterClient;
  readonly inspector: ClusterInspector;
  /** Who signs in, for people: a role, a secret, you. */
  readonly as: string;
  /** The service's own roles sign, which cannot be assumed from here: what they may is asked for their group. */
  readonly isStandIn: boolean;
}

/**
 * Finds what opens a cluster, as the service would, without a request to it.
 * @throws SyncError - the secret is gone or may not be read, the role is not to be had
 */
export type OpenCluster = (cluster: Cluster, signal?: AbortSignal) => Promise<OpenedCluster>;

/** For what the service itself may not see: an administrator of the cluster, if one was named. */
export type OpenInspector = (
  cluster: Cluster,
) => Promise<{ readonly inspector: ClusterInspector; readonly as: string } | undefined>;
