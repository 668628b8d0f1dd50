import {
  CreateAccessKeyCommand,
  CreateOpenIDConnectProviderCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserPolicyCommand,
  EntityAlreadyExistsException,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidRequestException,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  ParameterNotFound,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { LocalAws } from '../../../local/aws/start-local-aws.ts';

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Conditions;
}

type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** Who may assume a role. */
export interface Trust {
  readonly Principal: object;
  readonly Action: string | readonly string[];
  readonly Condition?: Conditions;
}

type Tags = Readonly<Record<string, string>>;

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface FoundSecret {
  readonly value: string;
  readonly description: string;
  readonly tags: Tags;
  /** That there ever were, while AWS keeps them. */
  readonly versions: number;
}

export interface FoundParameter {
  readonly value: string;
  readonly type: string;
  readonly version: number;
  readonly tags: Tags;
}

/** The owner of secrets: root of an account, whom nothing stops. */
export interface Provider {
  readonly createSecret: (name: string, value: string | object, tags?: Tags) => Promise<void>;
  /** @returns the new version's id */
  readonly putSecret: (name: string, value: string | object) => Promise<string>;
  /** At once, without recovery window. */
  readonly deleteSecret: (name: string) => Promise<void>;
  /** With a recovery window, in which {@link restoreSecret} undoes it. */
  readonly scheduleDeletion: (name: string) => Promise<void>;
  readonly restoreSecret: (name: string) => Promise<void>;
  /** The one statement of the secret's own policy. */
  readonly putResourcePolicy: (name: string, statement: object) => Promise<void>;
  readonly tagSecret: (name: string, tags: Tags) => Promise<void>;
  readonly untagSecret: (name: string, ...keys: readonly string[]) => Promise<void>;
  readonly tagParameter: (name: string, tags: Tags) => Promise<void>;
  readonly putParameter: (name: string, value: string | object) => Promise<void>;
  readonly deleteParameter: (name: string) => Promise<void>;
  /** As the owner finds it, whichever of text and bytes it was stored as; undefined: there is no such secret, or it is being deleted. */
  readonly readSecret: (name: string) => Promise<FoundSecret | undefined>;
  readonly readParameter: (name: string) => Promise<FoundParameter | undefined>;
  /** A user that may do what `statements` say, and its keys. */
  readonly createUser: (name: string, statements: readonly Statement[]) => Promise<AccessKey>;
  /** None takes the user's policy away. */
  readonly allowUser: (name: string, statements: readonly Statement[]) => Promise<void>;
  /** A role that everybody in the account may assume whose own policy allows it. @returns its ARN */
  readonly createRole: (name: string, statements: readonly Statement[]) => Promise<string>;
  /** A role for whom `trust` says. @returns its ARN */
  readonly createTrustedRole: (
    name: string,
    trust: Trust | readonly Trust[],
    statements: readonly Statement[],
  ) => Promise<string>;
  /** A role for whoever has a token of `subject` from `issuer`, and the identity provider, as they are set up for a service account. @returns its ARN */
  readonly createWebIdentityRole: (
    name: string,
    from: { readonly issuer: string; readonly subject: string | readonly string[] },
    statements: readonly Statement[],
  ) => Promise<string>;
  readonly close: () => void;
}

/** Reads all secrets whose name starts with `prefix`; what the reference's documents ask for. */
export const mayReadSecrets = (prefix: string): Statement => ({
  Effect: 'Allow',
  Action: [
    'secretsmanager:GetResourcePolicy',
    'secretsmanager:GetSecretValue',
    'secretsmanager:DescribeSecret',
    'secretsmanager:ListSecretVersionIds',
  ],
  Resource: `arn:aws:secretsmanager:*:*:secret:${prefix}*`,
});

export const mayReadParameters = (prefix: string): Statement => ({
  Effect: 'Allow',
  Action: 'ssm:GetParameter*',
  Resource: `arn:aws:ssm:*:*:parameter/${prefix}*`,
});

/** What `find` needs besides leave to read each secret; AWS and the emulator ask for these on everything. */
export const MAY_FIND_SECRETS: Statement = {
  Effect: 'Allow',
  Action: ['secretsmanager:ListSecrets', 'secretsmanager:BatchGetSecretValue'],
  Resource: '*',
};

export const MAY_FIND_PARAMETERS: Statement = {
  Effect: 'Allow',
  Action: ['ssm:GetParametersByPath', 'ssm:GetParameters', 'ssm:DescribeParameters'],
  Resource: '*',
};

