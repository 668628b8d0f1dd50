import { spawn } from 'node:child_process';
import { join } from 'node:path';

const CLI = join(import.meta.dirname, '../cli/secretcast.ts');

/**
 * Runs `secretcast` in a process of its own against the stack that `environmentFile` describes.
 * @returns what it printed
 * @throws Error - what it said on stderr, when it ends with anything but 0
 */
export const runCli = async (environmentFile: string, args: readonly string[]): Promise<string> => {
  const child = spawn(process.execPath, ['--no-warnings', CLI, ...args], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], SECRETCAST_ENV_FILE: environmentFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = [gather(child.stdout), gather(child.stderr)];
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (code !== 0) throw new Error(`secretcast ${args[0] ?? ''} ${args[1] ?? ''} failed (${code}): ${err()}`);
  return out();
};

const gather = (stream: NodeJS.ReadableStream): (() => string) => {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return () => text;
};
