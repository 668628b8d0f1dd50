import * as z from 'zod/mini';
import type { ClusterClient } from '../../app/ports/cluster-client.ts';
import type { MadeObject } from '../../domain/made-object.ts';
import type { ObjectRef } from '../../domain/object-ref.ts';
import { WriteConflictError } from '../../domain/sync-error.ts';
import { ONE_METADATA } from './accept.ts';
import { deleteConditionally } from './delete-conditionally.ts';
import { listPage } from './list.ts';
import { parseManagedFields, parseMirroredObject } from './mirrored-object.ts';
import { parseAnswer } from './parse-answer.ts';
import type { Requester } from './request.ts';
import { type Address, GENERATOR_RESOURCES, RESOURCES } from './resource.ts';
import { readWatch } from './watch.ts';
import { parseWritten } from './written.ts';

type ObjectCalls = Pick<
  ClusterClient,
  | 'readObject'
  | 'readGenerator'
  | 'createObject'
  | 'replaceObject'
  | 'deleteObject'
  | 'replaceStatus'
  | 'setFinalizers'
  | 'listObjects'
  | 'watchObjects'
>;

/** Longer than an invocation holds a watch; ends what a lost invocation left behind. */
const WATCH_TIMEOUT_SECONDS = 840;

const GeneratorBody = z.object({ spec: z.optional(z.unknown()) });

/** Objects of any watched kind; of Secrets only their metadata is asked for. */
export const createObjectCalls = (requester: Requester, silenceMilliseconds: number): ObjectCalls => ({
  readObject: async (ref, signal) => {
    const accept = ref.kind === 'Secret' ? { accept: ONE_METADATA } : {};
    const body = await requester.send({ verb: 'get', address: addressOf(ref), ...accept }, signal);
    return body === undefined
      ? undefined
      : { ...parseMirroredObject(ref.kind, body), ...parseManagedFields(ref.kind, body) };
  },

  readGenerator: async ({ kind, namespace, name }, signal) => {
    const address = { resource: GENERATOR_RESOURCES[kind], namespace, name };
    const body = await requester.send({ verb: 'get', address }, signal);
    return body === undefined ? undefined : { spec: parseAnswer(GeneratorBody, body, kind).spec };
  },

  createObject: async (object, fieldManager, signal) => {
    const { kind, namespace } = object.ref;
    const address = { resource: RESOURCES[kind], namespace };
    const body = toManifest({ ...object, uid: '', resourceVersion: '' });
    const query = { fieldManager };
    return parseWritten(await requester.send({ verb: 'create', address, query, accept: ONE_METADATA, body }, signal));
  },

  replaceObject: async (object, fieldManager, signal) => {
    requireVersion({ ...object.ref, resourceVersion: object.resourceVersion });
    const address = addressOf(object.ref);
    const [query, body] = [{ fieldManager }, toManifest(object)];
    return parseWritten(await requester.send({ verb: 'update', address, query, accept: ONE_METADATA, body }, signal));
  },

  deleteObject: async (ref, { uid, resourceVersion }, signal) => {
    requireVersion({ ...ref, resourceVersion });
    await deleteConditionally(requester, { address: addressOf(ref), precondition: { uid, resourceVersion } }, signal);
  },

  replaceStatus: async (ref, status, signal) => {
    requireVersion(ref);
    const { kind, namespace, name, resourceVersion } = ref;
    const body = await requester.send(
      {
        verb: 'update',
        address: { ...addressOf(ref), subresource: 'status' },
        accept: ONE_METADATA,
        body: {
          apiVersion: RESOURCES[kind].apiVersion,
          kind,
          metadata: { ...(namespace !== '' && { namespace }), name, resourceVersion },
          status,
        },
      },
      signal,
    );
    return parseWritten(body);
  },

  setFinalizers: async (ref, finalizers, signal) => {
    requireVersion(ref);
    const body = { metadata: { resourceVersion: ref.resourceVersion, finalizers } };
    const address = addressOf(ref);
    return parseWritten(await requester.send({ verb: 'patch', address, accept: ONE_METADATA, body }, signal));
  },

  listObjects: (kind, page, signal) => listPage(requester, { kind, ...page }, signal),

  watchObjects: (kind, { namespace, resourceVersion }, signal) =>
    readWatch({
      kind,
      signal,
      silenceMilliseconds,
      open: (ended) =>
        requester.stream(
          {
            verb: 'watch',
            address: { resource: RESOURCES[kind], namespace },
            query: {
              watch: 'true',
              allowWatchBookmarks: 'true',
              resourceVersion,
              timeoutSeconds: WATCH_TIMEOUT_SECONDS,
            },
            ...(kind === 'Secret' && { accept: ONE_METADATA }),
          },
          ended,
        ),
    }),
});

const toManifest = ({ ref, uid, resourceVersion, spec, ...metadata }: MadeObject): unknown => ({
  apiVersion: RESOURCES[ref.kind].apiVersion,
  kind: ref.kind,
  metadata: {
    ...(ref.namespace !== '' && { namespace: ref.namespace }),
    name: ref.name,
    ...(uid !== '' && { uid }),
    ...(resourceVersion !== '' && { resourceVersion }),
    ...metadata,
  },
  spec,
});

const addressOf = ({ kind, namespace, name }: ObjectRef): Address => ({ resource: RESOURCES[kind], namespace, name });

const requireVersion = ({
  kind,
  namespace,
  name,
  resourceVersion,
}: ObjectRef & { readonly resourceVersion: string }) => {
  if (resourceVersion === '') throw new WriteConflictError(`${kind} ${namespace}/${name}: no resourceVersion was read`);
};
