/** Who may speak to a local cluster: a bearer token and what it stands for. */
export interface ClusterUser {
  readonly token: string;
  readonly name: string;
  readonly groups: readonly string[];
}

export interface LocalClusterOptions {
  readonly name: string;
  /** Folder for certificates, the audit log and data; made when missing. */
  readonly directory: string;
  /** TCP port on the loopback address. @default a free one */
  readonly port?: number;
  /** Users besides the administrator. @default none */
  readonly users?: readonly ClusterUser[];
}

/**
 * A Kubernetes API server running on this machine, in a process of its own.
 * Both kinds, the small one in `local/kubernetes` and the real one in `local/real-cluster`, are started and driven through this.
 */
export interface LocalCluster {
  readonly name: string;
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  /** PEM: the only certificate authority to trust for `server`. */
  readonly certificateAuthority: string;
  /** A bearer token of group `system:masters`. */
  readonly adminToken: string;
  /** JSON lines of `audit.k8s.io/v1` Event, level Metadata, stage ResponseComplete: one for each finished request. */
  readonly auditLogFile: string;
  /** Stops answering without closing connections (SIGSTOP), and goes on (SIGCONT). */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** Ends every process of this cluster, by id, and resolves when they are gone. */
  readonly stop: () => Promise<void>;
}

export type StartLocalCluster = (options: LocalClusterOptions) => Promise<LocalCluster>;
