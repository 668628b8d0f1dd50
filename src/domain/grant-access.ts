import type { ClusterConnection } from './cluster.ts';
import type { RequiredAccess } from './required-access.ts';

/** Verbs on one resource for one reason, in one place. */
export interface AccessRow {
  readonly verbs: readonly string[];
  /** With subresource and group. */
  readonly resource: string;
  /** `*`: all of them. */
  readonly namespace: string;
  readonly why: string;
}

export const toAccessRows = (access: readonly RequiredAccess[]): readonly AccessRow[] => {
  const rows = new Map<string, AccessRow>();
  for (const { group, resource, subresource, verb, namespace = '*', why } of access) {
    const plural = subresource === undefined ? resource : `${resource}/${subresource}`;
    const shown = group === '' ? plural : `${plural} (${group})`;
    const key = [shown, namespace, why].join('\n');
    rows.set(key, { verbs: [...(rows.get(key)?.verbs ?? []), verb], resource: shown, namespace, why });
  }
  return [...rows.values()];
};

/** The group that `secretcast rbac` grants rights to. */
export const GROUP = 'secretcast';

/**
 * The command that grants what the service needs.
 * @param namespaces - empty: all
 * @param user - Kubernetes user to grant to besides the group
 */
export const rbacCommand = (namespaces: readonly string[], user?: string): string => {
  const places = namespaces.length === 0 ? '' : ` --namespace ${namespaces.join(' ')}`;
  const whom = user === undefined ? '' : ` --user '${user}'`;
  return `secretcast rbac${places}${whom} | kubectl apply -f -`;
};

/** The command that lets a role into an EKS cluster, as one of the group. */
export const accessEntryCommand = (
  { region, eksName }: Pick<Extract<ClusterConnection, { type: 'eks' }>, 'region' | 'eksName'>,
  principalArn: string,
): string =>
  `aws eks create-access-entry --region ${region} --cluster-name ${eksName} --kubernetes-groups ${GROUP} --principal-arn ${principalArn}`;
