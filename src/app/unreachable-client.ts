import type { SyncError } from '../domain/sync-error.ts';
import type { ClusterClient } from './ports/cluster-client.ts';

/** A client of a cluster whose connection could not be opened: every call fails with the reason. */
export const unreachable = (error: SyncError): ClusterClient => {
  const fail = (): Promise<never> => Promise.reject(error);
  return {
    readSecret: fail,
    createSecret: fail,
    replaceSecret: fail,
    deleteSecret: fail,
    findSecrets: fail,
    readConfigMap: fail,
    readManifest: fail,
    createManifest: fail,
    replaceManifest: fail,
    deleteManifest: fail,
    readObject: fail,
    readGenerator: fail,
    createObject: fail,
    replaceObject: fail,
    deleteObject: fail,
    replaceStatus: fail,
    setFinalizers: fail,
    recordEvent: fail,
    listObjects: fail,
    watchObjects: async function* () {
      yield await fail();
    },
    readServiceAccount: fail,
    requestToken: fail,
    kubeSystemUid: fail,
    mayI: fail,
  };
};
