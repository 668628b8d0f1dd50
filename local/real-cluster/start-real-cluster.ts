import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, fetch } from 'undici';
import type { LocalCluster } from '../cluster.ts';
import { freePort } from '../free-port.ts';
import { type ControlPlaneBinaries, findBinaries } from './build-binaries.ts';
import { apiServerArguments, controllerManagerArguments, etcdArguments } from './control-plane-arguments.ts';
import {
  type ControlPlaneFiles,
  prepareFiles,
  type RealClusterOptions,
  writeKubeconfigs,
} from './control-plane-files.ts';
import { type SupervisedProcess, startSupervised } from './supervised-process.ts';

const readyTimeoutMilliseconds = 90_000;
const pollMilliseconds = 100;
/** A free port is free until somebody else is quicker: with many clusters at once, a connection out of this machine is enough. */
const tries = 3;

/**
 * Starts etcd, kube-apiserver and the controller manager; resolves when `/readyz` says ok and the `default` namespace exists.
 * The directory also gets `admin.kubeconfig` and each process's log. The first call on a machine may build the programs.
 * @throws Error - no programs and no Go, or a process that ended or did not become ready; none is left running then
 */
export const startRealCluster = async (options: RealClusterOptions): Promise<LocalCluster> => {
  const binaries = await findBinaries();
  const files = await prepareFiles(options);
  for (let left = tries - 1; ; left -= 1) {
    const running: SupervisedProcess[] = [];
    try {
      return await startIn({ options, binaries, files, running });
    } catch (error) {
      await stopAll(running);
      if (left === 0 || !lostItsPort(error)) throw error;
    }
  }
};

const lostItsPort = (error: unknown): boolean => String(error).includes('address already in use');

interface Starting {
  readonly options: RealClusterOptions;
  readonly binaries: ControlPlaneBinaries;
  readonly files: ControlPlaneFiles;
  /** Each process is put in front when it has been started: they are stopped in the opposite order. */
  readonly running: SupervisedProcess[];
}

async function startIn({ options, binaries, files, running }: Starting): Promise<LocalCluster> {
  const run = async (name: string, program: string, args: readonly string[]) => {
    const started = await startSupervised({
      program,
      arguments: args,
      logFile: join(options.directory, `${name}.log`),
    });
    running.unshift(started);
    return started;
  };
  const ports = { etcd: await freePort(), server: options.port ?? (await freePort()) };
  const server = `https://127.0.0.1:${ports.server}`;

  const etcd = await run('etcd', binaries.etcd, etcdArguments(files, ports.etcd));
  const apiServer = await run('kube-apiserver', binaries.apiServer, apiServerArguments(files, ports));
  await whileRunning([etcd, apiServer], (signal) => becomeReady({ server, files, signal }));
  await writeKubeconfigs(files, server);
  if (binaries.controllerManager !== undefined) {
    await run('kube-controller-manager', binaries.controllerManager, controllerManagerArguments(files));
  }
  return {
    name: options.name,
    server,
    certificateAuthority: await readFile(files.certificateAuthority, 'utf8'),
    adminToken: files.adminToken,
    auditLogFile: files.auditLog,
    freeze: () => apiServer.signal('SIGSTOP'),
    thaw: () => apiServer.signal('SIGCONT'),
    stop: () => stopAll(running),
  };
}

/** One after the other: clients first, so that none logs a storm of refused connections. */
async function stopAll(running: readonly SupervisedProcess[]): Promise<void> {
  for (const each of running) await each.stop();
}

/** Waits for `work`, and gives it up when one of the processes it depends on ends first. */
async function whileRunning(
  processes: readonly SupervisedProcess[],
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const failures = processes.map(async (each) => {
    await each.ended;
    if (over.signal.aborted) return; // a stop long after
    throw new Error(`a process of the cluster ended early; the end of its log:\n${await each.lastWords()}`);
  });
  await Promise.race([work(over.signal), ...failures]).finally(() => over.abort());
}

interface Becoming {
  readonly server: string;
  readonly files: ControlPlaneFiles;
  readonly signal: AbortSignal;
}

/** @throws Error - not ready after `readyTimeoutMilliseconds` */
async function becomeReady({ server, files, signal }: Becoming): Promise<void> {
  const deadline = Date.now() + readyTimeoutMilliseconds;
  for (const path of ['/readyz', '/api/v1/namespaces/default']) {
    while (!(await answers(`${server}${path}`, files, signal))) {
      if (Date.now() > deadline)
        throw new Error(`${server}${path} did not answer 200 within ${readyTimeoutMilliseconds} ms`);
      await sleep(pollMilliseconds, undefined, { signal });
    }
  }
}

/** Asks as the controller manager, whose requests are not audited. */
async function answers(url: string, files: ControlPlaneFiles, signal: AbortSignal): Promise<boolean> {
  if (!existsSync(files.certificateAuthority)) return false;
  const dispatcher = new Agent({ connect: { ca: await readFile(files.certificateAuthority), timeout: 2_000 } });
  try {
    const response = await fetch(url, {
      dispatcher,
      signal,
      headers: { authorization: `Bearer ${files.controllerManagerToken}` },
    });
    await response.text();
    return response.ok;
  } catch {
    return false; // not listening yet
  } finally {
    await dispatcher.destroy();
  }
}
