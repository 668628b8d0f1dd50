import * as z from 'zod/mini';
import { parseGoDuration } from './go-duration.ts';
import { type LabelSelector, selectorProblem } from './label-selector.ts';
import type { MirroredObject } from './mirrored-object.ts';
import { labelSelectorSchema } from './parse-label-selector.ts';
import { CLUSTER_EXTERNAL_SECRET, CLUSTER_PUSH_SECRET, type Provisioner } from './provisioner.ts';
import { describeIssues } from './spec-issues.ts';
import { InvalidSpecError } from './sync-error.ts';

/** Set on a ClusterExternalSecret it is handed on to its ExternalSecrets, whose content is then synced anew. */
export const FORCE_SYNC_ANNOTATION = 'external-secrets.io/force-sync';

const texts = z._default(z.record(z.string(), z.string()), {});
const childSpec = z.record(z.string(), z.unknown());
const childName = z._default(z.string(), '');
const childMetadata = z._default(z.object({ labels: texts, annotations: texts }), { labels: {}, annotations: {} });
const selecting = {
  namespaceSelectors: z._default(z.array(labelSelectorSchema), []),
  refreshTime: z._default(z.string(), '1h'),
};

const clusterExternalSecretSchema = z.object({
  ...selecting,
  externalSecretSpec: childSpec,
  externalSecretName: childName,
  externalSecretMetadata: childMetadata,
  namespaceSelector: z.optional(labelSelectorSchema),
  namespaces: z._default(z.array(z.string()), []),
});

const clusterPushSecretSchema = z.object({
  ...selecting,
  pushSecretSpec: childSpec,
  pushSecretName: childName,
  pushSecretMetadata: childMetadata,
});

/**
 * Reads a ClusterExternalSecret or ClusterPushSecret out of what the API server holds. The spec of its children is not
 * judged: each of them reports on itself.
 * @throws InvalidSpecError - names the field; or a selector that Kubernetes would refuse
 */
export const parseProvisioner = (object: MirroredObject): Provisioner =>
  object.ref.kind === 'ClusterPushSecret' ? parseClusterPushSecret(object) : parseClusterExternalSecret(object);

const parseClusterExternalSecret = (object: MirroredObject): Provisioner => {
  const spec = parseSpec(clusterExternalSecretSchema, object);
  const { namespaceSelector, externalSecretMetadata: metadata } = spec;
  return {
    ...toCommon(object, {
      name: spec.externalSecretName,
      selectors: [...(namespaceSelector === undefined ? [] : [namespaceSelector]), ...spec.namespaceSelectors],
      refreshTime: spec.refreshTime,
    }),
    type: CLUSTER_EXTERNAL_SECRET,
    labels: metadata.labels,
    annotations: withForceSync(metadata.annotations, object.annotations[FORCE_SYNC_ANNOTATION]),
    childSpec: spec.externalSecretSpec,
    namespaces: spec.namespaces,
  };
};

const parseClusterPushSecret = (object: MirroredObject): Provisioner => {
  const spec = parseSpec(clusterPushSecretSchema, object);
  const { pushSecretName: name, namespaceSelectors: selectors, refreshTime } = spec;
  return {
    ...toCommon(object, { name, selectors, refreshTime }),
    type: CLUSTER_PUSH_SECRET,
    ...spec.pushSecretMetadata,
    childSpec: spec.pushSecretSpec,
    namespaces: [],
  };
};

const parseSpec = <T>(schema: z.ZodMiniType<T>, { spec }: MirroredObject): T => {
  const parsed = z.safeParse(z.object({ spec: schema }), { spec });
  if (!parsed.success) throw new InvalidSpecError(describeIssues(parsed.error.issues));
  return parsed.data.spec;
};

interface Common {
  readonly name: string;
  readonly selectors: readonly LabelSelector[];
  readonly refreshTime: string;
}

const toCommon = ({ ref, uid }: MirroredObject, { name, selectors, refreshTime }: Common) => {
  for (const selector of selectors) refuseBadSelector(selector);
  return {
    name: ref.name,
    uid,
    childName: name === '' ? ref.name : name,
    selectors,
    refreshMilliseconds: parseRefreshTime(refreshTime),
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
