import type { Cluster } from '../cluster.ts';
import { rbacCommand, toAccessRows } from '../grant-access.ts';
import type { Kind } from '../object-ref.ts';
import type { RequiredAccess } from '../required-access.ts';
import type { Trouble } from './hop.ts';

/** A cluster may go without PushSecrets; where it does, that is said and is no trouble. */
export const withoutKinds = ({ missingKinds }: { readonly missingKinds: readonly Kind[] }): readonly string[] =>
  missingKinds.map((kind) => `${kind} is not served, and left alone`);

/** The same, of rights. */
export const withoutAccess = ({ missingAccess }: { readonly missingAccess: readonly RequiredAccess[] }) => {
  const resources = [...new Set(missingAccess.map(({ resource }) => resource))];
  return resources.length === 0 ? [] : [`but not all of those on ${resources.join(' and ')}, which may be left alone`];
};

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
