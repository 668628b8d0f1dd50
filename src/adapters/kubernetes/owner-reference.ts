import type * as z from 'zod/mini';
import type { OwnerReference } from '../../domain/target-secret.ts';
import type { Metadata } from './metadata.ts';

type RawOwnerReferences = z.infer<typeof Metadata>['ownerReferences'];

/** Absent and null are the same to Kubernetes. */
export const toOwnerReferences = (raw: RawOwnerReferences): readonly OwnerReference[] =>
  (raw ?? []).map(({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }) => ({
    apiVersion,
    kind,
    name,
    uid,
    ...(controller != null && { controller }),
    ...(blockOwnerDeletion != null && { blockOwnerDeletion }),
  }));
