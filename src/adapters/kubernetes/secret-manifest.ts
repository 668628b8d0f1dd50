import * as z from 'zod/mini';
import { SecretValue } from '../../domain/secret-value.ts';
import type { TargetSecret } from '../../domain/target-secret.ts';
import { Metadata, toManagedFields } from './metadata.ts';
import { toOwnerReferences } from './owner-reference.ts';
import { parseAnswer } from './parse-answer.ts';

const Secret = z.object({
  metadata: Metadata,
  type: z.optional(z.string()),
  immutable: z.optional(z.nullable(z.boolean())),
  data: z.optional(z.nullable(z.record(z.string(), z.nullable(z.string())))),
});

/** @throws ClusterUnreachableError - not a Secret; what it is instead is not said */
export const parseSecret = (body: unknown): TargetSecret => {
  const { metadata, type = '', immutable, data } = parseAnswer(Secret, body, 'Secret');
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    type,
    immutable: immutable === true,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    finalizers: metadata.finalizers ?? [],
    ownerReferences: toOwnerReferences(metadata.ownerReferences),
    ...(metadata.deletionTimestamp != null && { deletionTimestamp: metadata.deletionTimestamp }),
    managedFields: (metadata.managedFields ?? []).map(toManagedFields),
    data: new Map(Object.entries(data ?? {}).map(([key, base64]) => [key, fromBase64(base64 ?? '')])),
  };
};

const fromBase64 = (text: string): SecretValue => SecretValue.fromBytes(Buffer.from(text, 'base64'));

/**
 * The body to create or replace `secret` with. What the API server keeps by itself (managedFields, timestamps) is left
 * out; uid and resourceVersion are preconditions of a replacement.
 */
export const toSecretManifest = (secret: TargetSecret): unknown => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    namespace: secret.namespace,
    name: secret.name,
    ...(secret.uid !== '' && { uid: secret.uid }),
    ...(secret.resourceVersion !== '' && { resourceVersion: secret.resourceVersion }),
    labels: secret.labels,
    annotations: secret.annotations,
    finalizers: secret.finalizers,
    ownerReferences: secret.ownerReferences,
  },
  ...(secret.type !== '' && { type: secret.type }),
  ...(secret.immutable && { immutable: true }),
  data: Object.fromEntries(
    [...secret.data].map(([key, value]) => [key, Buffer.from(value.reveal()).toString('base64')]),
  ),
});