/** What pushing to Secrets Manager needs, all of it conditioned on the tag where IAM can ask for it. */
export const mayPushSecrets = (prefix: string): readonly Statement[] => {
  const Resource = `arn:aws:secretsmanager:*:*:secret:${prefix}*`;
  return [
    { Effect: 'Allow', Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'], Resource },
    {
      Effect: 'Allow',
      Action: ['secretsmanager:CreateSecret', 'secretsmanager:TagResource'],
      Resource,
      Condition: { StringEquals: { 'aws:RequestTag/managed-by': 'external-secrets' } },
    },
    {
      Effect: 'Allow',
      Action: [
        'secretsmanager:PutSecretValue',
        'secretsmanager:TagResource',
        'secretsmanager:UntagResource',
        'secretsmanager:DeleteSecret',
      ],
      Resource,
      Condition: { StringEquals: { 'secretsmanager:ResourceTag/managed-by': 'external-secrets' } },
    },
  ];
};

/** What pushing to Parameter Store needs. */
export const mayPushParameters = (prefix: string): readonly Statement[] => [
  {
    Effect: 'Allow',
    Action: [
      'ssm:GetParameter',
      'ssm:PutParameter',
      'ssm:AddTagsToResource',
      'ssm:RemoveTagsFromResource',
      'ssm:ListTagsForResource',
      'ssm:DeleteParameter',
    ],
    Resource: `arn:aws:ssm:*:*:parameter/${prefix}*`,
  },
];

const POLICY = 'granted';

/** @param accountId - whose. @default the hub's */
export const createProvider = (aws: LocalAws, accountId = aws.accountId): Provider => {
  const { endpoint, region } = aws;
  const settings = { endpoint, region, credentials: aws.rootOf(accountId) };
  const secrets = new SecretsManagerClient(settings);
  const parameters = new SSMClient(settings);
  const iam = new IAMClient(settings);
  const allowUser: Provider['allowUser'] = async (UserName, statements) => {
    const PolicyDocument = policy(statements);
    if (statements.length === 0) await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: POLICY }));
    else await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: POLICY, PolicyDocument }));
  };
  const createTrustedRole: Provider['createTrustedRole'] = async (RoleName, trust, statements) => {
    const AssumeRolePolicyDocument = policy([trust].flat().map((each) => ({ Effect: 'Allow', ...each })));
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    if (statements.length > 0) {
      const PolicyDocument = policy(statements);
      await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: POLICY, PolicyDocument }));
    }
    return `arn:aws:iam::${accountId}:role/${RoleName}`;
  };
  const trustIssuer = async (Url: string): Promise<void> => {
    try {
      await iam.send(new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['sts.amazonaws.com'] }));
    } catch (error) {
      if (!(error instanceof EntityAlreadyExistsException)) throw error;
    }
  };
  return {
    createSecret: async (Name, value, tags = {}) => {
      await secrets.send(new CreateSecretCommand({ Name, SecretString: toText(value), Tags: toTags(tags) }));
    },
    putSecret: async (SecretId, value) => {
      const command = new PutSecretValueCommand({ SecretId, SecretString: toText(value) });
      return (await secrets.send(command)).VersionId ?? '';
    },
    deleteSecret: async (SecretId) => {
      await secrets.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    },
    scheduleDeletion: async (SecretId) => {
      await secrets.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
    },
    restoreSecret: async (SecretId) => {
      await secrets.send(new RestoreSecretCommand({ SecretId }));
    },
    putResourcePolicy: async (SecretId, statement) => {
      await secrets.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy: policy([statement]) }));
    },
    tagSecret: async (SecretId, tags) => {
      await secrets.send(new TagResourceCommand({ SecretId, Tags: toTags(tags) }));
    },
    untagSecret: async (SecretId, ...keys) => {
      await secrets.send(new UntagResourceCommand({ SecretId, TagKeys: [...keys] }));
    },
    tagParameter: async (ResourceId, tags) => {
      const command = { ResourceType: 'Parameter' as const, ResourceId, Tags: toTags(tags) };
      await parameters.send(new AddTagsToResourceCommand(command));
    },
    putParameter: async (Name, value) => {
      const command = { Name, Value: toText(value), Type: 'SecureString' as const, Overwrite: true };
      await parameters.send(new PutParameterCommand(command));
    },
    deleteParameter: async (Name) => {
      await parameters.send(new DeleteParameterCommand({ Name }));
    },
    readSecret: async (SecretId) => {
      try {
        const { SecretString, SecretBinary } = await secrets.send(new GetSecretValueCommand({ SecretId }));
        const { Description = '', Tags } = await secrets.send(new DescribeSecretCommand({ SecretId }));
        const listed = new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true });
        const { Versions = [] } = await secrets.send(listed);
        const value = SecretString ?? Buffer.from(SecretBinary ?? []).toString();
        return { value, description: Description, tags: fromTags(Tags), versions: Versions.length };
      } catch (error) {
        if (error instanceof ResourceNotFoundException || error instanceof InvalidRequestException) return undefined;
        throw error;
      }
    },
    readParameter: async (Name) => {
      try {
        const { Parameter } = await parameters.send(new GetParameterCommand({ Name, WithDecryption: true }));
        const ofTags = new ListTagsForResourceCommand({ ResourceType: 'Parameter', ResourceId: Name });
        const { TagList } = await parameters.send(ofTags);
        const { Value = '', Type = '', Version = 0 } = Parameter ?? {};
        return { value: Value, type: Type, version: Version, tags: fromTags(TagList) };
      } catch (error) {
        if (error instanceof ParameterNotFound) return undefined;
        throw error;
      }
    },
    allowUser,
    createUser: async (UserName, statements) => {
      await iam.send(new CreateUserCommand({ UserName }));
      if (statements.length > 0) await allowUser(UserName, statements);
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
      return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    },
    createTrustedRole,
    createRole: (name, statements) => {
      const Principal = { AWS: `arn:aws:iam::${accountId}:root` };
      return createTrustedRole(name, { Principal, Action: ['sts:AssumeRole', 'sts:TagSession'] }, statements);
    },
    createWebIdentityRole: async (name, { issuer, subject }, statements) => {
      await trustIssuer(issuer);
      const provider = issuer.replace('https://', '');
      const trust: Trust = {
        Principal: { Federated: `arn:aws:iam::${accountId}:oidc-provider/${provider}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${provider}:sub`]: subject, [`${provider}:aud`]: 'sts.amazonaws.com' } },
      };
      return createTrustedRole(name, trust, statements);
    },
    close: () => {
      for (const client of [secrets, parameters, iam]) client.destroy();
    },
  };
};

const toTags = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

const fromTags = (
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Tags => Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));

const policy = (Statement: readonly object[]): string => JSON.stringify({ Version: '2012-10-17', Statement });

const toText = (value: string | object): string => (typeof value === 'string' ? value : JSON.stringify(value));
