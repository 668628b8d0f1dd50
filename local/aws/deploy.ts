import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { applyIgnoredSettings } from './ignored-settings.ts';
import { readStack } from './read-stack.ts';
import { runOsls } from './run-osls.ts';
import type { LocalAws } from './start-local-aws.ts';

export interface DeployOptions {
  readonly aws: LocalAws;
  /** Folder of `serverless.yml`; what it deploys must have been built. */
  readonly serviceDirectory: string;
  readonly stage: string;
  /** @default the hub's */
  readonly region?: string;
  /** Account to deploy into. @default the hub's */
  readonly accountId?: string;
  /** Answers `${param:name}`. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Answers `${env:NAME}`; nothing else of our environment is visible to the service file. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

export interface DeployedStack {
  readonly name: string;
  /** Output key to value. */
  readonly outputs: Readonly<Record<string, string>>;
  /** Logical id to physical id: a table's or function's name, a queue's URL, … */
  readonly resources: Readonly<Record<string, string>>;
}

/**
 * Deploys a service with osls into the local AWS, as it would be into a real one, and then sets what the emulator's CloudFormation ignores.
 * @throws Error - osls failed; the message ends with what it printed
 */
export async function deployService(options: DeployOptions): Promise<DeployedStack> {
  await runOsls('deploy', options);
  const { aws, serviceDirectory, region = aws.region, accountId = aws.accountId } = options;
  const target = { endpoint: aws.endpoint, region, credentials: aws.rootOf(accountId) };
  const client = new CloudFormationClient(target);
  try {
    const stack = await readStack(client, serviceDirectory, options.stage);
    await applyIgnoredSettings({ target, serviceDirectory, resources: stack.resources, log: options.log });
    return stack;
  } finally {
    client.destroy();
  }
}

/** Takes a deployed service away again. */
export async function removeService(options: DeployOptions): Promise<void> {
  await runOsls('remove', options);
}
