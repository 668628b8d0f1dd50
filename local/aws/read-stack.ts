import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CloudFormationClient,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { parse } from 'yaml';
import type { DeployedStack } from './deploy.ts';

/** @throws Error - no such stack */
export async function readStack(
  client: CloudFormationClient,
  serviceDirectory: string,
  stage: string,
): Promise<DeployedStack> {
  const name = stackName(await readFile(join(serviceDirectory, 'serverless.yml'), 'utf8'), stage);
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName: name }));
  return {
    name,
    outputs: Object.fromEntries((Stacks[0]?.Outputs ?? []).map((o) => [o.OutputKey ?? '', o.OutputValue ?? ''])),
    resources: Object.fromEntries(StackResources.map((r) => [r.LogicalResourceId ?? '', r.PhysicalResourceId ?? ''])),
  };
}

/** osls names a stack `SERVICE-STAGE`. A service with a `stackName` of its own is not supported here. */
export function stackName(serviceFile: string, stage: string): string {
  const document: unknown = parse(serviceFile, { logLevel: 'error' });
  const service =
    typeof document === 'object' && document !== null && 'service' in document ? document.service : undefined;
  if (typeof service !== 'string') throw new Error('serverless.yml names no service');
  return `${service}-${stage}`;
}
