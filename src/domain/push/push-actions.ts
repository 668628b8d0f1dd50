import type { SecretService } from '../remote-key.ts';

/** What the writers do, each with the actions its identity needs. */
export interface PushOperation {
  readonly service: SecretService;
  /** In words, for docs and doctor. */
  readonly operation: string;
  /** Needed whenever the operation happens. */
  readonly actions: readonly string[];
  /** Needed only where metadata asks for it, by what asks for it. */
  readonly optional?: Readonly<Record<string, readonly string[]>>;
}

const CUSTOMER_KEY = ['kms:GenerateDataKey', 'kms:Decrypt'] as const;

const SECRET_EXTRAS = {
  resourcePolicy: [
    'secretsmanager:GetResourcePolicy',
    'secretsmanager:PutResourcePolicy',
    'secretsmanager:DeleteResourcePolicy',
  ],
  replicationLocations: ['secretsmanager:ReplicateSecretToRegions', 'secretsmanager:RemoveRegionsFromReplication'],
  kmsKeyId: CUSTOMER_KEY,
} as const;

/** IAM actions by operation; docs, doctor and the role's template are tested against it. */
export const PUSH_OPERATIONS: readonly PushOperation[] = [
  {
    service: 'secretsmanager',
    operation: 'create a secret',
    actions: ['secretsmanager:DescribeSecret', 'secretsmanager:CreateSecret', 'secretsmanager:TagResource'],
    optional: SECRET_EXTRAS,
  },
  {
    service: 'secretsmanager',
    operation: 'change a secret',
    actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue'],
    optional: { tags: ['secretsmanager:TagResource', 'secretsmanager:UntagResource'], ...SECRET_EXTRAS },
  },
  {
    service: 'secretsmanager',
    operation: 'see whether a secret exists (updatePolicy IfNotExists)',
    actions: ['secretsmanager:GetSecretValue'],
  },
  {
    service: 'secretsmanager',
    operation: 'remove a property of a secret',
    actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret', 'secretsmanager:PutSecretValue'],
  },
  {
    service: 'secretsmanager',
    operation: 'delete a secret',
    actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret', 'secretsmanager:DeleteSecret'],
    optional: { replicationLocations: ['secretsmanager:RemoveRegionsFromReplication'] },
  },
  {
    service: 'ssm',
    operation: 'create a parameter',
    actions: ['ssm:GetParameter', 'ssm:PutParameter', 'ssm:AddTagsToResource'],
    optional: { kmsKeyID: CUSTOMER_KEY },
  },
  {
    service: 'ssm',
    operation: 'change a parameter',
    actions: ['ssm:GetParameter', 'ssm:ListTagsForResource', 'ssm:PutParameter'],
    optional: { tags: ['ssm:AddTagsToResource', 'ssm:RemoveTagsFromResource'], kmsKeyID: CUSTOMER_KEY },
  },
  {
    service: 'ssm',
    operation: 'see whether a parameter exists (updatePolicy IfNotExists)',
    actions: ['ssm:GetParameter'],
  },
  {
    service: 'ssm',
    operation: 'delete a parameter',
    actions: ['ssm:GetParameter', 'ssm:ListTagsForResource', 'ssm:DeleteParameter'],
  },
  {
    service: 'acm',
    operation: 'import a certificate',
    actions: [
      'tag:GetResources',
      'acm:GetCertificate',
      'acm:ImportCertificate',
      'acm:AddTagsToCertificate',
      'acm:ListTagsForCertificate',
      'acm:RemoveTagsFromCertificate',
    ],
  },
  {
    service: 'acm',
    operation: 'see whether a certificate exists (updatePolicy IfNotExists)',
    actions: ['tag:GetResources', 'acm:ListTagsForCertificate'],
  },
  {
    service: 'acm',
    operation: 'delete a certificate',
    actions: ['tag:GetResources', 'acm:ListTagsForCertificate', 'acm:DeleteCertificate'],
  },
];

/** Every action that pushing to a service may need, once each, by name. */
export const pushActions = (service: SecretService): readonly string[] => {
  const own = PUSH_OPERATIONS.filter((operation) => operation.service === service);
  const all = own.flatMap(({ actions, optional = {} }) => [...actions, ...Object.values(optional).flat()]);
  return [...new Set(all)].toSorted();
};
