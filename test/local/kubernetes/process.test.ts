import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Json } from '../../../local/kubernetes/json.ts';
import { isObject, numberAt, stringAt, valueAt } from '../../../local/kubernetes/json.ts';
import type { TestCluster } from './test-cluster.ts';
import { eventually, SECRETS, secret, startTestCluster } from './test-cluster.ts';

let test: TestCluster;
beforeAll(async () => {
  test = await startTestCluster();
}, 60_000);
afterAll(() => test.stop());

const readAudit = async () => {
  const lines = (await readFile(test.cluster.auditLogFile, 'utf8')).trim().split('\n');
  return lines.map((line): Json => JSON.parse(line)).filter(isObject);
};

it('answers nothing while frozen, and goes on when thawed', async () => {
  test.cluster.freeze();
  const answer = test.call('GET', SECRETS).then(({ code }) => code);
  const waited = new Promise<string>((resolve) => setTimeout(() => resolve('nothing'), 300));

  const whileFrozen = await Promise.race([answer, waited]);
  test.cluster.thaw();

  expect([whileFrozen, await answer]).toEqual(['nothing', 200]);
});

it('writes an audit line for each request before its answer, without content', async () => {
  await test.call('POST', SECRETS, { body: secret('audited', { stringData: { key: 'canary-value' } }) });
  await test.call('PUT', `${SECRETS}/audited`, { body: secret('audited', { type: 'Opaque' }) });

  const [created, updated] = (await readAudit()).slice(-2);

  expect(created).toMatchObject({
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    stage: 'ResponseComplete',
    verb: 'create',
    user: { username: 'kubernetes-admin' },
    objectRef: { resource: 'secrets', namespace: 'default', name: 'audited', apiVersion: 'v1' },
    responseStatus: { code: 201 },
  });
  expect([stringAt(updated, 'verb'), numberAt(updated, 'responseStatus', 'code')]).toEqual(['update', 200]);
  expect(await readFile(test.cluster.auditLogFile, 'utf8')).not.toMatch(/canary|Y2FuYXJ5/);
});

it('logs a watch when it ends', async () => {
  const watch = await test.watch(SECRETS);
  await watch.next();
  await watch[Symbol.asyncDispose]();

  const found = await eventually(
    async () => (await readAudit()).find((event) => stringAt(event, 'verb') === 'watch'),
    (event) => event !== undefined,
  );

  expect(valueAt(found, 'responseStatus', 'code')).toBe(200);
});

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const PARENT = `
import { startSmallCluster } from ${JSON.stringify(path.join(import.meta.dirname, '../../../local/kubernetes/start-small-cluster.ts'))};
import { readFileSync } from 'node:fs';
await startSmallCluster({ name: 'child', directory: process.argv[1] });
const children = readFileSync('/proc/self/task/' + process.pid + '/children', 'utf8').trim();
process.stdout.write('child ' + children + '\\n');
setInterval(() => undefined, 1000);
`;

it('ends when its parent is killed', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'small-cluster-'));
  const parent = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', PARENT, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout, 'data');
  const pid = Number(/child (\d+)/.exec(String(line))?.[1]);

  parent.kill('SIGKILL');

  expect(
    await eventually(
      async () => isRunning(pid),
      (running) => !running,
    ),
  ).toBe(false);
  await rm(directory, { recursive: true, force: true });
}, 60_000);
