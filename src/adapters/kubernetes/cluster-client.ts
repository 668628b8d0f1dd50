import { randomBytes } from 'node:crypto';
import * as z from 'zod/mini';
import type { AccessQuestion, ClusterClient } from '../../app/ports/cluster-client.ts';
import type { Clock } from '../../app/ports/runtime.ts';
import { ClusterUnreachableError } from '../../domain/sync-error.ts';
import { ONE_METADATA } from './accept.ts';
import { eventNamespace, toEventManifest } from './cluster-event.ts';
import { createConfigMapCalls } from './config-map-calls.ts';
import { createManifestCalls } from './manifest-calls.ts';
import { createObjectCalls } from './object-calls.ts';
import { parseAnswer } from './parse-answer.ts';
import type { Requester } from './request.ts';
import { ACCESS_REVIEWS, EVENTS, RESOURCES } from './resource.ts';
import { createSecretCalls } from './secret-calls.ts';
import { createServiceAccountCalls } from './service-account-calls.ts';
import { parseWritten } from './written.ts';

export interface ClusterClientOptions {
  readonly requester: Requester;
  readonly clock: Pick<Clock, 'now'>;
  /** A watch that brings nothing, not even a bookmark, for so long is taken for dead. @default 150000 */
  readonly silenceMilliseconds?: number;
}

/** The port over one API server's HTTP API. */
export const createClusterClient = ({
  requester,
  clock,
  silenceMilliseconds = 150_000,
}: ClusterClientOptions): ClusterClient => ({
  ...createSecretCalls(requester),
  ...createConfigMapCalls(requester),
  ...createManifestCalls(requester),
  ...createObjectCalls(requester, silenceMilliseconds),
  ...createServiceAccountCalls(requester),

  recordEvent: async (subject, event, signal) => {
    const occasion = { now: clock.now(), id: randomBytes(8).toString('hex') };
    const address = { resource: EVENTS, namespace: eventNamespace(subject) };
    const body = toEventManifest(subject, event, occasion);
    await requester.send({ verb: 'create', address, accept: ONE_METADATA, body }, signal);
  },

  kubeSystemUid: async (signal) => {
    const address = { resource: RESOURCES.Namespace, name: 'kube-system' };
    const body = await requester.send({ verb: 'get', address, accept: ONE_METADATA }, signal);
    if (body === undefined) throw new ClusterUnreachableError('the cluster has no namespace kube-system yet');
    return parseWritten(body).uid;
  },

  mayI: async (question, signal) => {
    const body = await requester.send(
      { verb: 'create', address: { resource: ACCESS_REVIEWS }, body: toAccessReview(question) },
      signal,
    );
    return parseAnswer(AccessReview, body, 'SelfSubjectAccessReview').status.allowed;
  },
});

const AccessReview = z.object({ status: z.object({ allowed: z.boolean() }) });

const toAccessReview = (question: AccessQuestion): unknown => ({
  apiVersion: ACCESS_REVIEWS.apiVersion,
  kind: 'SelfSubjectAccessReview',
  spec: { resourceAttributes: question },
});
