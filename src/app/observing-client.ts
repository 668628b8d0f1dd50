import type { ClusterClient, Written } from './ports/cluster-client.ts';
import type { Log } from './ports/runtime.ts';

/**
 * A client that reads and says what it would write: for clusters in mode `observe`.
 * Its answers carry the version that was written on, so that a pass runs to its end.
 */
export const observing = (client: ClusterClient, log: Log): ClusterClient => {
  const would = async (doing: string, { kind, namespace, name, ...known }: Subject): Promise<Written> => {
    log.info(`would ${doing}`, { ...(kind === undefined ? {} : { kind }), namespace, name });
    return { uid: known.uid ?? '', resourceVersion: known.resourceVersion ?? '0' };
  };
  return {
    ...client,
    createSecret: (secret) => would('create secret', secret),
    replaceSecret: (secret) => would('update secret', secret),
    deleteSecret: async (ref) => void (await would('delete secret', ref)),
    createManifest: ({ ref, ...known }) => would('create object', { ...ref, ...known }),
    replaceManifest: ({ ref, ...known }) => would('update object', { ...ref, ...known }),
    deleteManifest: async (ref) => void (await would('delete object', ref)),
    createObject: ({ ref, ...known }) => would('create object', { ...ref, ...known }),
    replaceObject: ({ ref, ...known }) => would('update object', { ...ref, ...known }),
    deleteObject: async (ref) => void (await would('delete object', ref)),
    replaceStatus: (ref) => would('write status', ref),
    setFinalizers: (ref) => would('remove finalizers', ref),
    recordEvent: async (subject) => void (await would('record event', subject)),
  };
};

interface Subject {
  readonly kind?: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}
