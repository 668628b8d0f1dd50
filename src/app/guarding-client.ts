import type { Cluster } from '../domain/cluster.ts';
import { SyncError } from '../domain/sync-error.ts';
import type { ClusterClient } from './ports/cluster-client.ts';
import type { Clock } from './ports/runtime.ts';

/** A cluster is asked who it is before the first write, after this long again, and when it is registered as another one. */
const KNOWN_FOR_MILLISECONDS = 5 * 60_000;

/** Another cluster answers under the registered name: nothing that the old one asked for is written into it. */
export class OtherClusterError extends SyncError {
  override readonly name = 'OtherClusterError';
  readonly reason = 'ClusterReplaced';
  readonly retryable = false;
}

interface Known {
  /** What the registration said when the cluster was asked. */
  readonly registered: string;
  readonly uid: Promise<string>;
  readonly at: number;
}

export type GuardClient = (client: ClusterClient, cluster: Cluster) => ClusterClient;

/**
 * Guards the writes to clusters. Messages outlive the cluster they were about: one that was rebuilt under its name must get
 * neither Secrets nor warnings from them. Passes that write nothing ask nothing.
 */
export const createGuardClient = ({ clock }: { readonly clock: Clock }): GuardClient => {
  const known = new Map<string, Known>();

  const uidOf = async (client: ClusterClient, { name, kubeSystemUid: registered }: Cluster): Promise<string> => {
    const before = known.get(name);
    const isFresh = before?.registered === registered && clock.now() - before.at < KNOWN_FOR_MILLISECONDS;
    if (isFresh) return before.uid;
    const asked = { registered, uid: client.kubeSystemUid(), at: clock.now() }; // for all who wait: no signal of one of them ends it
    known.set(name, asked);
    asked.uid.catch(() => known.get(name) === asked && known.delete(name));
    return asked.uid;
  };

  return (client, cluster) => {
    const { name, kubeSystemUid } = cluster;
    const guarded =
      <A extends readonly unknown[], R>(write: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        if ((await uidOf(client, cluster)) !== kubeSystemUid)
          throw new OtherClusterError(`cluster ${name} is not the one that was registered: register it again`);
        return write(...args);
      };
    return {
      ...client,
      createSecret: guarded(client.createSecret),
      replaceSecret: guarded(client.replaceSecret),
      deleteSecret: guarded(client.deleteSecret),
      createManifest: guarded(client.createManifest),
      replaceManifest: guarded(client.replaceManifest),
      deleteManifest: guarded(client.deleteManifest),
      createObject: guarded(client.createObject),
      replaceObject: guarded(client.replaceObject),
      deleteObject: guarded(client.deleteObject),
      replaceStatus: guarded(client.replaceStatus),
      setFinalizers: guarded(client.setFinalizers),
      recordEvent: guarded(client.recordEvent),
    };
  };
};
