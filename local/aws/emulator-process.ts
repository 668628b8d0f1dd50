import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const startScript = join(import.meta.dirname, 'emulator', 'start.py');
const readyMilliseconds = 30_000;
const politeMilliseconds = 5_000;
const lastWordsCharacters = 2_000;

export interface EmulatorToStart {
  readonly python: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly endpoint: string;
  readonly logFile: string;
}

/** The emulator and its Lambda workers: one process group, which does not outlive this process, however this one ends. */
export interface EmulatorProcess {
  readonly id: number;
  /** Ends it and every worker, and resolves when all are gone. Calling it again does nothing. */
  readonly stop: () => Promise<void>;
}

/** @throws Error - it ended at once or did not answer in 30 seconds; with the end of its log */
export async function startEmulator(start: EmulatorToStart): Promise<EmulatorProcess> {
  const log = openSync(start.logFile, 'w');
  const child = spawn(start.python, [startScript, '--end-with-stdin'], {
    env: start.environment,
    detached: true, // a process group of its own; our end of its stdin is what ties it to us
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const id = idOf(child);
  let ending: Promise<void> | undefined;
  const stop = () => {
    ending ??= end(child, ended, start.endpoint);
    return ending;
  };
  if (await isReady(start.endpoint, child)) return { id, stop };
  await stop();
  const words = (await readFile(start.logFile, 'utf8')).slice(-lastWordsCharacters);
  throw new Error(`ministack did not start; the end of ${start.logFile}:\n${words}`);
}

function idOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`${child.spawnfile} has no process id`);
  return child.pid;
}

async function isReady(endpoint: string, child: ChildProcess): Promise<boolean> {
  const until = Date.now() + readyMilliseconds;
  while (Date.now() < until && child.exitCode === null && child.signalCode === null) {
    const answers = await fetch(`${endpoint}/_ministack/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (answers) return true;
    await sleep(50);
  }
  return false;
}

/** Reset first: on SIGTERM alone the emulator leaves a busy worker running until its handler returns. */
async function end(child: ChildProcess, ended: Promise<void>, endpoint: string): Promise<void> {
  const patience = AbortSignal.timeout(politeMilliseconds);
  await fetch(`${endpoint}/_ministack/reset`, { method: 'POST', signal: patience }).catch(() => undefined);
  child.kill('SIGTERM');
  const insist = setTimeout(() => child.kill('SIGKILL'), politeMilliseconds);
  await ended;
  clearTimeout(insist);
  const until = Date.now() + politeMilliseconds; // where nobody collects dead orphans, a group of the dead still answers
  while (signalGroup(-idOf(child), 'SIGKILL') && Date.now() < until) await sleep(20);
}

/** Whether anybody was left in the group. Its number cannot be another's meanwhile: the kernel does not reuse that of a living group. */
function signalGroup(group: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(group, name);
  } catch {
    return false;
  }
}
