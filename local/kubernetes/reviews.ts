import { badRequest } from './api-error.ts';
import type { User } from './authentication.ts';
import type { Attempt, Authorize } from './authorization.ts';
import type { JsonObject } from './json.ts';
import { isObject, objectAt, stringAt, stringsAt } from './json.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

export interface ReviewDeps {
  readonly authorize: Authorize;
  readonly tokens: ServiceAccountTokens;
}

export interface ReviewRequest {
  readonly user: User;
  readonly body: JsonObject;
}

type Review = (request: ReviewRequest, deps: ReviewDeps) => Promise<JsonObject>;

const attemptFrom = (user: User, spec: JsonObject): Attempt => {
  const resource = spec['resourceAttributes'];
  const plain = objectAt(spec, 'nonResourceAttributes');
  const source = isObject(resource) ? resource : {};
  return {
    user,
    verb: stringAt(isObject(resource) ? source : plain, 'verb') ?? '',
    group: stringAt(source, 'group') ?? '',
    resource: stringAt(source, 'resource') ?? '',
    subresource: stringAt(source, 'subresource') ?? '',
    namespace: stringAt(source, 'namespace') ?? '',
    name: stringAt(source, 'name') ?? '',
    path: isObject(resource) ? undefined : (stringAt(plain, 'path') ?? ''),
  };
};

const accessReview =
  (kind: string, subject: (request: ReviewRequest) => User): Review =>
  async (request, { authorize }) => {
    const spec = objectAt(request.body, 'spec');
    const hasAttributes = isObject(spec['resourceAttributes']) !== isObject(spec['nonResourceAttributes']);
    if (!hasAttributes)
      throw badRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified');
    const allowed = authorize(attemptFrom(subject(request), spec));
    return { kind, apiVersion: 'authorization.k8s.io/v1', metadata: {}, spec, status: { allowed } };
  };

const namedUser = ({ body }: ReviewRequest): User => ({
  name: stringAt(body, 'spec', 'user') ?? '',
  uid: stringAt(body, 'spec', 'uid') ?? '',
  groups: stringsAt(body, 'spec', 'groups'),
});

const selfSubjectReview: Review = async ({ user }) => ({
  kind: 'SelfSubjectReview',
  apiVersion: 'authentication.k8s.io/v1',
  metadata: {},
  status: { userInfo: { username: user.name, groups: user.groups } },
});

const tokenReview: Review = async ({ body }, { tokens }) => {
  const user = await tokens.verify(stringAt(body, 'spec', 'token') ?? '');
  const status =
    user === undefined
      ? { authenticated: false, user: {} }
      : { authenticated: true, user: { username: user.name, uid: user.uid, groups: user.groups } };
  return { kind: 'TokenReview', apiVersion: 'authentication.k8s.io/v1', metadata: {}, status };
};

/** Questions that are answered and not stored, by group and plural. */
export const REVIEWS: Readonly<Record<string, { readonly kind: string; readonly answer: Review }>> = {
  'authorization.k8s.io/selfsubjectaccessreviews': {
    kind: 'SelfSubjectAccessReview',
    answer: accessReview('SelfSubjectAccessReview', ({ user }) => user),
  },
  'authorization.k8s.io/subjectaccessreviews': {
    kind: 'SubjectAccessReview',
    answer: accessReview('SubjectAccessReview', namedUser),
  },
  'authentication.k8s.io/selfsubjectreviews': { kind: 'SelfSubjectReview', answer: selfSubjectReview },
  'authentication.k8s.io/tokenreviews': { kind: 'TokenReview', answer: tokenReview },
};
