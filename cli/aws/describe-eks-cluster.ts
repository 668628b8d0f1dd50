import { type Cluster, DescribeClusterCommand, type EKSClient } from '@aws-sdk/client-eks';
import { CliError } from '../cli-error.ts';

export interface EksCluster {
  readonly region: string;
  /** https URL */
  readonly server: string;
  /** PEM */
  readonly certificateAuthority: string;
  /** Whether the API server can be reached from the internet; the service needs a way in otherwise. */
  readonly isPublic: boolean;
}

/** @param where.region - absent: that of the service */
export type DescribeEksCluster = (where: { readonly name: string; readonly region?: string }) => Promise<EksCluster>;

/** https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html */
export const createDescribeEksCluster =
  (clientFor: (place: { readonly region?: string }) => EKSClient): DescribeEksCluster =>
  async ({ name, region: wanted }) => {
    const client = clientFor(wanted === undefined ? {} : { region: wanted });
    const region = await client.config.region();
    try {
      const { cluster } = await client.send(new DescribeClusterCommand({ name }));
      return toEksCluster(name, region, cluster);
    } catch (error) {
      if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) throw error;
      throw new CliError(
        `there is no EKS cluster ${name} in ${region}`,
        'Name the Region with --eks-region; `aws eks list-clusters --region REGION` shows what is there.',
      );
    } finally {
      client.destroy();
    }
  };

const toEksCluster = (name: string, region: string, cluster: Cluster | undefined): EksCluster => {
  const data = cluster?.certificateAuthority?.data;
  if (cluster?.endpoint === undefined || data === undefined)
    throw new CliError(
      `EKS cluster ${name} in ${region} has no API server yet (status ${cluster?.status ?? 'unknown'})`,
      'Register it when its status is ACTIVE.',
    );
  return {
    region,
    server: cluster.endpoint,
    certificateAuthority: Buffer.from(data, 'base64').toString('utf8'),
    isPublic: cluster.resourcesVpcConfig?.endpointPublicAccess ?? true,
  };
};
