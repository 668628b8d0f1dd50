import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { it } from '@jest/globals';
import { Agent, fetch } from 'undici';
import type { LocalCluster } from '../../../local/cluster.ts';
import type { Json, JsonObject } from '../../../local/kubernetes/json.ts';
import { isObject, stringAt } from '../../../local/kubernetes/json.ts';
import type { SmallClusterOptions } from '../../../local/kubernetes/start-small-cluster.ts';
import { startSmallCluster } from '../../../local/kubernetes/start-small-cluster.ts';

export interface Answer {
  readonly code: number;
  readonly body: JsonObject;
  readonly warnings: string;
  readonly text: string;
}

export interface CallOptions {
  readonly body?: Json;
  readonly contentType?: string;
  readonly accept?: string;
  /** '' sends none. @default the administrator's */
  readonly token?: string;
  readonly userAgent?: string;
}

export interface Watch extends AsyncDisposable {
  /** The next event; undefined when the stream ended. */
  readonly next: () => Promise<JsonObject | undefined>;
}

export interface TestCluster extends AsyncDisposable {
  readonly cluster: LocalCluster;
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  readonly watch: (path: string, options?: CallOptions) => Promise<Watch>;
  readonly directory: string;
  readonly stop: () => Promise<void>;
}

const parseBody = (text: string): JsonObject => {
  if (!text.startsWith('{')) return {};
  const value: Json = JSON.parse(text);
  return isObject(value) ? value : {};
};

const headersOf = ({ adminToken }: LocalCluster, options: CallOptions): Record<string, string> => {
  const token = options.token ?? adminToken;
  return {
    'user-agent': options.userAgent ?? 'tester/1.0',
    accept: options.accept ?? 'application/json',
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    ...(options.body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
  };
};

const readEvents = (lines: AsyncIterator<string>, close: () => void): Watch => ({
  next: async () => {
    const { value, done } = await lines.next();
    return done === true ? undefined : parseBody(value);
  },
  [Symbol.asyncDispose]: async () => close(),
});

async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
}

const asksReal = process.env['KUBERNETES_UNDER_TEST'] === 'real';

/** For facts that need a window or an interval shorter than a real API server's. */
export const onSmall = asksReal ? it.skip : it;

/** The same facts hold of a real API server: `KUBERNETES_UNDER_TEST=real` asks one. */
const start = async (options: SmallClusterOptions): Promise<LocalCluster> => {
  if (!asksReal) return startSmallCluster(options);
  const { startRealCluster } = await import('../../../local/real-cluster/start-real-cluster.ts');
  return startRealCluster(options);
};

/** A cluster of its own for one test file, in a process of its own. */
export const startTestCluster = async (options: Partial<SmallClusterOptions> = {}): Promise<TestCluster> => {
  const directory = await mkdtemp(path.join(tmpdir(), 'small-cluster-'));
  const cluster = await start({ name: 'test', directory, ...options });
  const dispatcher = new Agent({ connect: { ca: cluster.certificateAuthority } });
  const send = (method: string, target: string, call: CallOptions & { readonly signal?: AbortSignal }) =>
    fetch(`${cluster.server}${target}`, {
      method,
      dispatcher,
      headers: headersOf(cluster, call),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
  const stop = async (): Promise<void> => {
    await dispatcher.destroy();
    await cluster.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return {
    cluster,
    directory,
    call: async (method, target, call = {}) => {
      const response = await send(method, target, call);
      const text = await response.text();
      return { code: response.status, text, body: parseBody(text), warnings: response.headers.get('warning') ?? '' };
    },
    watch: async (target, call = {}) => {
      const abort = new AbortController();
      const response = await send('GET', `${target}${target.includes('?') ? '&' : '?'}watch=true`, {
        ...call,
        signal: abort.signal,
      });
      if (response.body === null) throw new Error('a watch without a body');
      return readEvents(splitLines(response.body), () => abort.abort());
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
};

export const message = ({ body }: Answer): string => stringAt(body, 'message') ?? '';

export const MERGE = 'application/merge-patch+json';
export const JSON_PATCH = 'application/json-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';

export const secret = (name: string, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  ...more,
});

export const widget = (name: string, spec: Json = { color: 'red' }, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'test.example.com/v1',
  kind: 'Widget',
  metadata: { name },
  spec,
  ...more,
});

export const SECRETS = '/api/v1/namespaces/default/secrets';
export const WIDGETS = '/apis/test.example.com/v1/namespaces/default/widgets';
export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Calls until the answer is as wanted. @throws Error - it was not within ten seconds */
export const eventually = async <T>(call: () => Promise<T>, isWanted: (value: T) => boolean): Promise<T> => {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const value = await call();
    if (isWanted(value)) return value;
    if (Date.now() > deadline) throw new Error(`not so after ten seconds: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

/** Defines the kind Widget, and waits until it is served. */
export const defineWidgets = async ({ call }: TestCluster): Promise<void> => {
  const { parse } = await import('yaml');
  const definition: Json = parse(await readFile(path.join(import.meta.dirname, 'widgets.yaml'), 'utf8'));
  await call('POST', DEFINITIONS, { body: definition });
  await eventually(
    () => call('GET', WIDGETS),
    ({ code }) => code === 200,
  );
};
