/** AWS partitions an authenticator can be started for. */
export type Partition = 'aws' | 'aws-cn' | 'aws-us-gov';

interface StsHosts {
  readonly regions: string;
  readonly suffix: string;
  readonly dualStackSuffix: string;
  /** Regions with an endpoint named `sts-fips`. */
  readonly fipsRegions: string;
  /** The endpoint of no Region. */
  readonly global?: string;
}

/** https://docs.aws.amazon.com/general/latest/gr/sts.html */
const HOSTS: Readonly<Record<Partition, StsHosts>> = {
  aws: {
    regions:
      'af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ' +
      'ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 ' +
      'eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 ' +
      'mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2',
    suffix: 'amazonaws.com',
    dualStackSuffix: 'api.aws',
    fipsRegions: 'us-east-1 us-east-2 us-west-1 us-west-2',
    global: 'sts.amazonaws.com',
  },
  'aws-cn': {
    regions: 'cn-north-1 cn-northwest-1',
    suffix: 'amazonaws.com.cn',
    dualStackSuffix: 'api.amazonwebservices.com.cn',
    fipsRegions: '',
  },
  'aws-us-gov': {
    regions: 'us-gov-east-1 us-gov-west-1',
    suffix: 'amazonaws.com',
    dualStackSuffix: 'api.aws',
    fipsRegions: '',
  },
};

/** Compared as a whole: a name that merely begins or ends like one is somebody else's. */
export const isStsHost = (host: string, partition: Partition): boolean => {
  const { regions, suffix, dualStackSuffix, fipsRegions, global } = HOSTS[partition];
  if (host === global) return true;
  const [, service, region = '', rest] = /^(sts|sts-fips)\.([a-z0-9-]+)\.(.+)$/.exec(host) ?? [];
  const known = service === 'sts-fips' ? fipsRegions : regions;
  return known.split(' ').includes(region) && (rest === suffix || rest === dualStackSuffix);
};
