import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type Cluster, KubeConfig, type User } from '@kubernetes/client-node';
import type { ConnectionSecret } from '../src/domain/connection-secret.ts';
import { CliError } from './cli-error.ts';
import { isPlainProxy } from './parse-arguments.ts';

/** How one context of a kubeconfig reaches its cluster, as far as the service can do the same. */
export interface KubeconfigAccess {
  /** https URL */
  readonly server: string;
  /** PEM. Absent: a public certificate. */
  readonly certificateAuthority?: string;
  /** http or https URL, without credentials. */
  readonly proxy?: string;
  readonly credentials: ConnectionSecret;
}

export interface KubeconfigChoice {
  /** @default the first file of $KUBECONFIG, or ~/.kube/config */
  readonly file?: string;
  /** @default the file's current context */
  readonly context?: string;
}

/**
 * Reads what the service needs from a kubeconfig.
 * @throws CliError - naming file, context and member, never what is in them
 */
export const readKubeconfig = (
  choice: KubeconfigChoice,
  env: Readonly<Record<string, string | undefined>>,
): KubeconfigAccess => {
  const file = choice.file ?? env['KUBECONFIG']?.split(delimiter).find((path) => path !== '') ?? defaultFile();
  const config = load(file);
  const context = choice.context ?? config.currentContext;
  const names = config.getContexts().map(({ name }) => name);
  const found = config.getContextObject(context);
  if (found === null)
    throw new CliError(
      context === '' ? `kubeconfig ${file} has no current context` : `kubeconfig ${file} has no context ${context}`,
      `Give --context with one of: ${names.join(', ')}`,
    );
  const cluster = config.getCluster(found.cluster);
  const user = config.getUser(found.user);
  const where = `context ${context} of ${file}`;
  if (cluster === null || user === null)
    throw new CliError(`${where} names a ${cluster === null ? 'cluster' : 'user'} that the file does not have`);
  return { ...serverOf(cluster, where), credentials: credentialsOf(user, where) };
};

const defaultFile = (): string => join(homedir(), '.kube', 'config');

const load = (file: string): KubeConfig => {
  if (!existsSync(file)) throw new CliError(`there is no kubeconfig ${file}`, 'Give --kubeconfig FILE, or --eks NAME.');
  const config = new KubeConfig();
  try {
    config.loadFromString(readFileSync(file, 'utf8'));
    config.makePathsAbsolute(dirname(file));
  } catch {
    throw new CliError(
      `${file} cannot be read as a kubeconfig`,
      '`kubectl config view --kubeconfig FILE` may say why.',
    );
  }
  return config;
};

const serverOf = (
  cluster: Cluster,
  where: string,
): Pick<KubeconfigAccess, 'server' | 'certificateAuthority' | 'proxy'> => {
  const { server, skipTLSVerify, proxyUrl, tlsServerName } = cluster;
  if (!URL.canParse(server) || new URL(server).protocol !== 'https:')
    throw new CliError(`${where} has no https server`, 'Credentials are sent over TLS only.');
  if (skipTLSVerify)
    throw new CliError(`${where} skips TLS verification`, 'Put the certificate authority into the kubeconfig instead.');
  if (tlsServerName !== undefined) throw new CliError(`${where} uses tls-server-name, which the service does not`);
  if (proxyUrl !== undefined && !isPlainProxy(proxyUrl))
    throw new CliError(
      `${where} has a proxy-url that is no http or https URL, or has a user or password in it`,
      'Give --proxy with one that needs none, or make a way that needs no proxy.',
    );
  const ca = readMember({ data: cluster.caData, file: cluster.caFile }, `certificate authority of ${where}`);
  return {
    server,
    ...(ca === undefined ? {} : { certificateAuthority: ca }),
    ...(proxyUrl === undefined ? {} : { proxy: proxyUrl }),
  };
};

const OTHER_WAYS =
  'Use --eks NAME for EKS, or a kubeconfig user with a token, such as that of a service account: `kubectl create token`.';

const credentialsOf = (user: User, where: string): ConnectionSecret => {
  if (user.exec !== undefined && user.exec !== null)
    throw new CliError(`the user of ${where} signs in with an exec plugin, which cannot run in Lambda`, OTHER_WAYS);
  if (user.authProvider !== undefined && user.authProvider !== null)
    throw new CliError(`the user of ${where} signs in with an auth provider, which cannot run in Lambda`, OTHER_WAYS);
  if (user.impersonateUser !== undefined)
    throw new CliError(`the user of ${where} impersonates another, which the service does not`, OTHER_WAYS);
  if (user.token !== undefined && user.token !== '') return { token: user.token };
  const certificate = readMember({ data: user.certData, file: user.certFile }, `client certificate of ${where}`);
  const key = readMember({ data: user.keyData, file: user.keyFile }, `client key of ${where}`);
  if (certificate !== undefined && key !== undefined) return { clientCertificateData: certificate, clientKeyData: key };
  throw new CliError(`the user of ${where} has neither a token nor a client certificate with its key`, OTHER_WAYS);
};

interface Member {
  /** Base64 */
  readonly data: string | undefined;
  readonly file: string | undefined;
}

const readMember = ({ data, file }: Member, what: string): string | undefined => {
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  if (file === undefined || file === '') return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new CliError(`the ${what} cannot be read from ${file}`);
  }
};
