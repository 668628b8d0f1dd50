import * as z from 'zod/mini';
import { applyManifests } from '../../../local/apply-manifests.ts';
import { SERVICE_GROUP } from '../../../local/stack.ts';
import { rbacManifests } from '../../../src/domain/rbac.ts';
import type { ClusterAdmin, Manifest } from './cluster-admin.ts';
import type { E2e } from './stack.ts';

export interface AccountName {
  readonly namespace: string;
  readonly name: string;
}

/** What the tokens of a cluster's service accounts say made them. */
export const issuerOf = async (cluster: ClusterAdmin): Promise<string> => {
  const { body } = await cluster.send('GET', '/.well-known/openid-configuration');
  return z.looseObject({ issuer: z.string() }).parse(body).issuer;
};

export const subjectOf = ({ namespace, name }: AccountName): string => `system:serviceaccount:${namespace}:${name}`;

export const serviceAccount = (account: AccountName, roleArn: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { ...account, annotations: { 'eks.amazonaws.com/role-arn': roleArn } },
});

/** What `secretcast rbac --service-account …` prints, applied. */
export const allowTokensOf = (
  { kubeconfigFile }: Pick<E2e, 'kubeconfigFile'>,
  cluster: string,
  serviceAccounts: readonly AccountName[],
): Promise<void> =>
  applyManifests(kubeconfigFile, cluster, rbacManifests({ group: SERVICE_GROUP, namespaces: [], serviceAccounts }));
