import { Agent, request } from 'undici';
import * as z from 'zod/mini';
import { applyManifests } from '../../../local/apply-manifests.ts';
import type { LocalCluster } from '../../../local/cluster.ts';

/** An object to write: as in YAML. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string; readonly namespace?: string };
  readonly [member: string]: unknown;
}

export interface Ref {
  readonly kind: string;
  /** @default that of the kind */
  readonly apiVersion?: string;
  /** Absent for kinds without one, and for lists over all of them. */
  readonly namespace?: string;
  readonly name: string;
}

const texts = z.record(z.string(), z.string());
const conditionSchema = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.optional(z.string()),
  message: z.optional(z.string()),
});
const objectSchema = z.looseObject({
  kind: z.optional(z.string()),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.optional(z.string()),
    uid: z.string(),
    resourceVersion: z.string(),
    labels: z.optional(texts),
    annotations: z.optional(texts),
    deletionTimestamp: z.optional(z.string()),
    ownerReferences: z.optional(z.array(z.looseObject({ kind: z.string(), name: z.string(), uid: z.string() }))),
    finalizers: z.optional(z.array(z.string())),
  }),
  data: z.optional(texts),
  type: z.optional(z.string()),
  spec: z.optional(z.looseObject({})),
  status: z.optional(
    z.looseObject({
      conditions: z.optional(z.array(conditionSchema)),
      refreshTime: z.nullish(z.string()),
      syncedResourceVersion: z.optional(z.string()),
      binding: z.optional(z.looseObject({})),
      provisionedNamespaces: z.optional(z.array(z.string())),
      failedNamespaces: z.optional(z.array(z.looseObject({ namespace: z.string(), reason: z.optional(z.string()) }))),
    }),
  ),
});
const listSchema = z.looseObject({ items: z.array(objectSchema) });
const eventSchema = z.looseObject({
  reason: z.optional(z.string()),
  message: z.optional(z.string()),
  type: z.optional(z.string()),
  involvedObject: z.looseObject({ kind: z.optional(z.string()), name: z.optional(z.string()) }),
});

export type StoredObject = z.infer<typeof objectSchema>;
export type SeenEvent = z.infer<typeof eventSchema>;

/** Everybody who works in a cluster besides the service: plain HTTPS as the administrator, sharing no code with what is tested. */
export interface ClusterAdmin {
  readonly name: string;
  readonly local: LocalCluster;
  /** Server-side apply. */
  readonly apply: (...objects: readonly Manifest[]) => Promise<void>;
  readonly create: (object: Manifest) => Promise<void>;
  /** Undefined: not there. */
  readonly get: (ref: Ref) => Promise<StoredObject | undefined>;
  readonly list: (kind: string, namespace?: string) => Promise<readonly StoredObject[]>;
  /** Merge patch. */
  readonly patch: (ref: Ref, change: unknown) => Promise<void>;
  /** Gone already is success. */
  readonly remove: (ref: Ref) => Promise<void>;
  /** Text of one key of a Secret; undefined when either is missing. */
  readonly secretValue: (namespace: string, name: string, key: string) => Promise<string | undefined>;
  /** Events about one object. */
  readonly eventsOf: (ref: Ref) => Promise<readonly SeenEvent[]>;
  /** Any request. */
  readonly send: (method: Method, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>;
  readonly close: () => Promise<void>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const ES = 'external-secrets.io/v1';
const PUSHING = 'external-secrets.io/v1alpha1';
const RBAC = 'rbac.authorization.k8s.io/v1';
const API_VERSIONS: Readonly<Record<string, string>> = {
  ExternalSecret: ES,
  SecretStore: ES,
  ClusterSecretStore: ES,
  ClusterExternalSecret: ES,
  PushSecret: PUSHING,
  ClusterPushSecret: PUSHING,
  ClusterRole: RBAC,
  ClusterRoleBinding: RBAC,
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
};

export const pathOf = ({ kind, apiVersion = API_VERSIONS[kind] ?? 'v1', namespace, name }: Ref): string => {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${root}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${kind.toLowerCase()}s${name === '' ? '' : `/${name}`}`;
};

/** What no kind is served at is answered in plain text. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

export const createClusterAdmin = (local: LocalCluster, kubeconfigFile: string): ClusterAdmin => {
  const { name, server, certificateAuthority, adminToken } = local;
  const dispatcher = new Agent({ connect: { ca: certificateAuthority } });
  const send: ClusterAdmin['send'] = async (method, path, body) => {
    const answer = await request(server + path, {
      method,
      dispatcher,
      headers: {
        authorization: `Bearer ${adminToken}`,
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.statusCode, body: parseJson(await answer.body.text()) };
  };
  const must: typeof send = async (method, path, body) => {
    const answer = await send(method, path, body);
    if (answer.status >= 300 && answer.status !== 404) throw new Error(`${method} ${path}: ${answer.status}`);
    return answer;
  };
  const get: ClusterAdmin['get'] = async (ref) => {
    const { status, body } = await must('GET', pathOf(ref));
    return status === 404 ? undefined : objectSchema.parse(body);
  };
  return {
    name,
    local,
    send,
    get,
    apply: (...objects) => applyManifests(kubeconfigFile, name, objects),
    create: async (object) => {
      const { metadata } = object;
      const { namespace } = metadata;
      const { kind, apiVersion } = object;
      const path = pathOf({ kind, apiVersion, name: '', ...(namespace === undefined ? {} : { namespace }) });
      const { status } = await must('POST', path, object);
      if (status === 404) throw new Error(`creating ${kind} ${metadata.name}: 404`);
    },
    list: async (kind, namespace) => {
      const path = pathOf({ kind, name: '', ...(namespace === undefined ? {} : { namespace }) });
      return listSchema.parse((await must('GET', path)).body).items;
    },
    patch: async (ref, change) => {
      const { status } = await must('PATCH', pathOf(ref), change);
      if (status === 404) throw new Error(`${ref.kind} ${ref.name} to patch is not there`);
    },
    remove: async (ref) => void (await must('DELETE', pathOf(ref))),
    secretValue: async (namespace, secret, key) => {
      const text = (await get({ kind: 'Secret', namespace, name: secret }))?.data?.[key];
      return text === undefined ? undefined : Buffer.from(text, 'base64').toString();
    },
    eventsOf: async ({ kind, namespace = 'default', name: object }) => {
      const { body } = await must('GET', `/api/v1/namespaces/${namespace}/events`);
      const { items } = z.looseObject({ items: z.array(eventSchema) }).parse(body);
      return items.filter(({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === object);
    },
    close: () => dispatcher.destroy(),
  };
};
