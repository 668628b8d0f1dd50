import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it as run } from '@jest/globals';
import { stringify } from 'yaml';
import { hasKubectl, writeKubeconfig } from './kubeconfig.ts';
import type { TestCluster } from './test-cluster.ts';
import { startTestCluster, widget } from './test-cluster.ts';

const it = hasKubectl ? run : run.skip;
const execute = promisify(execFile);

let test: TestCluster;
beforeAll(async () => {
  test = await startTestCluster({ users: [{ token: 'token-of-ann', name: 'ann', groups: [] }] });
  await writeKubeconfig(test, { admin: test.cluster.adminToken, ann: 'token-of-ann' });
}, 60_000);
afterAll(() => test.stop());

/** Standard output and error of one command, together. */
const kubectl = async (...args: readonly string[]): Promise<string> => {
  const env = { ...process.env, KUBECONFIG: path.join(test.directory, 'kubeconfig'), HOME: test.directory };
  try {
    const { stdout, stderr } = await execute('kubectl', [...args], { env });
    return `${stdout}${stderr}`.trim();
  } catch (error) {
    return typeof error === 'object' && error !== null && 'stdout' in error && 'stderr' in error
      ? `${error.stdout}${error.stderr}`.trim()
      : String(error);
  }
};

const applyObject = async (object: object, ...args: readonly string[]): Promise<string> => {
  const file = path.join(test.directory, 'object.yaml');
  await writeFile(file, stringify(object));
  return kubectl('apply', '-f', file, ...args);
};

const DEFINITION = path.join(import.meta.dirname, 'widgets.yaml');

it('applies a definition and waits until it is established', async () => {
  expect(await kubectl('apply', '-f', DEFINITION)).toContain('widgets.test.example.com created');
  expect(
    await kubectl('wait', '--for=condition=Established', 'crd/widgets.test.example.com', '--timeout=5s'),
  ).toContain('condition met');
}, 20_000);

it('applies, applies again and edits', async () => {
  const spec = { color: 'red', note: 'a' };

  expect(await applyObject(widget('one', spec))).toBe('widget.test.example.com/one created');
  expect(await applyObject(widget('one', spec))).toBe('widget.test.example.com/one unchanged');
  expect(await applyObject(widget('one', { ...spec, note: 'b' }))).toBe('widget.test.example.com/one configured');
  expect(await kubectl('patch', 'wd', 'one', '--type=merge', '-p', '{"spec":{"size":5}}')).toContain('patched');
  expect(await kubectl('get', 'gadgets', '-o', 'wide')).toMatch(
    /^NAME +COLOR +SIZE +READY +SYNCED +NOTE\none +red +5 +b$/,
  );
}, 30_000);

it('is told what is wrong with a manifest', async () => {
  expect(await applyObject(widget('bad', { color: 'red', bogus: 1 }))).toContain(
    'strict decoding error: unknown field "spec.bogus"',
  );
  expect(await applyObject(widget('bad', { color: 'red', first: 'a', second: 'b' }))).toContain(
    'The Widget "bad" is invalid: spec: Invalid value: first and second exclude each other',
  );
}, 20_000);

it('applies on the server side', async () => {
  expect(await applyObject(widget('two'), '--server-side')).toBe('widget.test.example.com/two serverside-applied');
}, 20_000);

it('makes built-in objects from arguments, and shows them', async () => {
  expect(await kubectl('create', 'namespace', 'team')).toBe('namespace/team created');
  expect(await kubectl('create', 'secret', 'generic', 'key', '-n', 'team', '--from-literal=a=b')).toBe(
    'secret/key created',
  );
  expect(await kubectl('get', 'secrets', '-n', 'team')).toMatch(/^NAME +TYPE +DATA +AGE\nkey +Opaque +1 +\d+s$/);
  expect(await kubectl('describe', 'secret', 'key', '-n', 'team')).toContain('a:  1 bytes');
  expect(await kubectl('delete', 'secret', 'key', '-n', 'team')).toContain('"key" deleted');
}, 30_000);

it('asks for permissions and tokens', async () => {
  expect(await kubectl('auth', 'can-i', 'list', 'secrets')).toBe('yes');
  expect(await kubectl('--context', 'ann', 'auth', 'can-i', 'list', 'secrets')).toMatch(/^no/);
  expect((await kubectl('create', 'token', 'default')).split('.').length).toBe(3);
}, 20_000);

it('waits for a condition, and for an end', async () => {
  const status = '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}';
  await kubectl('patch', 'wd', 'one', '--subresource=status', '--type=merge', '-p', status);

  expect(await kubectl('wait', '--for=condition=Ready', 'wd/one', '--timeout=5s')).toContain('condition met');
  expect(await kubectl('delete', 'wd', 'one', '--timeout=5s')).toContain('"one" deleted');
}, 20_000);

it('explains the fields of a custom kind', async () => {
  expect(await kubectl('explain', 'wd.spec.parts')).toContain('-required-');
}, 20_000);
