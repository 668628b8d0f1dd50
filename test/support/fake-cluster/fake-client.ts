import type { AccessQuestion, ClusterClient } from '../../../src/app/ports/cluster-client.ts';
import type { GeneratorObjectRef } from '../../../src/domain/generator-ref.ts';
import type { ManifestRef } from '../../../src/domain/manifest-target.ts';
import type { ObjectRef } from '../../../src/domain/object-ref.ts';
import type { SecretValue } from '../../../src/domain/secret-value.ts';
import { GENERATOR_RESOURCES, RESOURCES } from './convert.ts';
import type { RecordedEvent } from './event.ts';
import type { FakeManifests } from './fake-manifests.ts';
import { createFakeObjects, type FakeWatch, watchStore } from './fake-objects.ts';
import { createFakeSecrets } from './fake-secrets.ts';
import type { FakeServiceAccounts } from './fake-service-accounts.ts';
import type { Method } from './faults.ts';
import type { ObjectStore } from './object-store.ts';

export const ACCESS_REVIEWS = 'selfsubjectaccessreviews';

/** A request as the API server's rules look at it. */
export interface CallRequest {
  readonly verb: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** What stands behind the client: the objects, and the way every request takes. */
export interface FakeServer {
  readonly store: ObjectStore;
  /** Specs of generators, by {@link generatorKey}. */
  readonly generators: ReadonlyMap<string, unknown>;
  readonly serviceAccounts: FakeServiceAccounts;
  /** By `namespace/name`. */
  readonly configMaps: ReadonlyMap<string, ReadonlyMap<string, SecretValue>>;
  /** Targets of other kinds. */
  readonly manifests: FakeManifests;
  readonly call: <T>(method: Method, request: CallRequest, effect: () => Promise<T>) => Promise<T>;
  readonly isForbidden: (question: AccessQuestion) => boolean;
  readonly record: (event: RecordedEvent) => void;
  /** Aborts when the server ends the watches that are open now. */
  readonly endOfWatches: () => AbortSignal;
  readonly watching: (more: 1 | -1) => void;
}

export const createFakeClient = (server: FakeServer): ClusterClient => {
  const { store, call } = server;
  const secrets = createFakeSecrets(store);
  const objects = createFakeObjects(store);
  const onSecret = (verb: string, namespace: string, signal?: AbortSignal) => ({
    verb,
    resource: 'secrets',
    namespace,
    signal,
  });
  return {
    readSecret: (ref, signal) =>
      call('readSecret', onSecret('get', ref.namespace, signal), () => secrets.readSecret(ref)),
    createSecret: (secret, manager, signal) =>
      call('createSecret', onSecret('create', secret.namespace, signal), () => secrets.createSecret(secret, manager)),
    replaceSecret: (secret, manager, signal) =>
      call('replaceSecret', onSecret('update', secret.namespace, signal), () => secrets.replaceSecret(secret, manager)),
    deleteSecret: (ref, precondition, signal) =>
      call('deleteSecret', onSecret('delete', ref.namespace, signal), () => secrets.deleteSecret(ref, precondition)),
    findSecrets: (namespace, selector, signal) =>
      call('findSecrets', onSecret('list', namespace, signal), () => secrets.findSecrets(namespace, selector)),
    readConfigMap: ({ namespace, name }, signal) =>
      call('readConfigMap', { verb: 'get', resource: 'configmaps', namespace, signal }, async () =>
        server.configMaps.get(`${namespace}/${name}`),
      ),
    readManifest: (ref, signal) =>
      call('readManifest', onManifest('get', ref, signal), () => server.manifests.readManifest(ref)),
    createManifest: (object, manager, signal) =>
      call('createManifest', onManifest('create', object.ref, signal), () =>
        server.manifests.createManifest(object, manager),
      ),
    replaceManifest: (object, manager, signal) =>
      call('replaceManifest', onManifest('update', object.ref, signal), () =>
        server.manifests.replaceManifest(object, manager),
      ),
    deleteManifest: (ref, precondition, signal) =>
      call('deleteManifest', onManifest('delete', ref, signal), () =>
        server.manifests.deleteManifest(ref, precondition),
      ),
    readObject: (ref, signal) => call('readObject', onObject('get', ref, signal), () => objects.readObject(ref)),
    readGenerator: (ref, signal) => {
      const request = { verb: 'get', resource: GENERATOR_RESOURCES[ref.kind], namespace: ref.namespace, signal };
      return call('readGenerator', request, async () => {
        const key = generatorKey(ref);
        return server.generators.has(key) ? { spec: structuredClone(server.generators.get(key)) } : undefined;
      });
    },
    createObject: (object, manager, signal) =>
      call('createObject', onObject('create', object.ref, signal), () => objects.createObject(object, manager)),
    replaceObject: (object, manager, signal) =>
      call('replaceObject', onObject('update', object.ref, signal), () => objects.replaceObject(object, manager)),
    deleteObject: (ref, precondition, signal) =>
      call('deleteObject', onObject('delete', ref, signal), () => objects.deleteObject(ref, precondition)),
    replaceStatus: (ref, status, signal) => {
      const request = onObject('update', ref, signal);
      const onStatus = { ...request, resource: `${request.resource}/status` };
      return call('replaceStatus', onStatus, () => objects.replaceStatus(ref, status));
    },
    setFinalizers: (ref, finalizers, signal) =>
      call('setFinalizers', onObject('patch', ref, signal), () => objects.setFinalizers(ref, finalizers)),
    recordEvent: (subject, event, signal) => {
      const namespace = subject.namespace === '' ? 'default' : subject.namespace;
      return call('recordEvent', { verb: 'create', resource: 'events', namespace, signal }, async () => {
        server.record({ ...event, message: cutMessage(event.message), subject, namespace });
      });
    },
    listObjects: (kind, page, signal) => {
      const request = { verb: 'list', resource: RESOURCES[kind], namespace: page.namespace, signal };
      return call('listObjects', request, () => objects.listObjects(kind, page));
    },
    watchObjects: (kind, watch, signal) => openWatch(server, { kind, options: watch, signal }),
    readServiceAccount: (ref, signal) => {
      const request = { verb: 'get', resource: 'serviceaccounts', namespace: ref.namespace, signal };
      return call('readServiceAccount', request, () => server.serviceAccounts.readServiceAccount(ref));
    },
    requestToken: (ref, audiences, signal) => {
      const request = { verb: 'create', resource: 'serviceaccounts/token', namespace: ref.namespace, signal };
      return call('requestToken', request, () => server.serviceAccounts.requestToken(ref, audiences));
    },
    kubeSystemUid: (signal) => {
      const ref = { kind: 'Namespace' as const, namespace: '', name: 'kube-system' };
      return call('kubeSystemUid', onObject('get', ref, signal), async () => store.get(ref)?.uid ?? '');
    },
    mayI: (question, signal) => {
      const request = { verb: 'create', resource: ACCESS_REVIEWS, namespace: undefined, signal };
      return call('mayI', request, async () => !server.isForbidden(question));
    },
  };
};

export const generatorKey = ({ kind, namespace, name }: GeneratorObjectRef): string => `${kind}/${namespace}/${name}`;

async function* openWatch(server: FakeServer, { kind, options, signal }: FakeWatch): ReturnType<typeof watchStore> {
  if (signal.aborted) return;
  const ended = AbortSignal.any([signal, server.endOfWatches()]);
  const request = { verb: 'watch', resource: RESOURCES[kind], namespace: options.namespace, signal: ended };
  try {
    await server.call('watchObjects', request, async () => undefined);
  } catch (error) {
    if (ended.aborted) return;
    throw error;
  }
  server.watching(1);
  try {
    yield* watchStore(server.store, { kind, options, signal: ended });
  } finally {
    server.watching(-1);
  }
}

const onManifest = (verb: string, { kind, namespace }: ManifestRef, signal: AbortSignal | undefined): CallRequest => ({
  verb,
  resource: `${kind.toLowerCase()}s`,
  namespace,
  signal,
});

const onObject = (verb: string, { kind, namespace }: ObjectRef, signal: AbortSignal | undefined): CallRequest => ({
  verb,
  resource: RESOURCES[kind],
  namespace,
  signal,
});

/** As long as the API takes; the rest is lost. */
const cutMessage = (text: string): string => {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(1_024));
  return text.slice(0, read);
};
