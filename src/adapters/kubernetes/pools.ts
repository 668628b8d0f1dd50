import { type Dispatcher, Pool } from 'undici';

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
  const connect = {
    ...(api.certificateAuthority !== undefined && { ca: api.certificateAuthority }),
    ...(proof !== undefined && { cert: proof.certificate, key: proof.key }),
  };
  const common = { connect, keepAliveTimeout: KEEP_ALIVE_MILLISECONDS, headersTimeout: 0, bodyTimeout: 0 }; // callers have deadlines
  return {
    calls: new Pool(origin, { ...common, connections: api.maxConnections ?? 16, maxResponseSize: MAX_RESPONSE_BYTES }),
    watches: new Pool(origin, common),
  };
};

export const closePools = async ({ calls, watches }: Pools): Promise<void> => {
  await Promise.all([calls.destroy(), watches.destroy()]);
};
