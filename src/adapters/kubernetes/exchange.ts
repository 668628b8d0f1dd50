import type { Dispatcher } from 'undici';
import { ClusterUnreachableError } from '../../domain/sync-error.ts';
import { type Attempt, parseApiStatus, provesAbsence, toClusterError, type Verb } from './api-failure.ts';
import { type Address, describeAddress, pathOf } from './resource.ts';

/** One request, without who asks. */
export interface ApiRequest extends Attempt {
  readonly verb: Verb;
  readonly address: Address;
  /** Undefined members are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** @default application/json */
  readonly accept?: string;
  readonly body?: unknown;
}

export interface Wire {
  readonly dispatcher: Dispatcher;
  /** What the server's URL has before the API's own paths; empty for most. */
  readonly basePath: string;
  readonly token: string | undefined;
  readonly signal: AbortSignal;
}

const METHODS: Readonly<Record<Verb, Dispatcher.HttpMethod>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
};

/**
 * Sends `request` and gives the answer as it came. A connection that broke under it is replaced once: after a container
 * was frozen the kept ones are dead. Repeating is safe, as every write is conditional on what was read.
 */
export const exchange = async (request: ApiRequest, wire: Wire): Promise<Dispatcher.ResponseData> => {
  const { dispatcher, basePath, token, signal } = wire;
  const send = (): Promise<Dispatcher.ResponseData> =>
    dispatcher.request({
      method: METHODS[request.verb],
      path: basePath + pathOf(request.address) + toQuery(request.query),
      headers: toHeaders(request, token),
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal,
    });
  try {
    return await send();
  } catch (error) {
    if (signal.aborted || !BROKEN_CONNECTION.has(networkCodeOf(error) ?? '')) throw error;
    return send();
  }
};

const BROKEN_CONNECTION: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** `ECONNREFUSED`, `CERT_HAS_EXPIRED` …: what Node and undici call a failure. Never a text of the server's. */
export const networkCodeOf = (error: unknown): string | undefined => {
  if (typeof error !== 'object' || error === null) return undefined;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code)) return code;
  return 'cause' in error ? networkCodeOf(error.cause) : undefined;
};

const toQuery = (query: ApiRequest['query'] = {}): string => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
  return parameters.size === 0 ? '' : `?${parameters}`;
};

const toHeaders = ({ verb, accept = 'application/json', body }: ApiRequest, token: string | undefined) => ({
  accept,
  'user-agent': 'secretcast',
  ...(token !== undefined && { authorization: `Bearer ${token}` }),
  ...(body !== undefined && { 'content-type': verb === 'patch' ? 'application/merge-patch+json' : 'application/json' }),
});

/**
 * What a finished answer means.
 * @returns the parsed body; undefined for a proven absence of what `get` or `delete` names
 * @throws what `toClusterError` makes of a failure
 */
export const toAnswer = (request: ApiRequest, code: number, text: string): unknown => {
  const body = parseJson(text);
  if (code >= 200 && code < 300) {
    if (body !== undefined) return body;
    throw new ClusterUnreachableError(`${request.verb} ${describeAddress(request.address)}: the answer is not JSON`);
  }
  const status = parseApiStatus(body);
  const mayBeAbsent = request.verb === 'get' || request.verb === 'delete';
  if (mayBeAbsent && provesAbsence(code, status, request)) return undefined;
  throw toClusterError(request, code, status);
};

/** No error leaves here: `JSON.parse` quotes its input, which may be a Secret. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
