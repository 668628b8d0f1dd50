import type { Obstacle, ProposedCluster, RegisterResult } from '../src/app/register-cluster.ts';
import { servesKind } from '../src/domain/cluster.ts';
import type { ConnectionSecret } from '../src/domain/connection-secret.ts';
import { accessEntryCommand, rbacCommand, toAccessRows } from '../src/domain/grant-access.ts';
import type { RequiredAccess } from '../src/domain/required-access.ts';
import { toClusterJson } from './cluster-texts.ts';
import { credentialFacts } from './credential-facts.ts';
import { formatTable } from './table.ts';

type Registered = Extract<RegisterResult, { readonly registered: true }>;

const DONE: Readonly<Record<Registered['was'], string>> = {
  new: 'registered',
  updated: 'updated',
  unchanged: 'unchanged',
  replaced: 'registered in place of another cluster, which is forgotten',
};

/** No context is named: who may grant is not whom the kubeconfig given here signs in as. */
const APPLY = 'kubectl apply -f -';

const NOTHING_CLUSTER_WIDE =
  'note: with --namespace, ClusterExternalSecrets and ClusterPushSecrets of the cluster are left alone: they reach into other namespaces';

/** A cluster may go without PushSecrets, but nobody shall wonder why they do nothing. */
const withoutPushing = ({ missingAccess, missingKinds }: Registered['pushing']): readonly string[] => [
  ...(missingKinds.length === 0
    ? []
    : [
        `note: the cluster does not serve ${missingKinds.join(', ')} (external-secrets.io/v1alpha1); to have them: secretcast crds | ${APPLY}`,
      ]),
  ...(missingAccess.length === 0
    ? []
    : [
        `note: the service may not ${toAccessRows(missingAccess)
          .map(({ verbs, resource }) => `${verbs.join(',')} ${resource}`)
          .join('; ')}; PushSecrets need it`,
      ]),
];

export const describeRegistration = ({ cluster, was, changes, alsoRegisteredAs, pushing }: Registered): string =>
  [
    `cluster ${cluster.name} ${DONE[was]}${cluster.connection.type === 'credentials' ? ', its credentials stored' : ''}`,
    ...changes.map(({ field, before, after }) => `  ${field}: ${before || '(none)'} -> ${after || '(none)'}`),
    ...(servesKind(cluster, 'ClusterExternalSecret') ? [] : [NOTHING_CLUSTER_WIDE]),
    ...withoutPushing(pushing),
    ...alsoRegisteredAs.map((name) => `note: it is registered as ${name} too, and both work in it`),
    'The service takes it up within a minute; `secretcast status` then shows its objects.',
  ]
    .map((line) => `${line}\n`)
    .join('');

export const toRegisterJson = (name: string, result: RegisterResult): unknown =>
  result.registered
    ? { ...result, cluster: toClusterJson({ cluster: result.cluster }) }
    : { registered: false, name, obstacles: result.obstacles };

/** The functions that speak to clusters, as infra/roles.yml names their roles. */
const serviceRoles = (stage: string): readonly string[] =>
  ['watch-clusters', 'reconcile', 'push'].map((name) => `arn:aws:iam::HUB_ACCOUNT:role/secretcast-${stage}-${name}`);

interface Refused {
  readonly stage: string;
  readonly name: string;
  readonly cluster: ProposedCluster;
  readonly place: { readonly credentials?: ConnectionSecret };
}

/** What is wrong and what to do about it, one paragraph each. */
export const describeObstacles = (obstacles: readonly Obstacle[], refused: Refused): string =>
  [
    `secretcast: cluster ${refused.name} was not registered\n`,
    ...obstacles.map((obstacle) => describeObstacle(obstacle, refused)),
  ].join('\n');

const describeObstacle = (obstacle: Obstacle, refused: Refused): string => {
  switch (obstacle.type) {
    case 'access':
      return describeAccess(obstacle.missing, refused);
    case 'kinds':
      return [
        `The cluster does not serve ${obstacle.missing.join(', ')} (external-secrets.io/v1). Install the API and try again:`,
        `  secretcast crds | ${APPLY}`,
        '',
      ].join('\n');
    case 'other-cluster':
      return [
        `The name is taken by another cluster: its kube-system has uid ${obstacle.registeredUid}, this one's ${obstacle.foundUid}.`,
        '  Choose another name, or give --replace to forget the old cluster and take its name.',
        '',
      ].join('\n');
    default:
      return obstacle satisfies never;
  }
};

const describeAccess = (missing: readonly RequiredAccess[], refused: Refused): string =>
  [
    'The service may not, in the cluster:',
    formatTable(
      ['VERBS', 'RESOURCE', 'NAMESPACE', 'NEEDED TO'],
      toAccessRows(missing).map(({ verbs, resource, namespace, why }) => [verbs.join(','), resource, namespace, why]),
    ).trimEnd(),
    'Grant it as an administrator of the cluster, and try again:',
    ...grants(refused).map((line) => `  ${line}`),
    '',
  ].join('\n');

const grants = (refused: Refused): readonly string[] => {
  const { namespaces, connection } = refused.cluster;
  if (connection.type === 'eks') {
    const signers = connection.roleArn === undefined ? serviceRoles(refused.stage) : [connection.roleArn];
    return [rbacCommand(namespaces), ...signers.map((principal) => accessEntryCommand(connection, principal))];
  }
  const { credentials } = refused.place;
  const user = (credentials && credentialFacts(credentials).user) ?? 'USER';
  return [rbacCommand(namespaces, user)];
};
