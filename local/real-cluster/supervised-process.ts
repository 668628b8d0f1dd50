import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface ProcessToStart {
  readonly program: string;
  readonly arguments: readonly string[];
  /** Everything it prints is appended here. */
  readonly logFile: string;
}

/** A program running beside this one that does not outlive it, however this one ends. */
export interface SupervisedProcess {
  readonly id: number;
  /** Does nothing when the program has ended. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** Resolves when the program has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Asks it to end, insists after a while, and resolves when it is gone. */
  readonly stop: () => Promise<void>;
  /** The last lines of its log, for an error message. */
  readonly lastWords: () => Promise<string>;
}

const politeMilliseconds = 5_000;
const lastWordsCharacters = 2_000;

/**
 * Starts a program in a session of its own, so that Ctrl-C in the terminal does not reach it before `stop` does.
 * @throws Error - the program cannot be run
 */
export async function startSupervised(start: ProcessToStart): Promise<SupervisedProcess> {
  const log = openSync(start.logFile, 'a');
  const child = spawn(start.program, start.arguments, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  const id = idOf(child);
  const endTogether = watchOver(id);
  ended.then(endTogether, endTogether);
  return {
    id,
    signal: (name) => void child.kill(name),
    ended,
    stop: () => stop(child, ended),
    lastWords: async () => (await readFile(start.logFile, 'utf8')).slice(-lastWordsCharacters),
  };
}

function idOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`${child.spawnfile} has no process id`);
  return child.pid;
}

/**
 * A shell that reads from a pipe held open by this process alone. When this process is gone, even by SIGKILL, the kernel closes the pipe,
 * and the shell ends the program; a line on the pipe means that there is nothing left to end.
 */
function watchOver(id: number): () => void {
  const script = 'read -r _ || kill -KILL "$1"';
  const shell = spawn('/bin/sh', ['-c', script, 'sh', String(id)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.stdin.on('error', () => undefined); // the shell was ended by hand
  return () => shell.stdin.end('ended\n');
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  child.kill('SIGCONT'); // a frozen one would not notice
  const insist = setTimeout(() => child.kill('SIGKILL'), politeMilliseconds);
  await ended;
  clearTimeout(insist);
}
