import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import path from 'node:path';
import { createApiServer } from './api-server.ts';
import { openAuditLog } from './audit-log.ts';
import { createAuthenticate } from './authentication.ts';
import { createAuthorize } from './authorization.ts';
import { fillNewCluster } from './bootstrap.ts';
import type { Cluster } from './cluster-state.ts';
import { startControllers } from './controllers.ts';
import type { ServerConfig } from './server-config.ts';
import { createServiceAccountTokens } from './service-account-tokens.ts';
import { createStore } from './store.ts';
import { createServerCertificate } from './tls.ts';
import { createTypeRegistry } from './type-registry.ts';

export interface RunningServer {
  readonly port: number;
  readonly stop: () => void;
}

/** One of its own, as EKS gives each cluster: a role that trusts one cluster's service accounts trusts no other's. */
const issuerOf = (name: string): string => `https://oidc.${name}.clusters.local`;

/** Starts a cluster in this process. The certificate is in `ca.pem`, the audit log in `audit.log` of its folder. */
export const startServer = async (config: ServerConfig): Promise<RunningServer> => {
  const store = createStore(config.watchWindowEvents);
  const issuer = issuerOf(config.name);
  const cluster: Cluster = { store, types: createTypeRegistry(store), now: () => new Date() };
  fillNewCluster(store);
  const stopControllers = startControllers(cluster);
  const tokens = createServiceAccountTokens({ store, issuer, now: cluster.now });
  const audit = openAuditLog(path.join(config.directory, 'audit.log'));
  const { key, certificate } = await createServerCertificate();
  writeFileSync(path.join(config.directory, 'ca.pem'), certificate);
  const listener = createApiServer({
    cluster,
    tokens,
    issuer,
    authenticate: createAuthenticate(config.users, tokens),
    authorize: createAuthorize(store),
    audit,
    bookmarkIntervalSeconds: config.bookmarkIntervalSeconds,
  });
  const server = createServer({ key, cert: certificate, keepAliveTimeout: 90_000, requestTimeout: 0 }, listener);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(config.port, '127.0.0.1', resolve);
  await promise;
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : config.port;
  return {
    port,
    stop: () => {
      stopControllers();
      server.close();
      server.closeAllConnections();
      audit.close();
    },
  };
};
