import * as z from 'zod/mini';
import { oneOrMore } from './service/synthesise.ts';

const statementSchema = z.object({
  Sid: z.optional(z.string()),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore(z.string()),
  Resource: oneOrMore(z.string()),
  Condition: z.optional(z.record(z.string(), z.record(z.string(), z.unknown()))),
});

export type Statement = z.infer<typeof statementSchema>;

const trustSchema = z.object({
  Statement: z.array(
    z.object({
      Effect: z.literal('Allow'),
      Principal: z.record(z.string(), z.unknown()),
      Action: oneOrMore(z.string()),
      Condition: z.optional(z.record(z.string(), z.record(z.string(), z.unknown()))),
    }),
  ),
});

const roleSchema = z.object({
  Type: z.literal('AWS::IAM::Role'),
  Properties: z.object({
    RoleName: z.string(),
    AssumeRolePolicyDocument: trustSchema,
    ManagedPolicyArns: z.optional(z.array(z.unknown())),
    Policies: z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(statementSchema) }) })),
  }),
});

export interface Role {
  readonly id: string;
  readonly name: string;
  readonly trust: z.infer<typeof trustSchema>['Statement'];
  readonly managed: readonly unknown[];
  readonly statements: readonly Statement[];
}

/** The roles among resolved resources. */
export const rolesIn = (resources: Readonly<Record<string, unknown>>): readonly Role[] =>
  Object.entries(resources).flatMap(([id, resource]) => {
    if (!z.safeParse(z.object({ Type: z.literal('AWS::IAM::Role') }), resource).success) return [];
    const { RoleName, AssumeRolePolicyDocument, ManagedPolicyArns, Policies } = z.parse(
      roleSchema,
      resource,
    ).Properties;
    return [
      {
        id,
        name: RoleName,
        trust: AssumeRolePolicyDocument.Statement,
        managed: ManagedPolicyArns ?? [],
        statements: Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
      },
    ];
  });

/** Actions for which IAM knows no resource. https://docs.aws.amazon.com/service-authorization/latest/reference/ */
const WITHOUT_RESOURCES: readonly string[] = [
  'secretsmanager:BatchGetSecretValue',
  'secretsmanager:ListSecrets',
  'ssm:DescribeParameters',
  'tag:GetResources',
];

/** What a role allows on everything although IAM lets it be named, or by a pattern of actions. Nothing, in a role of ours. */
export const tooWide = ({ statements }: Role): readonly string[] =>
  statements.flatMap(({ Effect, Action, Resource }) => {
    if (Effect === 'Deny') return [];
    const patterns = Action.filter((action) => action.includes('*'));
    const everywhere = Resource.includes('*') ? Action.filter((action) => !WITHOUT_RESOURCES.includes(action)) : [];
    return [...patterns, ...everywhere];
  });

/** The statement of this Sid. @throws Error - there is none */
export const statement = (role: Role | undefined, sid: string): Statement => {
  const found = role?.statements.find(({ Sid }) => Sid === sid);
  if (found === undefined) throw new Error(`no statement ${sid} in ${role?.id ?? 'a role that is not there'}`);
  return found;
};
