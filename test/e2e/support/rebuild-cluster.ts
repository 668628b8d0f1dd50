import { join } from 'node:path';
import { applyManifests, openKubeconfig, readManifests } from '../../../local/apply-manifests.ts';
import type { LocalCluster } from '../../../local/cluster.ts';
import { serviceContext, writeKubeconfig } from '../../../local/kubeconfig.ts';
import { rbacManifests } from '../../../src/domain/rbac.ts';
import { type ClusterAdmin, createClusterAdmin } from './cluster-admin.ts';
import { type E2e, startCluster } from './stack.ts';

const SERVICE = 'secretcast';
const CRDS = join(import.meta.dirname, '../../../infra/crds');

export const customResourceDefinitions = () => readManifests(CRDS);

/** The service's access to a cluster, as `startStack` gives it. */
export const serviceAccess = () => rbacManifests({ group: SERVICE, namespaces: [], serviceAccounts: [] });

export const serviceTokenOf = ({ kubeconfigFile }: Pick<E2e, 'kubeconfigFile'>, cluster: string): string =>
  openKubeconfig(kubeconfigFile, serviceContext(cluster)).getCurrentUser()?.token ?? '';

/** An empty cluster where another one was: same name, address and credentials, same CRDs and rights, nothing else. */
export interface Rebuilt {
  readonly admin: ClusterAdmin;
  readonly kubeconfigFile: string;
  readonly stop: () => Promise<void>;
}

export const rebuildCluster = async (e2e: E2e, name: string): Promise<Rebuilt> => {
  const { local } = e2e.cluster(name);
  const serviceToken = serviceTokenOf(e2e, name);
  await local.stop();
  const cluster: LocalCluster = await startCluster({
    name,
    port: Number(new URL(local.server).port),
    directory: join(e2e.directory, 'rebuilt', name),
    users: [{ token: serviceToken, name: SERVICE, groups: [SERVICE] }],
  });
  const kubeconfigFile = join(e2e.directory, 'rebuilt', `${name}.kubeconfig`);
  await writeKubeconfig(kubeconfigFile, [{ cluster, serviceToken }]);
  await applyManifests(kubeconfigFile, name, [...(await customResourceDefinitions()), ...serviceAccess()]);
  const admin = createClusterAdmin(cluster, kubeconfigFile);
  const stop = async (): Promise<void> => {
    await admin.close();
    await cluster.stop();
  };
  return { admin, kubeconfigFile, stop };
};
