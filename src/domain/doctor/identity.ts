import type { IdentityPlan, RoleHop } from '../identity-plan.ts';
import { partitionOf } from '../partition.ts';
import type { SecretService } from '../remote-key.ts';
import { parseRoleArn } from '../role-arn.ts';
import type { SecretStore } from '../secret-store.ts';
import type { MissingStatement, Trouble } from './hop.ts';

/** A role by name, as a console shows it, goes to STS as it is, which then says something else. */
export const judgeRoles = ({ kind, name, aws }: SecretStore): Trouble | undefined => {
  const fields = [
    ...aws.additionalRoles.map((role, index) => [`additionalRoles[${index}]`, role] as const),
    ...(aws.role === '' ? [] : [['role', aws.role] as const]),
  ];
  const wrong = fields.filter(([, role]) => parseRoleArn(role) === undefined);
  if (wrong.length === 0) return undefined;
  return {
    answer: wrong.map(([field, role]) => `spec.provider.aws.${field} of ${kind} "${name}" is no ARN: ${role}`),
    remedy: {
      say: 'Name the role in full: arn:aws:iam::ACCOUNT:role/NAME.',
      commands: wrong.map(
        ([, role]) => `aws iam get-role --role-name ${lastPart(role)} --query Role.Arn --output text`,
      ),
    },
  };
};

const lastPart = (role: string): string => role.split(/[/:]/).at(-1) ?? role;

/** For people: what a chain begins with. */
export const baseName = (base: IdentityPlan['base']): string => {
  switch (base.type) {
    case 'default-role':
      return `the default role ${base.roleArn}`;
    case 'static':
      return `the access key in Secret ${base.accessKeyId.namespace}/${base.accessKeyId.name}`;
    case 'service-account':
      return `service account ${base.namespace}/${base.name}`;
  }
};

/** Who stands before a link of the chain. */
export interface Signer {
  /** For people. */
  readonly name: string;
  /** Absent: known by its keys only. */
  readonly arn?: string;
}

/** As AWS words a refusal. `User: ARN is not authorized to perform: ACTION on resource: ARN because …` */
const REFUSED_USER = /User: (?<arn>arn:\S+) is not authorized/;
const EXPLICIT = /explicit deny in an? (?<policy>[a-z -]+(?:policy|boundary))/;

/** Who was refused: the answer knows better than whoever asked. `policyOf`: whose policies decide, undefined without an ARN. */
const whoWasRefused = (
  answer: string,
  signer: Signer,
): { readonly policyOf: string | undefined; readonly told: Pick<Trouble, 'as'> } => {
  const arn = REFUSED_USER.exec(answer)?.groups?.['arn'];
  return arn === undefined ? { policyOf: signer.arn, told: {} } : { policyOf: roleOfSession(arn), told: { as: arn } };
};

/** Of an assumed role's session, the role: what a policy names. */
export const roleOfSession = (arn: string): string =>
  arn.replace(/^(arn:[^:]+):sts::(\d{12}):assumed-role\/([^/]+)\/.*$/, '$1:iam::$2:role/$3');

/** A link that STS refused: both sides must allow it. */
export const explainAssumeRole = (
  answer: string,
  { roleArn, externalId, sessionTags }: RoleHop,
  signer: Signer,
): Trouble => {
  const { policyOf: principal, told } = whoWasRefused(answer, signer);
  const actions = sessionTags.length === 0 ? 'sts:AssumeRole' : ['sts:AssumeRole', 'sts:TagSession'];
  const condition = externalId === undefined ? {} : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } };
  return {
    answer: [answer],
    ...told,
    remedy: {
      say:
        denySentence(answer) ??
        'Both policies must say so; within one account the trust policy alone is enough when it names the role itself. A role that does not exist is answered the same way.',
      statements: [
        {
          policy: `trust policy of ${roleArn}`,
          statement: {
            Effect: 'Allow',
            Principal: { AWS: principal ?? `ARN of ${signer.name}` },
            Action: actions,
            ...condition,
          },
        },
        {
          policy: `policy of ${principal ?? signer.name}`,
          statement: { Effect: 'Allow', Action: actions, Resource: roleArn },
        },
      ],
    },
  };
};

const denySentence = (answer: string): string | undefined => {
  const policy = EXPLICIT.exec(answer)?.groups?.['policy'];
  return policy === undefined
    ? undefined
    : `An explicit deny in a ${policy} decides, whatever else allows it: take it out, or make an exception there.`;
};

/** Keys, or a service account, that could not be had from the cluster. */
export const explainCredentials = (answer: string, { base }: Pick<IdentityPlan, 'base'>): Trouble => {
  if (base.type === 'service-account') {
    const { namespace, name } = base;
    return {
      answer: [answer],
      remedy: {
        say: 'The account needs the annotation of its role, and the service leave to ask for its token, by name:',
        commands: [
          `kubectl -n ${namespace} annotate serviceaccount ${name} eks.amazonaws.com/role-arn=arn:aws:iam::ACCOUNT:role/NAME`,
          `secretcast rbac --service-account ${namespace}/${name} | kubectl apply -f -`,
        ],
      },
    };
  }
  if (base.type !== 'static') return { answer: [answer], remedy: { say: '' } };
  const { accessKeyId, secretAccessKey } = base;
  const literals =
    accessKeyId.name === secretAccessKey.name
      ? `kubectl -n ${accessKeyId.namespace} create secret generic ${accessKeyId.name} --from-literal=${accessKeyId.key}=… --from-literal=${secretAccessKey.key}=…`
      : `kubectl -n ${accessKeyId.namespace} create secret generic ${accessKeyId.name} --from-literal=${accessKeyId.key}=…`;
  return {
    answer: [answer],
    remedy: { say: 'Put the access key where the store looks for it:', commands: [literals] },
  };
};

