import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterUser, LocalClusterOptions } from '../cluster.ts';

export interface RealClusterOptions extends LocalClusterOptions {
  /** URL that answers TokenReviews about tokens of nobody else. @default none */
  readonly tokenWebhook?: string;
}

/** Where a cluster keeps what its processes read and write, and the two tokens that open everything. */
export interface ControlPlaneFiles {
  readonly certificates: string;
  readonly certificateAuthority: string;
  readonly etcdData: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  readonly tokens: string;
  /** Kubeconfig of who judges tokens that are not in `tokens`. */
  readonly tokenWebhook?: string;
  readonly auditPolicy: string;
  readonly auditLog: string;
  readonly adminKubeconfig: string;
  readonly controllerManagerKubeconfig: string;
  readonly adminToken: string;
  readonly controllerManagerToken: string;
}

const controllerManagerUser = 'system:kube-controller-manager';

/** Users' requests only: what the control plane says to itself, and probes, would drown them. */
const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted', 'Panic'],
  rules: [
    { level: 'None', users: ['system:apiserver', controllerManagerUser] },
    { level: 'None', nonResourceURLs: ['/readyz*', '/livez*', '/healthz*'] },
    { level: 'Metadata' },
  ],
};

/**
 * Lays out the cluster's directory. Keys and tokens found there are kept, so that a cluster started again in the same directory
 * has the same data and honours the same credentials; the users are those of `options`.
 */
export async function prepareFiles({
  directory,
  users = [],
  tokenWebhook,
}: RealClusterOptions): Promise<ControlPlaneFiles> {
  const at = (...names: readonly string[]) => join(directory, ...names);
  await mkdir(at('certificates'), { recursive: true });
  const files: ControlPlaneFiles = {
    certificates: at('certificates'),
    certificateAuthority: at('certificates', 'apiserver.crt'),
    etcdData: at('etcd'),
    serviceAccountKey: at('service-account.key'),
    serviceAccountPublicKey: at('service-account.pub'),
    tokens: at('tokens.csv'),
    ...(tokenWebhook !== undefined && { tokenWebhook: at('token-webhook.kubeconfig') }),
    auditPolicy: at('audit-policy.json'),
    auditLog: at('audit.jsonl'),
    adminKubeconfig: at('admin.kubeconfig'),
    controllerManagerKubeconfig: at('controller-manager.kubeconfig'),
    adminToken: await keptToken(at('admin.token')),
    controllerManagerToken: await keptToken(at('controller-manager.token')),
  };
  if (!existsSync(files.serviceAccountKey)) await writeServiceAccountKeys(files);
  await writeFile(files.auditPolicy, JSON.stringify(auditPolicy));
  await writeFile(files.auditLog, '', { flag: 'a' });
  if (tokenWebhook !== undefined)
    await writePrivate(at('token-webhook.kubeconfig'), kubeconfigOf({ server: tokenWebhook }, {}));
  await writePrivate(files.tokens, [...ownUsers(files), ...users].map(tokenLine).join(''));
  return files;
}

function ownUsers(files: ControlPlaneFiles): readonly ClusterUser[] {
  return [
    { token: files.adminToken, name: 'kubernetes-admin', groups: ['system:masters'] },
    { token: files.controllerManagerToken, name: controllerManagerUser, groups: ['system:masters'] },
  ];
}

/** One line of `--token-auth-file`: token, user, uid, groups. */
function tokenLine({ token, name, groups }: ClusterUser): string {
  const quoted = [token, name, name, groups.join(',')].map((field) => `"${field.replaceAll('"', '""')}"`);
  return `${quoted.join(',')}\n`;
}

async function keptToken(file: string): Promise<string> {
  if (!existsSync(file)) await writePrivate(file, randomBytes(24).toString('hex'));
  return readFile(file, 'utf8');
}

async function writeServiceAccountKeys(files: ControlPlaneFiles): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 }); // RS256, as EKS signs
  await writeFile(files.serviceAccountPublicKey, publicKey.export({ type: 'spki', format: 'pem' }));
  await writePrivate(files.serviceAccountKey, privateKey.export({ type: 'pkcs8', format: 'pem' }));
}

/** Writes the kubeconfigs; to be called when the server has made its certificate. */
export async function writeKubeconfigs(files: ControlPlaneFiles, server: string): Promise<void> {
  const certificate = await readFile(files.certificateAuthority);
  const cluster = { server, 'certificate-authority-data': certificate.toString('base64') };
  await writePrivate(files.adminKubeconfig, kubeconfigOf(cluster, { token: files.adminToken }));
  await writePrivate(files.controllerManagerKubeconfig, kubeconfigOf(cluster, { token: files.controllerManagerToken }));
}

function kubeconfigOf(cluster: { readonly server: string }, user: { readonly token?: string }): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'cluster', cluster }],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'context', context: { cluster: 'cluster', user: 'user' } }],
    'current-context': 'context',
  });
}

async function writePrivate(file: string, content: string | Buffer): Promise<void> {
  await writeFile(file, content, { mode: 0o600 });
}
