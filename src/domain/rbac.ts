import type { AccessOptions, RequiredAccess } from './required-access.ts';
import { requiredAccess } from './required-access.ts';

export type { AccessOptions, RequiredAccess } from './required-access.ts';
export { requiredAccess } from './required-access.ts';

const API_GROUP = 'rbac.authorization.k8s.io';
const API_VERSION = `${API_GROUP}/v1`;

/** Name of every role and binding. */
const NAME = 'secretcast';

interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface Subject {
  readonly apiGroup: string;
  readonly kind: 'Group' | 'User';
  readonly name: string;
}

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RbacRole {
  readonly apiVersion: string;
  readonly kind: 'ClusterRole' | 'Role';
  readonly metadata: Metadata;
  readonly rules: readonly PolicyRule[];
}

export interface RbacBinding {
  readonly apiVersion: string;
  readonly kind: 'ClusterRoleBinding' | 'RoleBinding';
  readonly metadata: Metadata;
  readonly roleRef: { readonly apiGroup: string; readonly kind: RbacRole['kind']; readonly name: string };
  readonly subjects: readonly Subject[];
}

export type RbacManifest = RbacRole | RbacBinding;

interface Grant {
  readonly group: string;
  /** `resource` or `resource/subresource` */
  readonly resource: string;
  readonly name?: string;
  readonly verbs: readonly string[];
}

const groupBy = <Item>(
  items: readonly Item[],
  key: (item: Item) => string,
): readonly (readonly [Item, ...Item[]])[] => {
  const groups = new Map<string, [Item, ...Item[]]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return [...groups.values()];
};

const unique = (words: readonly string[]): readonly string[] => [...new Set(words)];

const resourceOf = ({ resource, subresource }: RequiredAccess): string =>
  subresource === undefined ? resource : `${resource}/${subresource}`;

/** All verbs of one resource together. */
const toGrant = (access: readonly [RequiredAccess, ...RequiredAccess[]]): Grant => {
  const [first] = access;
  return {
    group: first.group,
    resource: resourceOf(first),
    ...(first.name === undefined ? {} : { name: first.name }),
    verbs: unique(access.map(({ verb }) => verb)),
  };
};

/** Resources with the same verbs, or names of one resource, share a rule. */
const toRules = (access: readonly RequiredAccess[]): readonly PolicyRule[] => {
  const grants = groupBy(access, (one) => `${one.group} ${resourceOf(one)} ${one.name ?? ''}`).map(toGrant);
  const alike = groupBy(grants, ({ group, resource, name, verbs }) =>
    name === undefined ? `${group} ${verbs}` : `${group} ${verbs} ${resource} by name`,
  );
  return alike.map((group) => {
    const names = group.flatMap(({ name }) => name ?? []);
    return {
      apiGroups: [group[0].group],
      resources: unique(group.map(({ resource }) => resource)),
      ...(names.length === 0 ? {} : { resourceNames: unique(names) }),
      verbs: group[0].verbs,
    };
  });
};

const toSubjects = ({ group, user }: AccessOptions): readonly Subject[] => [
  { apiGroup: API_GROUP, kind: 'Group', name: group },
  ...(user === undefined ? [] : [{ apiGroup: API_GROUP, kind: 'User', name: user } as const]),
];

const toManifests = (
  access: readonly [RequiredAccess, ...RequiredAccess[]],
  subjects: readonly Subject[],
): readonly RbacManifest[] => {
  const { namespace } = access[0];
  const metadata = {
    name: NAME,
    ...(namespace === undefined ? {} : { namespace }),
    labels: { 'app.kubernetes.io/name': NAME },
  };
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  return [
    { apiVersion: API_VERSION, kind, metadata, rules: toRules(access) },
    {
      apiVersion: API_VERSION,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup: API_GROUP, kind, name: NAME },
      subjects,
    },
  ];
};

/**
 * Roles and bindings that allow what `requiredAccess` lists, and nothing else: a ClusterRole for what has no namespace (or
 * is wanted in all of them), and a Role in each namespace that is named.
 */
export const rbacManifests = (options: AccessOptions): readonly RbacManifest[] =>
  groupBy(requiredAccess(options), ({ namespace }) => namespace ?? '').flatMap((access) =>
    toManifests(access, toSubjects(options)),
  );
