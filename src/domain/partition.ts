interface Partition {
  /** As ARNs name it. */
  readonly name: string;
  /** What the host names of its services end with. */
  readonly dnsSuffix: string;
}

/** AWS partitions by the beginning of their Regions' names; all other Regions are of `aws`. */
const PARTITIONS: readonly (readonly [prefix: string, partition: Partition])[] = [
  ['cn-', { name: 'aws-cn', dnsSuffix: 'amazonaws.com.cn' }],
  ['us-gov-', { name: 'aws-us-gov', dnsSuffix: 'amazonaws.com' }],
  ['eusc-', { name: 'aws-eusc', dnsSuffix: 'amazonaws.eu' }],
  ['us-iso-', { name: 'aws-iso', dnsSuffix: 'c2s.ic.gov' }],
  ['us-isob-', { name: 'aws-iso-b', dnsSuffix: 'sc2s.sgov.gov' }],
  ['eu-isoe-', { name: 'aws-iso-e', dnsSuffix: 'cloud.adc-e.uk' }],
  ['us-isof-', { name: 'aws-iso-f', dnsSuffix: 'csp.hci.ic.gov' }],
];

const AWS: Partition = { name: 'aws', dnsSuffix: 'amazonaws.com' };

/** The partition that a Region is of. */
export const partitionOf = (region: string): Partition =>
  PARTITIONS.find(([prefix]) => region.startsWith(prefix))?.[1] ?? AWS;
