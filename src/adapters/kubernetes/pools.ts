import { type Dispatcher, Pool, ProxyAgent } from 'undici';

/** A client certificate and its key, PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface ApiServer {
  /** URL; a path before the API's own is kept. */
  readonly server: string;
  /** PEM bundle, the only trusted roots. Absent: those of Node. */
  readonly certificateAuthority?: string;
  /** URL of a proxy on the way. It makes a tunnel: it learns the API server's name, and nothing of what is said. */
  readonly proxy?: string;
  /** Requests at a time; further ones wait for their turn within their deadline. Watches do not count. @default 16 */
  readonly maxConnections?: number;
}

/** Connections to one API server, kept for the container's life. */
export interface Pools {
  readonly calls: Dispatcher;
  /** Apart from the calls: every watch holds a connection. */
  readonly watches: Dispatcher;
}

const KEEP_ALIVE_MILLISECONDS = 30_000;
/** A page of 500 objects is a few megabytes. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

export const createPools = (api: ApiServer, proof: ClientCertificate | undefined): Pools => {
  const { origin } = new URL(api.server);
  const tls = {
    ...(api.certificateAuthority !== undefined && { ca: api.certificateAuthority }),
    ...(proof !== undefined && { cert: proof.certificate, key: proof.key }),
  };
  const common = { keepAliveTimeout: KEEP_ALIVE_MILLISECONDS, headersTimeout: 0, bodyTimeout: 0 }; // callers have deadlines
  const open = (limits: PoolLimits): Dispatcher => {
    const options = { ...common, ...limits };
    if (api.proxy === undefined) return new Pool(origin, { ...options, connect: tls });
    const agent = new ProxyAgent({ ...options, uri: api.proxy, requestTls: tls, proxyTunnel: true });
    return agent.compose((dispatch) => (request, handler) => dispatch({ ...request, origin }, handler));
  };
  return {
    calls: open({ connections: api.maxConnections ?? 16, maxResponseSize: MAX_RESPONSE_BYTES }),
    watches: open({}),
  };
};

type PoolLimits = Pick<Pool.Options, 'connections' | 'maxResponseSize'>;

export const closePools = async ({ calls, watches }: Pools): Promise<void> => {
  await Promise.all([calls.destroy(), watches.destroy()]);
};
