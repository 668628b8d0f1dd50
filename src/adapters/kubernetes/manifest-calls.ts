import * as z from 'zod/mini';
import type { ClusterClient } from '../../app/ports/cluster-client.ts';
import type { JsonValue } from '../../domain/go-map-text.ts';
import type { JsonObject } from '../../domain/manifest-path.ts';
import { contentOf, type ManifestRef, type ManifestTarget, toContent } from '../../domain/manifest-target.ts';
import { ClusterRejectedError, WriteConflictError } from '../../domain/sync-error.ts';
import { ONE_METADATA } from './accept.ts';
import { deleteConditionally } from './delete-conditionally.ts';
import { Metadata, toManagedFields } from './metadata.ts';
import { toOwnerReferences } from './owner-reference.ts';
import { parseAnswer } from './parse-answer.ts';
import type { Requester } from './request.ts';
import type { Address, Resource } from './resource.ts';
import { parseWritten } from './written.ts';

type ManifestCalls = Pick<ClusterClient, 'readManifest' | 'createManifest' | 'replaceManifest' | 'deleteManifest'>;

/** Objects of any namespaced kind that the API server serves. */
export const createManifestCalls = (requester: Requester): ManifestCalls => {
  const resources = createDiscovery(requester);
  const addressOf = async (ref: ManifestRef, signal?: AbortSignal): Promise<Address> => ({
    resource: await resources(ref, signal),
    namespace: ref.namespace,
    name: ref.name,
  });
  return {
    readManifest: async (ref, signal) => {
      const body = await requester.send({ verb: 'get', address: await addressOf(ref, signal) }, signal);
      return body === undefined ? undefined : parseManifest(ref, body);
    },

    createManifest: async (object, fieldManager, signal) => {
      const { name: _, ...collection } = await addressOf(object.ref, signal);
      const body = toManifest({ ...object, uid: '', resourceVersion: '' });
      const request = {
        verb: 'create',
        address: collection,
        query: { fieldManager },
        accept: ONE_METADATA,
        body,
      } as const;
      return parseWritten(await requester.send(request, signal));
    },

    replaceManifest: async (object, fieldManager, signal) => {
      requireVersion(object);
      const address = await addressOf(object.ref, signal);
      const body = toManifest(object);
      const request = { verb: 'update', address, query: { fieldManager }, accept: ONE_METADATA, body } as const;
      return parseWritten(await requester.send(request, signal));
    },

    deleteManifest: async (ref, precondition, signal) => {
      requireVersion({ ref, ...precondition });
      await deleteConditionally(requester, { address: await addressOf(ref, signal), precondition }, signal);
    },
  };
};

const ResourceList = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});

/**
 * Which resource a kind is, asked for once.
 * https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
 */
const createDiscovery = (requester: Requester) => {
  const known = new Map<string, Resource>();
  return async ({ apiVersion, kind }: ManifestRef, signal?: AbortSignal): Promise<Resource> => {
    const id = `${apiVersion} ${kind}`;
    const resource = known.get(id) ?? (await discover(requester, { apiVersion, kind }, signal));
    known.set(id, resource);
    return resource;
  };
};

const discover = async (
  requester: Requester,
  { apiVersion, kind }: Pick<ManifestRef, 'apiVersion' | 'kind'>,
  signal: AbortSignal | undefined,
): Promise<Resource> => {
  const refuse = (why: string) => new ClusterRejectedError(`${kind} in ${apiVersion}: ${why}`);
  if (!/^(?:[a-z0-9.-]+\/)?[a-z0-9]+$/.test(apiVersion)) throw refuse('not an apiVersion');
  const resources = await resourcesOf(requester, apiVersion, signal);
  const found = resources.find((one) => one.kind === kind && !one.name.includes('/')); // the rest are subresources
  if (found === undefined) throw refuse('the cluster does not serve it');
  if (!found.namespaced) throw refuse('objects of this kind are in no namespace, and no targets');
  return { apiVersion, plural: found.name, namespaced: true };
};

/** A version that nobody serves has none. */
const resourcesOf = async (requester: Requester, apiVersion: string, signal: AbortSignal | undefined) => {
  const resource: Resource = { apiVersion, plural: '', namespaced: false };
  try {
    const body = await requester.send({ verb: 'get', address: { resource } }, signal);
    return parseAnswer(ResourceList, body, 'APIResourceList').resources;
  } catch (error) {
    if (error instanceof ClusterRejectedError) return [];
    throw error;
  }
};

const Manifest = z.looseObject({ metadata: Metadata });

/** @throws ClusterUnreachableError - not an object; what it is instead is not said */
const parseManifest = (ref: ManifestRef, body: unknown): ManifestTarget => {
  const { metadata, apiVersion: _, kind: __, status: ___, ...members } = parseAnswer(Manifest, body, ref.kind);
  return {
    ref,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    finalizers: metadata.finalizers ?? [],
    ownerReferences: toOwnerReferences(metadata.ownerReferences),
    managedFields: (metadata.managedFields ?? []).map(toManagedFields),
    content: toContent(asJson(members)),
  };
};

/** It came out of JSON. */
const asJson = (members: Readonly<Record<string, unknown>>): JsonObject =>
  Object.fromEntries(Object.entries(members).flatMap(([name, value]) => (isJson(value) ? [[name, value]] : [])));

const isJson = (value: unknown): value is JsonValue => value !== undefined;

const toManifest = (object: ManifestTarget): unknown => {
  const { ref, uid, resourceVersion, labels, annotations, finalizers, ownerReferences } = object;
  return {
    ...contentOf(object),
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    metadata: {
      namespace: ref.namespace,
      name: ref.name,
      ...(uid !== '' && { uid }),
      ...(resourceVersion !== '' && { resourceVersion }),
      labels,
      annotations,
      finalizers,
      ownerReferences,
    },
  };
};

const requireVersion = ({ ref, resourceVersion }: Pick<ManifestTarget, 'ref' | 'resourceVersion'>): void => {
  if (resourceVersion === '')
    throw new WriteConflictError(`${ref.kind} ${ref.namespace}/${ref.name}: no resourceVersion was read`);
};
