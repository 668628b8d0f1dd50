import * as z from 'zod/mini';
import type { ClusterInspector } from '../../app/ports/doctor.ts';
import { type DefinitionFacts, OPERATOR_COMPONENTS, type OperatorFacts } from '../../domain/doctor/remains.ts';
import { ClusterRejectedError } from '../../domain/sync-error.ts';
import { parseAnswer } from './parse-answer.ts';
import type { Requester } from './request.ts';
import type { Resource } from './resource.ts';

const SELF_REVIEWS: Resource = {
  apiVersion: 'authentication.k8s.io/v1',
  plural: 'selfsubjectreviews',
  namespaced: false,
};
const REVIEWS: Resource = { apiVersion: 'authorization.k8s.io/v1', plural: 'subjectaccessreviews', namespaced: false };
const DEFINITIONS: Resource = {
  apiVersion: 'apiextensions.k8s.io/v1',
  plural: 'customresourcedefinitions',
  namespaced: false,
};
const WEBHOOKS: Resource = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  plural: 'validatingwebhookconfigurations',
  namespaced: false,
};
const DEPLOYMENTS: Resource = { apiVersion: 'apps/v1', plural: 'deployments', namespaced: true };

const EXTERNAL_SECRETS = 'external-secrets.io';
const COMPONENT = 'app.kubernetes.io/name';

const SelfReview = z.object({
  status: z.object({
    userInfo: z.object({ username: z._default(z.string(), ''), groups: z._default(z.array(z.string()), []) }),
  }),
});
const AccessReview = z.object({ status: z.object({ allowed: z.boolean() }) });
const Definition = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ group: z.string(), versions: z.array(z.object({ name: z.string(), storage: z.boolean() })) }),
  status: z.optional(z.object({ storedVersions: z._default(z.nullable(z.array(z.string())), []) })),
});
const Webhooks = z.object({
  metadata: z.object({ name: z.string() }),
  webhooks: z._default(
    z.array(
      z.object({
        failurePolicy: z._default(z.string(), 'Fail'),
        clientConfig: z.object({ service: z.optional(z.object({ namespace: z.string() })) }),
        rules: z._default(z.array(z.object({ apiGroups: z._default(z.array(z.string()), []) })), []),
      }),
    ),
    [],
  ),
});
const Deployment = z.object({
  metadata: z.object({ namespace: z.string(), name: z.string(), labels: z.record(z.string(), z.string()) }),
  status: z.optional(z.object({ readyReplicas: z._default(z.number(), 0) })),
});

/** The port over one API server's HTTP API. */
export const createClusterInspector = (requester: Requester): ClusterInspector => {
  const list = async <T extends z.ZodMiniType>(
    resource: Resource,
    schema: T,
    options: ListOptions,
  ): Promise<z.infer<T>[]> => {
    const { labelSelector, signal } = options;
    const request = { verb: 'list' as const, address: { resource }, query: { labelSelector } };
    const items = z.object({ items: z._default(z.nullable(z.array(schema)), []) });
    return parseAnswer(items, await requester.send(request, signal), `list of ${resource.plural}`).items ?? [];
  };

  return {
    whoAmI: async (signal) => {
      const body = { apiVersion: SELF_REVIEWS.apiVersion, kind: 'SelfSubjectReview' };
      try {
        const answer = await requester.send({ verb: 'create', address: { resource: SELF_REVIEWS }, body }, signal);
        return parseAnswer(SelfReview, answer, 'SelfSubjectReview').status.userInfo;
      } catch (error) {
        if (error instanceof ClusterRejectedError) return { username: '', groups: [] }; // before Kubernetes 1.28
        throw error;
      }
    },

    mayGroup: async (group, question, signal) => {
      const spec = { user: group, groups: [group], resourceAttributes: question };
      const body = { apiVersion: REVIEWS.apiVersion, kind: 'SubjectAccessReview', spec };
      const answer = await requester.send({ verb: 'create', address: { resource: REVIEWS }, body }, signal);
      return parseAnswer(AccessReview, answer, 'SubjectAccessReview').status.allowed;
    },

    definitions: async (signal) =>
      (await list(DEFINITIONS, Definition, { signal })).filter(({ spec }) => isOurs(spec.group)).map(toDefinition),

    webhooks: async (signal) => {
      const configurations = await list(WEBHOOKS, Webhooks, { signal });
      return configurations.flatMap(({ metadata, webhooks }) =>
        webhooks
          .filter(({ rules }) => rules.some(({ apiGroups }) => apiGroups.some(isOurs)))
          .map(({ failurePolicy, clientConfig: { service } }) => ({
            configuration: metadata.name,
            failsClosed: failurePolicy === 'Fail',
            ...(service === undefined ? {} : { namespace: service.namespace }),
          })),
      );
    },

    operators: async (signal) => {
      const labelSelector = `${COMPONENT} in (${OPERATOR_COMPONENTS.join(',')})`;
      return (await list(DEPLOYMENTS, Deployment, { labelSelector, signal })).map(toOperator);
    },
  };
};

interface ListOptions {
  readonly labelSelector?: string;
  readonly signal: AbortSignal | undefined;
}

/** The group itself, and that of the generators. */
const isOurs = (group: string): boolean => group === EXTERNAL_SECRETS || group.endsWith(`.${EXTERNAL_SECRETS}`);

const toDefinition = ({ metadata, spec, status }: z.infer<typeof Definition>): DefinitionFacts => ({
  name: metadata.name,
  versions: spec.versions.map(({ name }) => name),
  storageVersion: spec.versions.find(({ storage }) => storage)?.name ?? '',
  storedVersions: status?.storedVersions ?? [],
});

const toOperator = ({ metadata, status }: z.infer<typeof Deployment>): OperatorFacts => ({
  namespace: metadata.namespace,
  name: metadata.name,
  component: metadata.labels[COMPONENT] ?? '',
  readyReplicas: status?.readyReplicas ?? 0,
});
