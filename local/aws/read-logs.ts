import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import type { LocalAws } from './start-local-aws.ts';

/** All that functions printed, by log group: what a canary searches. The emulator writes an invocation's lines when it has ended. */
export async function readLogs(aws: LocalAws, accountId = aws.accountId): Promise<Readonly<Record<string, string>>> {
  const client = new CloudWatchLogsClient({
    endpoint: aws.endpoint,
    region: aws.region,
    credentials: aws.rootOf(accountId),
  });
  const logs: Record<string, string> = {};
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {})) {
    for (const { logGroupName = '' } of logGroups) logs[logGroupName] = await readGroup(client, logGroupName);
  }
  client.destroy();
  return logs;
}

async function readGroup(client: CloudWatchLogsClient, logGroupName: string): Promise<string> {
  const lines: string[] = [];
  for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName })) {
    lines.push(...events.map(({ message = '' }) => message.trimEnd()));
  }
  return lines.join('\n');
}
