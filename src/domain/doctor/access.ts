import type { Cluster } from '../cluster.ts';
import { rbacCommand, toAccessRows } from '../grant-access.ts';
import type { Kind } from '../object-ref.ts';
import type { RequiredAccess } from '../required-access.ts';
import type { Trouble } from './hop.ts';

/** @param user - Kubernetes user to grant to besides the group; undefined when the group is enough */
export const explainMissingAccess = (
  missing: readonly RequiredAccess[],
  { namespaces }: Pick<Cluster, 'namespaces'>,
  user: string | undefined,
): Trouble => ({
  answer: toAccessRows(missing).map(
    ({ verbs, resource, namespace, why }) =>
      `may not ${verbs.join(', ')} ${resource} ${namespace === '*' ? 'in all namespaces' : `in ${namespace}`}: needed to ${why}`,
  ),
  remedy: { say: 'Grant it as an administrator of the cluster:', commands: [rbacCommand(namespaces, user)] },
});

export const explainMissingKinds = (missing: readonly Kind[]): Trouble => ({
  answer: missing.map((kind) => `${kind} is not served as external-secrets.io/v1`),
  remedy: {
    say: 'Install the definitions as an administrator of the cluster:',
    commands: ['secretcast crds | kubectl apply -f -'],
  },
});
