import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestCluster } from './test-cluster.ts';

export const hasKubectl = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .some((folder) => existsSync(path.join(folder, 'kubectl')));

/** Writes `kubeconfig` into the cluster's folder: a context for each token, the first one current. */
export const writeKubeconfig = async (
  { cluster, directory }: TestCluster,
  tokens: Readonly<Record<string, string>>,
): Promise<void> => {
  const names = Object.keys(tokens);
  const authority = Buffer.from(cluster.certificateAuthority).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: cluster.server, 'certificate-authority-data': authority } }],
    users: names.map((name) => ({ name, user: { token: tokens[name] } })),
    contexts: names.map((name) => ({ name, context: { cluster: 'test', user: name } })),
    'current-context': names[0],
  };
  await writeFile(path.join(directory, 'kubeconfig'), JSON.stringify(config), { mode: 0o600 });
};
