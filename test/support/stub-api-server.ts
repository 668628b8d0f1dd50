import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** A request as the stub received it. */
export interface StubRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type StubAnswer = (request: StubRequest, response: ServerResponse) => void;

export interface StubApiServer {
  readonly url: string;
  readonly requests: readonly StubRequest[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** What the next requests get, one each; the last one stays. */
  answer(...answers: readonly StubAnswer[]): void;
  stop(): Promise<void>;
}

/** An API server that says what a test tells it to, well or badly. */
export const startStubApiServer = async (): Promise<StubApiServer> => {
  const requests: StubRequest[] = [];
  let answers: readonly StubAnswer[] = [];
  let connections = 0;
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { method = '', url = '', headers } = incoming;
    const request = { method, url, headers, body: Buffer.concat(chunks).toString() };
    requests.push(request);
    const [next] = answers;
    if (answers.length > 1) answers = answers.slice(1);
    if (next === undefined) response.writeHead(500).end();
    else next(request, response);
  });
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get connections() {
      return connections;
    },
    answer: (...next) => {
      answers = next;
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

export const json =
  (code: number, body: unknown): StubAnswer =>
  (_, response) => {
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

export const status = (code: number, details: Readonly<Record<string, unknown>> = {}): StubAnswer =>
  json(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, ...details });

/** Takes the request and never says anything. */
export const silence: StubAnswer = () => undefined;

/** Closes the connection in the middle of everything. */
export const hangUp: StubAnswer = (_, response) => {
  response.destroy();
};
