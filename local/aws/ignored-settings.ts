import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import type { RootCredentials } from './start-local-aws.ts';

/** What a template asks for and the emulator's CloudFormation leaves out. */
export interface IgnoredSettings {
  readonly timeToLive: readonly { readonly logicalId: string; readonly attribute: string }[];
  readonly concurrency: readonly { readonly logicalId: string; readonly reserved: number }[];
}

export interface SettingsToApply {
  readonly target: { readonly endpoint: string; readonly region: string; readonly credentials: RootCredentials };
  readonly serviceDirectory: string;
  readonly resources: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

/** Where osls leaves the template it deployed. */
const templateFile = join('.serverless', 'cloudformation-template-update-stack.json');

/** Time to live of tables and reserved concurrency of functions, read from the deployed template and set by their own API. */
export async function applyIgnoredSettings({
  target,
  serviceDirectory,
  resources,
  log,
}: SettingsToApply): Promise<void> {
  const template: unknown = JSON.parse(await readFile(join(serviceDirectory, templateFile), 'utf8'));
  const { timeToLive, concurrency } = findIgnoredSettings(template);
  const dynamodb = new DynamoDBClient(target);
  const lambda = new LambdaClient(target);
  for (const { logicalId, attribute } of timeToLive) {
    const TimeToLiveSpecification = { Enabled: true, AttributeName: attribute };
    await dynamodb.send(new UpdateTimeToLiveCommand({ TableName: resources[logicalId], TimeToLiveSpecification }));
    log(`${resources[logicalId]}: time to live by ${attribute}`);
  }
  for (const { logicalId, reserved } of concurrency) {
    const FunctionName = resources[logicalId];
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: reserved }));
    log(`${FunctionName}: reserved concurrency ${reserved}`);
  }
  dynamodb.destroy();
  lambda.destroy();
}

export function findIgnoredSettings(template: unknown): IgnoredSettings {
  const resources = Object.entries(memberOf(template, 'Resources') ?? {});
  return {
    timeToLive: resources.flatMap(([logicalId, resource]) => {
      const wanted = memberOf(memberOf(resource, 'Properties'), 'TimeToLiveSpecification');
      const attribute = memberOf(wanted, 'AttributeName');
      return memberOf(wanted, 'Enabled') === true && typeof attribute === 'string' ? [{ logicalId, attribute }] : [];
    }),
    concurrency: resources.flatMap(([logicalId, resource]) => {
      const reserved = memberOf(memberOf(resource, 'Properties'), 'ReservedConcurrentExecutions');
      return typeof reserved === 'number' ? [{ logicalId, reserved }] : [];
    }),
  };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
