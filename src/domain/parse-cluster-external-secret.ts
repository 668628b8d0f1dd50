import * as z from 'zod/mini';
import type { ClusterExternalSecret } from './cluster-external-secret.ts';
import { parseGoDuration } from './go-duration.ts';
import { type LabelSelector, selectorProblem } from './label-selector.ts';
import type { MirroredObject } from './mirrored-object.ts';
import { describeIssues } from './spec-issues.ts';
import { InvalidSpecError } from './sync-error.ts';

/** Set on a ClusterExternalSecret it is handed on to its ExternalSecrets, whose content is then synced anew. */
export const FORCE_SYNC_ANNOTATION = 'external-secrets.io/force-sync';

const texts = z._default(z.record(z.string(), z.string()), {});
const selectorSchema = z.object({
  matchLabels: z.optional(z.record(z.string(), z.string())),
  matchExpressions: z.optional(
    z.array(z.object({ key: z.string(), operator: z.string(), values: z.optional(z.array(z.string())) })),
  ),
});

const specSchema = z.object({
  externalSecretSpec: z.record(z.string(), z.unknown()),
  externalSecretName: z._default(z.string(), ''),
  externalSecretMetadata: z._default(z.object({ labels: texts, annotations: texts }), { labels: {}, annotations: {} }),
  namespaceSelector: z.optional(selectorSchema),
  namespaceSelectors: z._default(z.array(selectorSchema), []),
  namespaces: z._default(z.array(z.string()), []),
  refreshTime: z._default(z.string(), '1h'),
});

/**
 * Reads a ClusterExternalSecret out of what the API server holds. The spec of its ExternalSecrets is not judged: each of
 * them reports on itself.
 * @throws InvalidSpecError - names the field; or a selector that Kubernetes would refuse
 */
export const parseClusterExternalSecret = (object: MirroredObject): ClusterExternalSecret => {
  const parsed = z.safeParse(z.object({ spec: specSchema }), { spec: object.spec });
  if (!parsed.success) throw new InvalidSpecError(describeIssues(parsed.error.issues));
  const { spec } = parsed.data;
  const selectors = [
    ...(spec.namespaceSelector === undefined ? [] : [spec.namespaceSelector]),
    ...spec.namespaceSelectors,
  ];
  for (const selector of selectors) refuseBadSelector(selector);
  const { name } = object.ref;
  return {
    name,
    uid: object.uid,
    externalSecretName: spec.externalSecretName === '' ? name : spec.externalSecretName,
    labels: spec.externalSecretMetadata.labels,
    annotations: withForceSync(spec.externalSecretMetadata.annotations, object.annotations[FORCE_SYNC_ANNOTATION]),
    externalSecretSpec: spec.externalSecretSpec,
    selectors,
    namespaces: spec.namespaces,
    refreshMilliseconds: parseRefreshTime(spec.refreshTime),
  };
};

/** The ClusterExternalSecret's own annotation decides, also where `externalSecretMetadata` names it. */
const withForceSync = (
  { [FORCE_SYNC_ANNOTATION]: _, ...annotations }: Readonly<Record<string, string>>,
  forced: string | undefined,
): Readonly<Record<string, string>> =>
  forced === undefined ? annotations : { ...annotations, [FORCE_SYNC_ANNOTATION]: forced };

const refuseBadSelector = (selector: LabelSelector): void => {
  const problem = selectorProblem(selector);
  if (problem !== undefined) throw new InvalidSpecError(`failed to convert label selector: ${problem}`);
};

const parseRefreshTime = (text: string): number => {
  try {
    return parseGoDuration(text);
  } catch (error) {
    throw new InvalidSpecError(`spec.refreshTime: ${error instanceof Error ? error.message : 'invalid duration'}`);
  }
};
