import { Agent, request } from 'undici';
import * as z from 'zod/mini';
import type { LocalCluster } from '../../local/cluster.ts';
import type { ObjectRef } from '../../src/domain/object-ref.ts';

export type Json = Readonly<Record<string, unknown>>;

/** Everybody who works in a cluster besides the service: plain HTTP, so that it shares no code with what is tested. */
export interface ApiServerAdmin {
  /** @returns the parsed body; undefined for 404 @throws Error - any other failure */
  send(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Json | undefined>;
  close(): Promise<void>;
}

const Body = z.record(z.string(), z.unknown());

export const createApiServerAdmin = ({ server, certificateAuthority, adminToken }: LocalCluster): ApiServerAdmin => {
  const dispatcher = new Agent({ connect: { ca: certificateAuthority } });
  return {
    send: async (method, path, body) => {
      const response = await request(server + path, {
        method,
        dispatcher,
        headers: {
          authorization: `Bearer ${adminToken}`,
          'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.body.text();
      if (response.statusCode === 404) return undefined;
      if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${response.statusCode} ${text}`);
      return Body.parse(JSON.parse(text));
    },
    close: () => dispatcher.destroy(),
  };
};

const GROUPS: Readonly<Record<ObjectRef['kind'], { readonly apiVersion: string; readonly plural: string }>> = {
  ExternalSecret: { apiVersion: 'external-secrets.io/v1', plural: 'externalsecrets' },
  SecretStore: { apiVersion: 'external-secrets.io/v1', plural: 'secretstores' },
  ClusterSecretStore: { apiVersion: 'external-secrets.io/v1', plural: 'clustersecretstores' },
  ClusterExternalSecret: { apiVersion: 'external-secrets.io/v1', plural: 'clusterexternalsecrets' },
  PushSecret: { apiVersion: 'external-secrets.io/v1alpha1', plural: 'pushsecrets' },
  ClusterPushSecret: { apiVersion: 'external-secrets.io/v1alpha1', plural: 'clusterpushsecrets' },
  Namespace: { apiVersion: 'v1', plural: 'namespaces' },
  Secret: { apiVersion: 'v1', plural: 'secrets' },
};

export const apiVersionOf = ({ kind }: ObjectRef): string => GROUPS[kind].apiVersion;

/** Path of the collection an object is in. */
export const collectionOf = ({ kind, namespace }: ObjectRef): string => {
  const { apiVersion, plural } = GROUPS[kind];
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return namespace === '' ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
};
