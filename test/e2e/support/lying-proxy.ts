import type { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { Agent, type Dispatcher, request } from 'undici';
import * as z from 'zod/mini';
import type { LocalCluster } from '../../../local/cluster.ts';
import { createServerCertificate } from '../../../local/kubernetes/tls.ts';

/** Stands between the service and a cluster, and can tell it less than there is. */
export interface LyingProxy {
  readonly server: string;
  readonly certificateAuthority: string;
  /** Lists of ExternalSecrets leave these names out. */
  readonly hide: (names: readonly string[]) => void;
  /** Ends all watches, and answers the next one of each kind with 410, so that the watcher must list anew. */
  readonly expireWatches: () => void;
  /** Lists of ExternalSecrets answered so far, whatever the answer was. */
  readonly listsAnswered: () => number;
  readonly stop: () => Promise<void>;
}

const listSchema = z.looseObject({ items: z.array(z.looseObject({ metadata: z.looseObject({ name: z.string() }) })) });

const EXPIRED = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410 };

export const startLyingProxy = async (cluster: LocalCluster): Promise<LyingProxy> => {
  const { key, certificate } = await createServerCertificate();
  const dispatcher = new Agent({ connect: { ca: cluster.certificateAuthority }, bodyTimeout: 0, headersTimeout: 0 });
  const watches = new Set<ServerResponse>();
  let expired = new Set<string>();
  let seen = new Set<string>();
  let hidden: ReadonlySet<string> = new Set();
  let lists = 0;

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const url = new URL(incoming.url ?? '/', cluster.server);
    const isWatch = url.searchParams.has('watch');
    if (isWatch) seen.add(url.pathname);
    if (isWatch && expired.delete(url.pathname)) return answer(outgoing, 410, EXPIRED);
    const upstream = await forward({ dispatcher, url, incoming });
    if (isWatch) watches.add(outgoing.once('close', () => watches.delete(outgoing)));
    const isList = incoming.method === 'GET' && url.pathname.endsWith('/externalsecrets') && !isWatch;
    if (!isList) return passOn(upstream, outgoing);
    const body: unknown = await upstream.body.json();
    lists += 1;
    answer(outgoing, upstream.statusCode, upstream.statusCode === 200 ? without(body, hidden) : body);
  };

  const server = createTlsServer({ key, cert: certificate }, (incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    server: `https://127.0.0.1:${portOf(server)}`,
    certificateAuthority: certificate,
    hide: (names) => {
      hidden = new Set(names);
    },
    expireWatches: () => {
      expired = seen;
      seen = new Set();
      for (const watch of watches) watch.destroy();
    },
    listsAnswered: () => lists,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await dispatcher.destroy();
    },
  };
};

interface Forwarding {
  readonly dispatcher: Agent;
  readonly url: URL;
  readonly incoming: IncomingMessage;
}

const forward = ({ dispatcher, url, incoming }: Forwarding): Promise<Dispatcher.ResponseData> => {
  const { host: _, connection: __, 'accept-encoding': ___, ...headers } = incoming.headers;
  const method = incoming.method ?? 'GET';
  return request(url, { dispatcher, method, headers, ...(method === 'GET' ? {} : { body: incoming }) });
};

const passOn = async (upstream: Dispatcher.ResponseData, outgoing: ServerResponse): Promise<void> => {
  outgoing.writeHead(upstream.statusCode, { 'content-type': String(upstream.headers['content-type']) });
  outgoing.flushHeaders();
  await pipeline(upstream.body, outgoing);
};

const answer = (outgoing: ServerResponse, status: number, body: unknown): void => {
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

const without = (body: unknown, hidden: ReadonlySet<string>): unknown => {
  const list = listSchema.parse(body);
  return { ...list, items: list.items.filter(({ metadata }) => !hidden.has(metadata.name)) };
};

const portOf = (server: Pick<ReturnType<typeof createServer>, 'address'>): number => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return address.port;
};
