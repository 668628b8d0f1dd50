import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DisableRuleCommand, EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { GetRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import * as z from 'zod/mini';
import { type LocalStack, STAGE } from '../../../local/stack.ts';

const policySchema = z.looseObject({ Statement: z.array(z.looseObject({ Sid: z.string() })) });
type Policy = z.infer<typeof policySchema>;

/** The deployed functions' roles, taken apart statement by statement. */
export interface FunctionRoles {
  /** Sids of a function's role. */
  readonly statementsOf: (functionName: string) => Promise<readonly string[]>;
  /** Takes one statement away, for containers that know no session of before. */
  readonly take: (functionName: string, sid: string) => Promise<void>;
  readonly giveBack: (functionName: string) => Promise<void>;
  /** The clock invokes nothing any more. */
  readonly stopClock: () => Promise<void>;
  /** Whoever held a cluster's watches is forgotten. */
  readonly freeLease: (cluster: string) => Promise<void>;
  readonly close: () => void;
}

const fullName = (functionName: string): string => `secretcast-${STAGE}-${functionName}`;

export const openFunctionRoles = ({ aws }: Pick<LocalStack, 'aws'>): FunctionRoles => {
  const { endpoint, region, credentials } = aws;
  const settings = { endpoint, region, credentials };
  const [iam, lambda] = [new IAMClient(settings), new LambdaClient(settings)];
  const [events, dynamodb] = [new EventBridgeClient(settings), new DynamoDBClient(settings)];
  const whole = new Map<string, Policy>();
  let changes = 0;

  const policyOf = async (functionName: string): Promise<Policy> => {
    const known = whole.get(functionName);
    if (known !== undefined) return known;
    const command = new GetRolePolicyCommand({ RoleName: fullName(functionName), PolicyName: functionName });
    const text = decodeURIComponent((await iam.send(command)).PolicyDocument ?? '');
    const policy = policySchema.parse(JSON.parse(text));
    whole.set(functionName, policy);
    return policy;
  };

  /** New containers: a warm one keeps sessions and connection secrets that it got before. */
  const restart = async (FunctionName: string): Promise<void> => {
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    changes += 1;
    const Variables = { ...Environment?.Variables, POLICY_CHANGES: String(changes) };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
  };

  const put = async (functionName: string, policy: Policy): Promise<void> => {
    const PolicyDocument = JSON.stringify(policy);
    const RoleName = fullName(functionName);
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: functionName, PolicyDocument }));
    await restart(RoleName);
  };

  return {
    statementsOf: async (functionName) => (await policyOf(functionName)).Statement.map(({ Sid }) => Sid),
    take: async (functionName, sid) => {
      const policy = await policyOf(functionName);
      await put(functionName, { ...policy, Statement: policy.Statement.filter(({ Sid }) => Sid !== sid) });
    },
    giveBack: async (functionName) => put(functionName, await policyOf(functionName)),
    stopClock: async () => {
      const { Rules = [] } = await events.send(new ListRulesCommand({}));
      for (const { Name, ScheduleExpression } of Rules)
        if (ScheduleExpression !== undefined) await events.send(new DisableRuleCommand({ Name }));
    },
    freeLease: async (cluster) => {
      const Key = { pk: { S: `CLUSTER#${cluster}` }, sk: { S: 'LEASE' } };
      await dynamodb.send(new DeleteItemCommand({ TableName: `secretcast-${STAGE}`, Key }));
    },
    close: () => {
      for (const client of [iam, lambda, events, dynamodb]) client.destroy();
    },
  };
};
