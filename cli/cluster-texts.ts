import type { ClusterReport } from '../src/app/show-clusters.ts';
import type { Cluster } from '../src/domain/cluster.ts';
import { formatAge, toTime } from './age.ts';
import { formatFields, formatTable } from './table.ts';

/** A registration as machines get it: the members of `Cluster`, and `heardAt` in RFC 3339, null for never. */
export const toClusterJson = ({ cluster, heardAt }: ClusterReport): unknown => ({
  ...cluster,
  heardAt: toTime(heardAt) ?? null,
});

const HEADINGS = ['NAME', 'TYPE', 'MODE', 'NAMESPACES', 'HEARD', 'PUSH ROLE', 'SERVER'];

export const formatClusters = (reports: readonly ClusterReport[], now: number): string =>
  formatTable(
    HEADINGS,
    reports.map(({ cluster, heardAt }) => [
      cluster.name,
      typeOf(cluster),
      cluster.mode,
      namespacesOf(cluster),
      formatAge(heardAt, now),
      cluster.identity.pushRole === undefined ? '-' : nameOfRole(cluster.identity.pushRole),
      cluster.connection.server,
    ]),
  );

export const formatCluster = ({ cluster, heardAt }: ClusterReport, now: number): string => {
  const { connection, identity, labels } = cluster;
  const heard = heardAt === undefined ? 'never' : `${formatAge(heardAt, now)} ago`;
  return formatFields([
    ['name', cluster.name],
    ['type', typeOf(cluster)],
    ['server', connection.server],
    ...(connection.proxy === undefined ? [] : [['through proxy', connection.proxy] as const]),
    ...signInOf(cluster),
    ['mode', cluster.mode],
    ['controller class', cluster.controllerClass],
    ['namespaces', namespacesOf(cluster)],
    [
      'labels',
      Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(', '),
    ],
    ['default role', identity.defaultRole ?? ''],
    ['push role', identity.pushRole ?? ''],
    ['allowed roles', identity.allowRoles.join(', ')],
    ['allowed services', identity.allowServices?.join(', ') ?? '(all)'],
    ['allowed keys', identity.allowKeys?.map((prefix) => `${prefix}*`).join(', ') ?? '(any)'],
    ['session tags', identity.sessionTags ? 'yes' : 'no'],
    [
      'refreshed at most',
      cluster.minRefreshInterval === undefined ? 'as objects ask' : `every ${cluster.minRefreshInterval}`,
    ],
    ['kube-system uid', cluster.kubeSystemUid],
    ['heard from', heard],
  ]);
};

/** The end of its ARN: accounts and paths are in `cluster show`. */
const nameOfRole = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

const typeOf = ({ connection }: Cluster): string => (connection.type === 'eks' ? 'eks' : 'kubeconfig');

const namespacesOf = ({ namespaces }: Cluster): string => (namespaces.length === 0 ? '(all)' : namespaces.join(','));

const signInOf = ({ connection }: Cluster): readonly (readonly [string, string])[] =>
  connection.type === 'eks'
    ? [
        ['EKS cluster', `${connection.eksName} in ${connection.region}`],
        ['signs in as', connection.roleArn ?? 'the role of the service'],
      ]
    : [['credentials in', connection.credentialsSecretId]];
