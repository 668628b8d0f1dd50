import { ApiError, forbidden } from './api-error.ts';
import type { User } from './authentication.ts';
import type { JsonObject } from './json.ts';
import { objectsAt, stringAt, stringsAt } from './json.ts';
import type { RequestInfo } from './request-info.ts';
import { keyOf } from './resource-type.ts';
import type { Store } from './store.ts';

/** What somebody wants to do. `path` is set for requests that are not about a resource. */
export interface Attempt {
  readonly user: User;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string | undefined;
}

export type Authorize = (attempt: Attempt) => boolean;

const RBAC = 'rbac.authorization.k8s.io';

const allows = (values: readonly string[], wanted: string): boolean => values.includes('*') || values.includes(wanted);

const resourceAllows = (rule: JsonObject, { resource, subresource }: Attempt): boolean => {
  const resources = stringsAt(rule, 'resources');
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  return allows(resources, full) || (subresource !== '' && resources.includes(`*/${subresource}`));
};

const pathAllows = (pattern: string, path: string): boolean =>
  pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));

const ruleAllows = (rule: JsonObject, attempt: Attempt): boolean => {
  if (!allows(stringsAt(rule, 'verbs'), attempt.verb)) return false;
  const { path } = attempt;
  if (path !== undefined) return stringsAt(rule, 'nonResourceURLs').some((pattern) => pathAllows(pattern, path));
  const names = stringsAt(rule, 'resourceNames');
  return (
    allows(stringsAt(rule, 'apiGroups'), attempt.group) &&
    resourceAllows(rule, attempt) &&
    (names.length === 0 || names.includes(attempt.name))
  );
};

const isSubject = (subject: JsonObject, user: User, bindingNamespace: string): boolean => {
  const name = stringAt(subject, 'name') ?? '';
  const kind = stringAt(subject, 'kind');
  if (kind === 'User') return name === user.name;
  if (kind === 'Group') return user.groups.includes(name);
  const namespace = stringAt(subject, 'namespace') ?? bindingNamespace;
  return kind === 'ServiceAccount' && user.name === `system:serviceaccount:${namespace}:${name}`;
};

export const createAuthorize = (store: Store): Authorize => {
  const rulesOf = (binding: JsonObject, namespace: string): readonly JsonObject[] => {
    const name = stringAt(binding, 'roleRef', 'name') ?? '';
    const isClusterRole = stringAt(binding, 'roleRef', 'kind') === 'ClusterRole';
    const role = isClusterRole
      ? store.get(`${RBAC}/clusterroles`, keyOf('', name))
      : store.get(`${RBAC}/roles`, keyOf(namespace, name));
    return objectsAt(role, 'rules');
  };
  const bindingAllows = (binding: JsonObject, attempt: Attempt, namespace: string): boolean =>
    objectsAt(binding, 'subjects').some((subject) => isSubject(subject, attempt.user, namespace)) &&
    rulesOf(binding, namespace).some((rule) => ruleAllows(rule, attempt));
  return (attempt) => {
    const { user, namespace } = attempt;
    if (user.groups.includes('system:masters')) return true;
    const wide = store.list(`${RBAC}/clusterrolebindings`, '').some((binding) => bindingAllows(binding, attempt, ''));
    if (wide || namespace === '' || attempt.path !== undefined) return wide;
    return store
      .list(`${RBAC}/rolebindings`, `${namespace}/`)
      .some((binding) => bindingAllows(binding, attempt, namespace));
  };
};

export const attemptOf = (user: User, info: RequestInfo): Attempt => ({
  user,
  verb: info.verb,
  group: info.group,
  resource: info.resource,
  subresource: info.subresource,
  namespace: info.namespace,
  name: info.name,
  path: info.isResource ? undefined : info.path,
});

/** The 403 of an attempt, worded as the real server words it. */
export const refusal = ({ user, verb, group, resource, subresource, namespace, name, path }: Attempt): ApiError => {
  if (path !== undefined) {
    return new ApiError({
      code: 403,
      reason: 'Forbidden',
      message: `forbidden: User "${user.name}" cannot ${verb} path "${path}"`,
      details: {},
    });
  }
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const why = `User "${user.name}" cannot ${verb} resource "${full}" in API group "${group}" ${where}`;
  return forbidden({ group, plural: resource }, name, why);
};
