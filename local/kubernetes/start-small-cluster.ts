import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { LocalCluster, LocalClusterOptions } from '../cluster.ts';
import type { ServerConfig } from './server-config.ts';

export interface SmallClusterOptions extends LocalClusterOptions {
  /** Changes kept for watches and paged lists; what is older answers 410. @default 10000 */
  readonly watchWindowEvents?: number;
  /** @default 5 */
  readonly bookmarkIntervalSeconds?: number;
}

const MAIN = path.join(import.meta.dirname, 'main.ts');
const BUNDLED_NODE = path.join(import.meta.dirname, '../../node_modules/.bin/node');
const READY_TIMEOUT_MS = 20_000;
const KILL_AFTER_MS = 2_000;

/** The server is TypeScript as it stands, which Node runs without flags from version 24 on. */
const nodeBinary = (): string =>
  Number(process.versions.node.split('.')[0]) < 24 && existsSync(BUNDLED_NODE) ? BUNDLED_NODE : process.execPath;

const writeConfig = async (options: SmallClusterOptions, adminToken: string): Promise<string> => {
  const admin = { token: adminToken, name: 'kubernetes-admin', groups: ['system:masters'] };
  const config: ServerConfig = {
    name: options.name,
    directory: options.directory,
    port: options.port ?? 0,
    users: [admin, ...(options.users ?? [])],
    watchWindowEvents: options.watchWindowEvents ?? 10_000,
    bookmarkIntervalSeconds: options.bookmarkIntervalSeconds ?? 5,
  };
  await mkdir(options.directory, { recursive: true });
  const file = path.join(options.directory, 'config.json');
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return file;
};

type Child = ReturnType<typeof spawnServer>;

const spawnServer = (configFile: string) =>
  spawn(nodeBinary(), ['--no-warnings', MAIN, '--config', configFile], { stdio: ['pipe', 'pipe', 'pipe'] });

/** @throws Error - the server ended, or said nothing for 20 s; the message has the end of what it wrote */
const waitUntilReady = async (child: Child): Promise<number> => {
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = `${complaints}${chunk.toString()}`.slice(-2_000);
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), READY_TIMEOUT_MS);
  const lines = createInterface({ input: child.stdout });
  try {
    for await (const line of lines) {
      const port = /^listening on port (\d+)$/.exec(line)?.[1];
      if (port !== undefined) return Number(port);
    }
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`the local Kubernetes API server did not start: ${complaints}`);
};

const endChild = async (child: Child): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  child.kill('SIGCONT');
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  await ended;
  clearTimeout(timer);
};

/** Starts the small API server in a process of its own: it is gone when this process is, frozen or not. */
export const startSmallCluster = async (options: SmallClusterOptions): Promise<LocalCluster> => {
  const adminToken = randomBytes(24).toString('base64url');
  const child = spawnServer(await writeConfig(options, adminToken));
  const killChild = (): void => {
    child.kill('SIGKILL'); // a stopped child cannot notice by itself that its parent ended
  };
  process.once('exit', killChild);
  const port = await waitUntilReady(child);
  return {
    name: options.name,
    server: `https://127.0.0.1:${port}`,
    certificateAuthority: await readFile(path.join(options.directory, 'ca.pem'), 'utf8'),
    adminToken,
    auditLogFile: path.join(options.directory, 'audit.log'),
    freeze: () => {
      child.kill('SIGSTOP');
    },
    thaw: () => {
      child.kill('SIGCONT');
    },
    stop: async () => {
      await endChild(child);
      process.removeListener('exit', killChild);
    },
  };
};
