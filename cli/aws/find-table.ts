import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import type { Settings } from '../settings.ts';
import { awsSettings } from './aws-settings.ts';

const OUTPUT = 'TableName';

/**
 * The service's table as its stack names it. Who may not look at stacks, or whose stack has another name, gets the
 * table of the stack's own name; whether that exists the first read tells.
 */
export const findTable = async (settings: Settings): Promise<string> => {
  const name = `secretcast-${settings.stage}`;
  const client = new CloudFormationClient(awsSettings(settings));
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const outputs = Stacks.flatMap(({ Outputs = [] }) => Outputs);
    return outputs.find(({ OutputKey }) => OutputKey === OUTPUT)?.OutputValue ?? name;
  } catch (error) {
    if (error instanceof Error && UNKNOWN_STACK.has(error.name)) return name;
    throw error;
  } finally {
    client.destroy();
  }
};

const UNKNOWN_STACK: ReadonlySet<string> = new Set(['ValidationError', 'AccessDenied', 'AccessDeniedException']);
