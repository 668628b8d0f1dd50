import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findBinaries } from '../../local/real-cluster/build-binaries.ts';

let assets: string;
let cache: string;

beforeEach(async () => {
  assets = await mkdtemp(join(tmpdir(), 'assets-'));
  cache = await mkdtemp(join(tmpdir(), 'cache-'));
});

afterEach(async () => {
  await rm(assets, { recursive: true });
  await rm(cache, { recursive: true });
});

/** Looks in `assets`, filled with empty files of these names, and collects what is said. */
async function findAmong(...names: readonly string[]) {
  for (const name of names) await writeFile(join(assets, name), '');
  const said: string[] = [];
  const env = { KUBEBUILDER_ASSETS: assets, XDG_CACHE_HOME: cache };
  return { binaries: await findBinaries({ env, say: (line) => said.push(line) }), said };
}

test('ready-made programs are taken from the folder KUBEBUILDER_ASSETS names', async () => {
  const { binaries, said } = await findAmong('kube-apiserver', 'etcd', 'kubectl', 'kube-controller-manager');

  expect(binaries).toEqual({
    folder: assets,
    apiServer: join(assets, 'kube-apiserver'),
    etcd: join(assets, 'etcd'),
    kubectl: join(assets, 'kubectl'),
    controllerManager: join(assets, 'kube-controller-manager'),
  });
  expect(said).toEqual([]);
});

test('without a controller manager anywhere it says what will not work', async () => {
  const { binaries, said } = await findAmong('kube-apiserver', 'etcd');

  expect(binaries.controllerManager).toBeUndefined();
  expect(binaries.kubectl).toBe('kubectl');
  expect(said.join('\n')).toContain('namespaces stay Terminating');
});

test('a folder that lacks a program is an error that names it', async () => {
  await expect(findAmong('kube-apiserver')).rejects.toThrow(`${assets}, which lacks etcd`);
});

test('without Go the error says where to get it and what would do instead', async () => {
  const env = { XDG_CACHE_HOME: cache, PATH: assets };

  await expect(findBinaries({ env, say: () => undefined })).rejects.toThrow(/go\.dev\/dl.*KUBEBUILDER_ASSETS/);

  expect(await readdir(cache)).toEqual([]);
});
