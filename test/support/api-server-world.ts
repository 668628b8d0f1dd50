import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import type { LocalCluster } from '../../local/cluster.ts';
import { createBreaker } from '../../src/adapters/kubernetes/breaker.ts';
import { createClusterClient } from '../../src/adapters/kubernetes/cluster-client.ts';
import { createRequester, type Requester } from '../../src/adapters/kubernetes/request.ts';
import type { ObjectRef } from '../../src/domain/object-ref.ts';
import type { ClusterWorld, ObjectSeed, SecretSeed, SeenEvent } from '../contract/cluster-client.ts';
import {
  type ApiServerAdmin,
  apiVersionOf,
  collectionOf,
  createApiServerAdmin,
  type Json,
} from './api-server-admin.ts';
import { silence, startStubApiServer } from './stub-api-server.ts';

/** Token of a user without any right: start the cluster with it. */
export const STRANGER = { token: 'stranger-of-the-contract', name: 'stranger', groups: [] } as const;

const CRDS = path.join(import.meta.dirname, '../../infra/crds');

/** The adapter on a running API server, with the project's own CustomResourceDefinitions. */
export const createApiServerWorld = async (
  cluster: LocalCluster,
  expiredPosition: (admin: ApiServerAdmin) => Promise<string>,
): Promise<ClusterWorld> => {
  const admin = createApiServerAdmin(cluster);
  await installDefinitions(admin);
  const stub = await startStubApiServer();
  stub.answer(silence);
  const requesters: Requester[] = [];
  const connect = (token: string, server = cluster.server, deadlineMilliseconds = 5_000) => {
    const { certificateAuthority } = cluster;
    const requester = createRequester({
      api: { server, certificateAuthority },
      proofs: { get: async () => ({ token }), renew: async () => undefined },
      breaker: createBreaker({ now: Date.now }),
      deadlineMilliseconds,
    });
    requesters.push(requester);
    return createClusterClient({ requester, clock: { now: Date.now } });
  };
  return {
    client: connect(cluster.adminToken),
    stranger: connect(STRANGER.token),
    hanging: connect('any', stub.url, 200),
    makeNamespace: async (name) => {
      await admin.send('POST', '/api/v1/namespaces', { metadata: { name } });
    },
    putObject: (ref, seed) => putObject(admin, ref, seed),
    putSecret: (ref, seed) => putSecret(admin, { kind: 'Secret', ...ref }, seed),
    putGenerator: async ({ kind, namespace, name }, spec) => {
      const metadata = { name, ...(namespace !== '' && { namespace }) };
      await admin.send('POST', generatorsOf(kind, namespace), { apiVersion: GENERATORS, kind, metadata, spec });
    },
    putConfigMap: async ({ namespace, name }, data) => {
      await admin.send('POST', `/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name }, data });
    },
    deleteObject: async (ref) => {
      await admin.send('DELETE', `${collectionOf(ref)}/${ref.name}`);
    },
    putServiceAccount: async ({ namespace, name }, annotations) => {
      await admin.send('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name, annotations } });
    },
    events: () => eventsOf(admin),
    expiredPosition: () => expiredPosition(admin),
    stop: async () => {
      await Promise.all([...requesters.map((requester) => requester.close()), admin.close(), stub.stop()]);
    },
  };
};

const GENERATORS = 'generators.external-secrets.io/v1alpha1';

const generatorsOf = (kind: string, namespace: string): string =>
  `/apis/${GENERATORS}/${namespace === '' ? '' : `namespaces/${namespace}/`}${kind.toLowerCase()}s`;

const Definition = z.looseObject({ metadata: z.looseObject({ name: z.string() }) });
const Established = z.looseObject({
  status: z.looseObject({ conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })) }),
});

const installDefinitions = async (admin: ApiServerAdmin): Promise<void> => {
  const root = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const files = (await readdir(CRDS)).filter((file) => file.endsWith('.yaml'));
  for (const file of files) {
    const definition = Definition.parse(parse(await readFile(path.join(CRDS, file), 'utf8')));
    const { name } = definition.metadata;
    if ((await admin.send('GET', `${root}/${name}`)) === undefined) await admin.send('POST', root, definition);
    for (let tries = 0; !isEstablished(await admin.send('GET', `${root}/${name}`)); tries++) {
      if (tries > 200) throw new Error(`${name} is not established`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
};

const isEstablished = (definition: Json | undefined): boolean =>
  Established.safeParse(definition).data?.status.conditions.some(
    ({ type, status }) => type === 'Established' && status === 'True',
  ) === true;

const Stored = z.looseObject({ metadata: z.looseObject({}) });

const putObject = async (admin: ApiServerAdmin, ref: ObjectRef, { spec, ...metadata }: ObjectSeed): Promise<void> => {
  const item = `${collectionOf(ref)}/${ref.name}`;
  const current = await admin.send('GET', item);
  const { kind, namespace, name } = ref;
  const fresh = { apiVersion: apiVersionOf(ref), kind, metadata: { name, ...(namespace !== '' && { namespace }) } };
  const base = Stored.parse(current ?? fresh);
  const next = { ...base, metadata: { ...base.metadata, ...metadata }, ...(spec && { spec }) };
  await admin.send(current === undefined ? 'POST' : 'PUT', current === undefined ? collectionOf(ref) : item, next);
};

const putSecret = async (admin: ApiServerAdmin, ref: ObjectRef, seed: SecretSeed): Promise<void> => {
  const { data, immutable, ...metadata } = seed;
  const item = `${collectionOf(ref)}/${ref.name}`;
  const current = await admin.send('GET', item);
  const base = Stored.parse(current ?? { apiVersion: 'v1', kind: 'Secret', metadata: { name: ref.name } });
  const next = {
    ...base,
    metadata: { ...base.metadata, ...metadata },
    ...(data !== undefined && { data: toBase64(data) }),
    ...(immutable !== undefined && { immutable }),
  };
  const target = current === undefined ? collectionOf(ref) : item;
  await admin.send(current === undefined ? 'POST' : 'PUT', `${target}?fieldManager=somebody`, next);
};

const toBase64 = (data: Readonly<Record<string, string>>): Json =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));

const Events = z.looseObject({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ namespace: z.string() }),
      involvedObject: z.looseObject({ name: z.string() }),
      type: z.string(),
      reason: z.string(),
      message: z.string(),
    }),
  ),
});

const eventsOf = async (admin: ApiServerAdmin): Promise<readonly SeenEvent[]> => {
  const { items } = Events.parse(await admin.send('GET', '/api/v1/events'));
  return items.map(({ metadata, involvedObject, type, reason, message }) => ({
    namespace: metadata.namespace,
    about: involvedObject.name,
    type,
    reason,
    message,
  }));
};
