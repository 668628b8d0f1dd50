import type { Cluster } from '../cluster.ts';
import type { Kind } from '../object-ref.ts';
import type { RequiredAccess } from '../required-access.ts';
import type { Trouble } from './hop.ts';

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

/** @param user - Kubernetes user to grant to besides the group; undefined when the group is enough */
export const explainMissingAccess = (
  missing: readonly RequiredAccess[],
  { namespaces }: Pick<Cluster, 'namespaces'>,
  user: string | undefined,
): Trouble => {
  const places = namespaces.length === 0 ? '' : ` --namespace ${namespaces.join(' ')}`;
  const whom = user === undefined ? '' : ` --user '${user}'`;
  return {
    answer: toAccessRows(missing).map(
      ({ verbs, resource, namespace, why }) =>
        `may not ${verbs.join(', ')} ${resource} ${namespace === '*' ? 'in all namespaces' : `in ${namespace}`}: needed to ${why}`,
    ),
    remedy: {
      say: 'Grant it as an administrator of the cluster:',
      commands: [`secretcast rbac${places}${whom} | kubectl apply -f -`],
    },
  };
};

export const explainMissingKinds = (missing: readonly Kind[]): Trouble => ({
  answer: missing.map((kind) => `${kind} is not served as external-secrets.io/v1`),
  remedy: {
    say: 'Install the definitions as an administrator of the cluster:',
    commands: ['secretcast crds | kubectl apply -f -'],
  },
});
