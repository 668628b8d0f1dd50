import { writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import type { LocalCluster } from './cluster.ts';

/** The context with which the service itself speaks to a local cluster; the plain name is the administrator's. */
export const serviceContext = (cluster: string): string => `${cluster}-secretcast`;

/** A bearer token for the service's own user in a local cluster. */
export interface KubeconfigUser {
  readonly cluster: LocalCluster;
  readonly serviceToken: string;
}

/** One file with two contexts a cluster: `NAME` for the administrator and `NAME-secretcast` for the service. */
export const writeKubeconfig = async (file: string, users: readonly KubeconfigUser[]): Promise<void> => {
  const contexts = users.flatMap(({ cluster, serviceToken }) => [
    { context: cluster.name, cluster, token: cluster.adminToken },
    { context: serviceContext(cluster.name), cluster, token: serviceToken },
  ]);
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': users[0]?.cluster.name ?? '',
    clusters: users.map(({ cluster }) => ({
      name: cluster.name,
      cluster: {
        server: cluster.server,
        'certificate-authority-data': Buffer.from(cluster.certificateAuthority).toString('base64'),
      },
    })),
    users: contexts.map(({ context, token }) => ({ name: context, user: { token } })),
    contexts: contexts.map(({ context, cluster }) => ({
      name: context,
      context: { cluster: cluster.name, user: context, namespace: 'default' },
    })),
  };
  await writeFile(file, stringify(kubeconfig), { mode: 0o600 });
};