/** The keys themselves are worth nothing to AWS. */
export const explainKeys = (answer: string): Trouble => ({
  answer: [answer],
  remedy: {
    say: 'The access key was deleted or deactivated, or its secret is another one. Make a new one and put it into the Secret that the store names.',
  },
});

/** STS takes a service account's token only from an issuer, for a subject and an audience that the role trusts. */
export const explainWebIdentity = (answer: string, { base }: Pick<IdentityPlan, 'base'>): Trouble => ({
  answer: [answer],
  remedy: {
    say: "The role must trust the cluster's OIDC provider for this account:",
    statements:
      base.type === 'service-account'
        ? [
            {
              policy: 'trust policy of the role in the annotation eks.amazonaws.com/role-arn',
              statement: {
                Effect: 'Allow',
                Principal: { Federated: 'arn:aws:iam::ACCOUNT:oidc-provider/ISSUER' },
                Action: 'sts:AssumeRoleWithWebIdentity',
                Condition: {
                  StringEquals: {
                    'ISSUER:sub': `system:serviceaccount:${base.namespace}:${base.name}`,
                    'ISSUER:aud': 'sts.amazonaws.com',
                  },
                },
              },
            },
          ]
        : [],
  },
});

/** Secrets Manager and Parameter Store decrypt for the reader, so that they say what KMS said. */
export const isKmsRefusal = (answer: string): boolean =>
  /\bkms:|\bKMS\b|KMSKey|DecryptionFailure|InvalidKeyId/.test(answer);

/** A key and who reads it. */
export interface ReadAttempt {
  readonly service: SecretService;
  readonly region: string;
  readonly account: string;
  /** With the store's prefix. */
  readonly key: string;
  readonly reader: Signer;
}

const READ_ACTIONS: Readonly<Record<SecretService, readonly string[]>> = {
  secretsmanager: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
  ssm: ['ssm:GetParameter', 'ssm:ListTagsForResource'],
  acm: ['acm:DescribeCertificate', 'acm:GetCertificate', 'acm:ExportCertificate'],
};

const resourceOf = ({ service, region, account, key }: ReadAttempt): string => {
  if (key.startsWith('arn:')) return key;
  const place = `arn:${partitionOf(region).name}:${service}:${region}:${account}`;
  // Six characters that Secrets Manager adds to a name.
  return service === 'secretsmanager'
    ? `${place}:secret:${key}-??????`
    : `${place}:parameter/${key.replace(/^\//, '')}`;
};

export const explainRead = (answer: string, read: ReadAttempt): Trouble => {
  const { policyOf = read.reader.name, told } = whoWasRefused(answer, read.reader);
  return {
    answer: [answer],
    ...told,
    remedy: {
      say:
        denySentence(answer) ??
        "The reader's own policy must allow it; in another account the secret's resource policy too.",
      statements: [
        {
          policy: `policy of ${policyOf}`,
          statement: { Effect: 'Allow', Action: READ_ACTIONS[read.service], Resource: resourceOf(read) },
        },
      ],
    },
  };
};

export const explainAbsence = (read: ReadAttempt): Trouble => ({
  answer: [
    `there is no ${read.service === 'ssm' ? 'parameter' : 'secret'} ${read.key} in ${read.region} of account ${read.account}`,
  ],
  remedy: {
    say: "Keys are case-sensitive and include the store's prefix. Region and account are those of the store and of its last role. What is there:",
    commands: [
      read.service === 'ssm'
        ? `aws ssm describe-parameters --region ${read.region}`
        : `aws secretsmanager list-secrets --region ${read.region} --filters Key=name,Values=${read.key}`,
    ],
  },
});

export const explainKms = (answer: string, { service, region, reader }: ReadAttempt): Trouble => {
  const { policyOf: principal = reader.name, told } = whoWasRefused(answer, reader);
  const via = { StringEquals: { 'kms:ViaService': `${service}.${region}.${partitionOf(region).dnsSuffix}` } };
  const statements: readonly MissingStatement[] = [
    {
      policy: `policy of ${principal}`,
      statement: {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: `arn:${partitionOf(region).name}:kms:${region}:KEY_ACCOUNT:key/KEY_ID`,
        Condition: via,
      },
    },
    {
      policy: 'key policy, when the key is of another account or does not leave it to IAM',
      statement: {
        Effect: 'Allow',
        Principal: { AWS: principal },
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: via,
      },
    },
  ];
  return {
    answer: [answer],
    ...told,
    remedy: {
      say: 'The value is encrypted with a key of your own, which this identity may not use, or which is disabled.',
      statements,
    },
  };
};
