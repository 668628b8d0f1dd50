import type { ControlPlaneFiles } from './control-plane-files.ts';

/** etcd for one API server. Its data need not survive the machine, so it never waits for the disk. */
export function etcdArguments(files: ControlPlaneFiles, port: number): readonly string[] {
  const url = `http://127.0.0.1:${port}`;
  return flags({
    name: 'default',
    'data-dir': files.etcdData,
    'listen-client-urls': url,
    'advertise-client-urls': url,
    'listen-peer-urls': 'http://127.0.0.1:0',
    'unsafe-no-fsync': 'true',
    'log-level': 'warn',
  });
}

/** @param ports.server - where it listens; its URL is also the issuer of service account tokens */
export function apiServerArguments(
  files: ControlPlaneFiles,
  ports: { server: number; etcd: number },
): readonly string[] {
  return flags({
    'etcd-servers': `http://127.0.0.1:${ports.etcd}`,
    'bind-address': '127.0.0.1',
    'secure-port': String(ports.server),
    'advertise-address': '127.0.0.1',
    'endpoint-reconciler-type': 'none', // the loopback address is no valid endpoint
    'cert-dir': files.certificates,
    'service-cluster-ip-range': '10.96.0.0/16',
    'service-account-issuer': `https://127.0.0.1:${ports.server}`,
    'service-account-key-file': files.serviceAccountPublicKey,
    'service-account-signing-key-file': files.serviceAccountKey,
    'token-auth-file': files.tokens,
    ...(files.tokenWebhook !== undefined && {
      'authentication-token-webhook-config-file': files.tokenWebhook,
      'authentication-token-webhook-version': 'v1',
      'authentication-token-webhook-cache-ttl': '0s', // the API server itself remembers who a token is for ten seconds
    }),
    'authorization-mode': 'RBAC',
    'disable-admission-plugins': 'ServiceAccount',
    'watch-cache': 'true',
    'audit-policy-file': files.auditPolicy,
    'audit-log-path': files.auditLog,
    'audit-log-mode': 'blocking',
    'audit-log-maxsize': '10000', // megabytes; rotating would take the file from under its reader
  });
}

/** Only what gives objects the lives they have in a real cluster, and fills the roles admin, edit and view. */
const controllers = [
  'clusterrole-aggregation-controller',
  'garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'serviceaccount-token-controller',
] as const;

export function controllerManagerArguments(files: ControlPlaneFiles): readonly string[] {
  return flags({
    kubeconfig: files.controllerManagerKubeconfig,
    controllers: controllers.join(','),
    'service-account-private-key-file': files.serviceAccountKey,
    'root-ca-file': files.certificateAuthority,
    'leader-elect': 'false',
    'secure-port': '0', // it listens nowhere
  });
}

function flags(values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
