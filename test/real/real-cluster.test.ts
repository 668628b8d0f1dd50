import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { LocalCluster } from '../../local/cluster.ts';
import { findBinaries } from '../../local/real-cluster/build-binaries.ts';
import { startRealCluster } from '../../local/real-cluster/start-real-cluster.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const auditEvent = z.object({
  verb: z.string(),
  stage: z.string(),
  user: z.object({ username: z.string() }),
  objectRef: z.object({ resource: z.string().optional(), name: z.string().optional() }).optional(),
});
const buildMilliseconds = 40 * 60_000;
const reader = { token: 'reader-token', name: 'reader', groups: ['readers'] };

let directory: string;
let cluster: LocalCluster;
let kubectlProgram: string;

/** Runs kubectl as the administrator, or with the credentials given. */
async function kubectl(command: string, credentials?: readonly string[]): Promise<string> {
  const admin = ['--kubeconfig', join(directory, 'admin.kubeconfig')];
  const cache = ['--cache-dir', join(directory, 'kubectl-cache')];
  const { stdout } = await run(kubectlProgram, [...(credentials ?? admin), ...cache, ...command.split(' ')]);
  return stdout;
}

/** Ids of running processes whose command line names the folder. */
async function processesNaming(folder: string): Promise<readonly string[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,stat=,args=']);
  const lines = stdout.split('\n').filter((line) => line.includes(folder) && !line.includes(' Z'));
  return lines.map((line) => line.trim().split(/\s+/)[0] ?? '');
}

async function eventually<T>(read: () => Promise<T>, accept: (value: T) => boolean): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const value = await read();
    if (accept(value) || Date.now() > deadline) return value;
    await sleep(100);
  }
}

beforeAll(async () => {
  kubectlProgram = (await findBinaries()).kubectl;
  directory = await mkdtemp(join(tmpdir(), 'real-cluster-'));
  cluster = await startRealCluster({ name: 'one', directory, users: [reader] });
}, buildMilliseconds);

afterAll(async () => {
  await cluster?.stop();
  expect(await processesNaming(directory)).toEqual([]);
  await rm(directory, { recursive: true, force: true });
});

describe('a real cluster', () => {
  test('establishes every custom resource definition of the project', async () => {
    await kubectl(`apply -f ${join(root, 'infra/crds')}`);

    const waited = await kubectl('wait --for=condition=Established --timeout=30s crd --all');

    expect(waited).toContain('externalsecrets.external-secrets.io condition met');
    const problems = await kubectl(
      'get crd -o jsonpath={.items[*].status.conditions[?(@.type=="NonStructuralSchema")].message}',
    );
    expect(problems).toBe('');
  });

  test('creates, returns and deletes an object, and says so in the audit log', async () => {
    await kubectl('create secret generic one --from-literal=key=canary');
    expect(await kubectl('get secret one -o jsonpath={.data.key}')).toBe(Buffer.from('canary').toString('base64'));
    await kubectl('delete secret one');

    const log = await eventually(
      () => readFile(cluster.auditLogFile, 'utf8'),
      (text) => text.includes('"verb":"delete"'),
    );
    const events = log
      .trim()
      .split('\n')
      .map((line) => auditEvent.parse(JSON.parse(line)));
    const ofSecret = events.filter(
      (event) => event.objectRef?.resource === 'secrets' && event.objectRef.name === 'one',
    );
    expect(ofSecret.map((event) => [event.verb, event.user.username, event.stage])).toEqual(
      expect.arrayContaining([
        ['get', 'kubernetes-admin', 'ResponseComplete'],
        ['delete', 'kubernetes-admin', 'ResponseComplete'],
      ]),
    );
    expect(log).not.toContain('canary');
    expect(events.filter((event) => event.user.username.startsWith('system:'))).toEqual([]);
  });

  test('knows the users it was given, and lets them do what RBAC says', async () => {
    const credentials = [
      `--server=${cluster.server}`,
      `--certificate-authority=${join(directory, 'certificates/apiserver.crt')}`,
      `--token=${reader.token}`,
    ];
    await expect(kubectl('get secrets', credentials)).rejects.toThrow(/User "reader" cannot list resource "secrets"/);

    await kubectl('create clusterrolebinding readers --clusterrole=edit --group=readers');

    const mayList = () => kubectl('get secrets -o name', credentials).catch(() => 'forbidden');
    expect(await eventually(mayList, (answer) => answer !== 'forbidden')).toBe('');
  });

  test('deletes a namespace with all it holds, and what a deleted owner leaves behind', async () => {
    await kubectl('create namespace short-lived');
    await kubectl('create configmap owner');
    const uid = await kubectl('get configmap owner -o jsonpath={.metadata.uid}');
    await kubectl('create configmap owned');
    const owner = `{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"${uid}"}`;
    await kubectl(`patch configmap owned -p {"metadata":{"ownerReferences":[${owner}]}}`);

    await kubectl('delete configmap owner');
    await kubectl('delete namespace short-lived --timeout=30s');

    await kubectl('wait --for=delete configmap/owned --timeout=30s');
  });

  test('hangs while it is frozen and goes on when it is thawed', async () => {
    cluster.freeze();
    await expect(kubectl('get namespaces --request-timeout=1s')).rejects.toThrow();

    cluster.thaw();

    expect(await kubectl('get namespaces -o name')).toContain('namespace/default');
  });
});

test('a cluster does not outlive the process that started it, however that ends', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'real-cluster-orphan-'));
  const module = join(root, 'local/real-cluster/start-real-cluster.ts');
  const program = `const { startRealCluster } = await import(${JSON.stringify(module)});
    await startRealCluster({ name: 'two', directory: ${JSON.stringify(folder)} });
    console.log('started');`;
  const starter = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => createInterface(starter.stdout).once('line', resolve));
  expect((await processesNaming(join(folder, 'certificates'))).length).toBeGreaterThan(0);

  starter.kill('SIGKILL');

  const left = await eventually(
    () => processesNaming(`${folder}/`),
    (ids) => ids.length === 0,
  );
  expect(left).toEqual([]);
  expect(existsSync(join(folder, 'etcd.log'))).toBe(true);
  await rm(folder, { recursive: true, force: true });
});
