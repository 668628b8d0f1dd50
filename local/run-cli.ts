import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { LocalAws } from './aws/start-local-aws.ts';

const CLI = join(import.meta.dirname, '../cli/secretcast.ts');

/** The service a command is for. */
export interface DeployedService {
  readonly aws: Pick<LocalAws, 'endpoint' | 'region' | 'credentials'>;
  readonly stage: string;
  readonly table: string;
}

/** How a command ended. */
export interface CliOutcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs `secretcast` in a process of its own.
 * @returns what it printed
 * @throws Error - what it said on stderr, when it ends with anything but 0
 */
export const runCli = async (service: DeployedService, args: readonly string[]): Promise<string> => {
  const { code, out, err } = await tryCli(service, args);
  if (code !== 0) throw new Error(`secretcast ${args.slice(0, 2).join(' ')} failed (${code}): ${err}`);
  return out;
};

/** The same, for commands that are to fail. */
export const tryCli = async ({ aws, stage, table }: DeployedService, args: readonly string[]): Promise<CliOutcome> => {
  const child = spawn(process.execPath, ['--no-warnings', CLI, ...args], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      AWS_ENDPOINT_URL: aws.endpoint,
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
      SECRETCAST_STAGE: stage,
      SECRETCAST_TABLE: table,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = [gather(child.stdout), gather(child.stderr)];
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  return { code, out: out(), err: err() };
};

const gather = (stream: NodeJS.ReadableStream): (() => string) => {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return () => text;
};
