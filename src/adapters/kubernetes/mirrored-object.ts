import * as z from 'zod/mini';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import type { WatchedKind } from '../../domain/object-ref.ts';
import { Metadata, toManagedFields } from './metadata.ts';
import { toOwnerReferences } from './owner-reference.ts';
import { parseAnswer } from './parse-answer.ts';

const AnyObject = z.object({
  metadata: z.omit(Metadata, { managedFields: true }),
  spec: z.optional(z.unknown()),
  status: z.optional(z.unknown()),
});

/** Our own; `kubectl.kubernetes.io/last-applied-configuration` of a Secret holds its values. */
const OWN_ANNOTATIONS = 'reconcile.external-secrets.io/';

/**
 * @param kind - of a list's items the API server does not say it
 * @throws ClusterUnreachableError - not an object
 */
export const parseMirroredObject = (kind: WatchedKind, body: unknown): MirroredObject => {
  const { metadata, spec, status } = parseAnswer(AnyObject, body, kind);
  const isSecret = kind === 'Secret';
  const ownerReferences = toOwnerReferences(metadata.ownerReferences);
  return {
    ref: { kind, namespace: metadata.namespace ?? '', name: metadata.name },
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation ?? 0,
    labels: metadata.labels ?? {},
    annotations: isSecret ? ownOnly(metadata.annotations ?? {}) : (metadata.annotations ?? {}),
    finalizers: metadata.finalizers ?? [],
    ...(ownerReferences.length > 0 && { ownerReferences }),
    ...(metadata.deletionTimestamp != null && { deletionTimestamp: metadata.deletionTimestamp }),
    ...(!isSecret && spec !== undefined && { spec }),
    ...(!isSecret && status !== undefined && { status }),
  };
};

const WithManagers = z.object({ metadata: z.pick(Metadata, { managedFields: true }) });

/** Who wrote an ExternalSecret, as far as the API server keeps record; nobody asks that of other kinds. */
export const parseManagedFields = (kind: WatchedKind, body: unknown): Pick<MirroredObject, 'managedFields'> => {
  if (kind !== 'ExternalSecret') return {};
  const { managedFields } = parseAnswer(WithManagers, body, kind).metadata;
  return managedFields == null ? {} : { managedFields: managedFields.map(toManagedFields) };
};

const ownOnly = (annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(annotations).filter(([name]) => name.startsWith(OWN_ANNOTATIONS)));
