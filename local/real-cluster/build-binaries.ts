import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** Absolute paths of the programs a real cluster is made of. */
export interface ControlPlaneBinaries {
  readonly folder: string;
  readonly apiServer: string;
  readonly etcd: string;
  /** Falls back to the `kubectl` found on the path. */
  readonly kubectl: string;
  /** Undefined when ready-made binaries came without one and none was built before: no garbage collection, and namespaces are never quite deleted. */
  readonly controllerManager: string | undefined;
}

export interface FindBinariesOptions {
  /** Read: `KUBEBUILDER_ASSETS`, `XDG_CACHE_HOME`; all of it goes to Go. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Receives progress and warnings. @default to standard error */
  readonly say?: (line: string) => void;
}

const sources = join(import.meta.dirname, 'go');
const sourceFiles = ['go.mod', 'go.sum', 'main.go'] as const;
const builtFile = 'control-plane';
const partsOfBuiltFile = ['kube-apiserver', 'kube-controller-manager', 'etcd', 'kubectl'] as const;
const progressIntervalMilliseconds = 15_000;

/**
 * Finds kube-apiserver and etcd where `KUBEBUILDER_ASSETS` says, else builds them once into the user's cache folder (minutes, and Go is needed).
 * Builders at the same time do not disturb each other: the first to finish wins.
 * @throws Error - a named folder without the programs, Go missing, or a failed build
 */
export async function findBinaries(options: FindBinariesOptions = {}): Promise<ControlPlaneBinaries> {
  const env = options.env ?? process.env;
  const say = options.say ?? ((line: string) => process.stderr.write(`${line}\n`));
  const given = env['KUBEBUILDER_ASSETS'];
  const folder = cacheFolder(env);
  if (given !== undefined && given !== '') return binariesGiven({ given, folder, say });
  if (!existsSync(folder)) await build({ folder, env, say });
  return binariesIn(folder);
}

function binariesIn(folder: string): ControlPlaneBinaries {
  const kubectl = join(folder, 'kubectl');
  const controllerManager = join(folder, 'kube-controller-manager');
  return {
    folder,
    apiServer: join(folder, 'kube-apiserver'),
    etcd: join(folder, 'etcd'),
    kubectl: existsSync(kubectl) ? kubectl : 'kubectl',
    controllerManager: existsSync(controllerManager) ? controllerManager : undefined,
  };
}

interface GivenFolder {
  readonly given: string;
  /** Our own build, if there is one. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

function binariesGiven({ given, folder, say }: GivenFolder): ControlPlaneBinaries {
  const found = binariesIn(given);
  const missing = [found.apiServer, found.etcd].filter((file) => !existsSync(file));
  if (missing.length > 0) {
    throw new Error(
      `KUBEBUILDER_ASSETS names ${given}, which lacks ${missing.map((file) => basename(file)).join(' and ')}`,
    );
  }
  if (found.controllerManager !== undefined) return found;
  const { controllerManager } = existsSync(folder) ? binariesIn(folder) : found;
  if (controllerManager === undefined) {
    say(`${given} has no kube-controller-manager: owner references are not collected and namespaces stay Terminating.`);
    say('To have one built beside it: KUBEBUILDER_ASSETS= node local/real-cluster/build-binaries.ts');
  }
  return { ...found, controllerManager };
}

/** The version is read from `go.mod`, the only place that states it. */
function kubernetesVersion(): string {
  const version = /^\s*k8s\.io\/kubernetes (v[\d.]+)/m.exec(readFileSync(join(sources, 'go.mod'), 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${join(sources, 'go.mod')} requires no k8s.io/kubernetes`);
  return version;
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of sourceFiles) hash.update(readFileSync(join(sources, file)));
  const cache = env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(cache, 'secretcast', `${kubernetesVersion()}-${hash.digest('hex').slice(0, 12)}`);
}

interface Build {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

async function build({ folder, env, say }: Build): Promise<void> {
  requireGo(env);
  await mkdir(dirname(folder), { recursive: true });
  const unfinished = await mkdtemp(`${folder}.building-`);
  try {
    say(`Building Kubernetes ${kubernetesVersion()} and etcd with Go into ${folder}: about ten minutes, once.`);
    await compile({ folder: unfinished, env, say });
    for (const part of partsOfBuiltFile) await symlink(builtFile, join(unfinished, part));
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error; // else another builder was first, and its folder is as good
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

function requireGo(env: NodeJS.ProcessEnv): void {
  const { status } = spawnSync('go', ['version'], { env, stdio: 'ignore' });
  if (status === 0) return;
  throw new Error(
    'A real cluster needs Go (https://go.dev/dl) to build kube-apiserver and etcd, or KUBEBUILDER_ASSETS naming a folder that holds them; `go version` failed.',
  );
}

async function compile({ folder, env, say }: Build): Promise<void> {
  const total = spawnSync('go', ['list', '-deps', '.'], { cwd: sources, env, encoding: 'utf8' }).stdout.split(
    '\n',
  ).length;
  const version = kubernetesVersion();
  const [major, minor] = version.slice(1).split('.');
  // Without these kubectl and discovery report v0.0.0.
  const stamps = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const flags = Object.entries(stamps).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  const command = [
    'build',
    '-v',
    '-trimpath',
    '-ldflags',
    `-s -w ${flags.join(' ')}`,
    '-o',
    join(folder, builtFile),
    '.',
  ];

  const go = spawn('go', command, {
    cwd: sources,
    env: { ...env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const compiled = { packages: 0, lastLines: [] as readonly string[] };
  createInterface(go.stderr).on('line', (line) => {
    compiled.packages += 1;
    compiled.lastLines = [...compiled.lastLines, line].slice(-20);
  });
  const progress = setInterval(
    () => say(`  ${compiled.packages} of at most ${total} packages compiled`),
    progressIntervalMilliseconds,
  );
  const code = await new Promise((resolve, reject) => go.on('error', reject).on('close', resolve));
  clearInterval(progress);
  if (code !== 0) throw new Error(`go build failed with ${code}:\n${compiled.lastLines.join('\n')}`);
}

if (import.meta.main) console.log((await findBinaries()).folder);
