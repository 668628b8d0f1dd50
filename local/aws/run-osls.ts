import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import type { DeployOptions } from './deploy.ts';

const lastWordsCharacters = 4_000;

/**
 * Runs the project's own osls. It builds its clients with the SDK's defaults, so AWS_ENDPOINT_URL sends all of them to the emulator, S3 included
 * (path-style, because the endpoint is an address). It phones nobody: version 4 has neither telemetry nor login nor an update check.
 */
export async function runOsls(command: 'deploy' | 'remove', options: DeployOptions): Promise<void> {
  const program = createRequire(import.meta.url).resolve('osls/bin/serverless.js');
  const node = join(options.aws.nodeBinDirectory, 'node');
  const child = spawn(node, [program, command, ...oslsArguments(options)], {
    cwd: options.serviceDirectory,
    env: oslsEnvironment(options),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  const listen = (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-lastWordsCharacters);
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (code !== 0) throw new Error(`osls ${command} in ${options.serviceDirectory} failed:\n${words}`);
  options.log(words.trim());
}

export function oslsArguments({ aws, stage, region, parameters = {} }: DeployOptions): string[] {
  const given = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  return ['--stage', stage, '--region', region ?? aws.region, ...given];
}

/** A HOME of the run, so that neither a profile nor a cache of the user's plays in. */
export function oslsEnvironment({ aws, accountId, region, environment }: DeployOptions): Record<string, string> {
  const { accessKeyId, secretAccessKey } = aws.rootOf(accountId ?? aws.accountId);
  return {
    PATH: [aws.nodeBinDirectory, '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    HOME: join(aws.directory, 'home'),
    CI: 'true', // no questions, no spinner
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: region ?? aws.region,
    SLS_AWS_MONITORING_FREQUENCY: '250', // milliseconds between looks at the stack; the emulator is quick and nobody throttles
    ...environment,
  };
}
