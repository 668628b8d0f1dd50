import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { judgePython, type PythonFacts, parsePythonFacts } from './python-facts.ts';

const run = promisify(execFile);

/** ministack and everything it needs, pinned. */
const requirementsFile = join(import.meta.dirname, 'requirements.txt');
/** Newer ones first: a machine whose `python3` is old often has a newer one beside it. */
const usualNames = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python'];

export interface PythonEnvironmentOptions {
  /** The interpreter to make the environment with. @default the first suitable `python3` on PATH */
  readonly python?: string | undefined;
  /** Folder for environments that outlive a run. @default `secretcast` in the user's cache folder */
  readonly cacheDirectory?: string | undefined;
  readonly log: (line: string) => void;
}

/**
 * The Python of a virtual environment with the pinned ministack in it. Made at the first use (a minute, from the package index pip is set up
 * for), reused afterwards.
 * @throws Error - no suitable Python: says what was found and what to install
 */
export async function preparePython(options: PythonEnvironmentOptions): Promise<string> {
  const facts = await findPython(options.python);
  const pins = createHash('sha256').update(await readFile(requirementsFile));
  const name = `ministack-${facts.version.join('.')}-${pins.digest('hex').slice(0, 12)}`;
  const folder = join(options.cacheDirectory ?? defaultCacheDirectory(), name);
  if (!(await exists(pythonIn(folder)))) await make(folder, facts, options.log);
  return pythonIn(folder);
}

function defaultCacheDirectory(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'secretcast');
}

const pythonIn = (folder: string): string => join(folder, 'bin', 'python');

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function findPython(wanted: string | undefined): Promise<PythonFacts> {
  const found: PythonFacts[] = [];
  for (const program of wanted === undefined ? usualNames : [wanted]) {
    const facts = await askPython(program);
    if (facts === undefined) continue;
    if (judgePython([facts]) === undefined) return facts;
    found.push(facts);
  }
  throw new Error(judgePython(found));
}

/** ensurepip is what Debian leaves out of python3 and `python3 -m venv` needs. */
async function askPython(program: string): Promise<PythonFacts | undefined> {
  const question =
    'import sys, importlib.util as u; print(sys.version_info[0], sys.version_info[1], int(all(map(u.find_spec, ("venv", "ensurepip")))))';
  try {
    return parsePythonFacts(program, (await run(program, ['-c', question])).stdout);
  } catch {
    return undefined; // not there, or not a Python
  }
}

/** Made aside and moved into place, so that an interrupted or a second run at the same time never sees half of it. */
async function make(folder: string, python: PythonFacts, log: (line: string) => void): Promise<void> {
  const unfinished = `${folder}.${process.pid}`;
  log(`preparing ministack in ${folder} (once)`);
  await mkdir(join(folder, '..'), { recursive: true });
  try {
    await run(python.program, ['-m', 'venv', unfinished]);
    const pip = [
      '-m',
      'pip',
      'install',
      '--disable-pip-version-check',
      '--no-input',
      '--quiet',
      '-r',
      requirementsFile,
    ];
    await run(pythonIn(unfinished), pip);
    await rename(unfinished, folder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (await exists(pythonIn(folder))) return; // another run was quicker
    throw new Error(`installing ministack with ${python.program} failed; pip needs a package index it can reach`, {
      cause: error,
    });
  }
}
