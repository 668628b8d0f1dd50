import { ClusterSilentError, ClusterUnreachableError, SyncError } from '../../domain/sync-error.ts';
import { parseApiStatus, toClusterError, UnauthenticatedError } from './api-failure.ts';
import type { Breaker, Verdict } from './breaker.ts';
import { type ApiRequest, exchange, networkCodeOf, toAnswer } from './exchange.ts';
import { type ApiServer, type ClientCertificate, closePools, createPools, type Pools } from './pools.ts';
import { describeAddress, pathOf } from './resource.ts';

/** How a request says who asks. */
export interface Proof {
  readonly token?: string;
  readonly clientCertificate?: ClientCertificate;
}

/** Fails with the errors of the port. */
export interface ProofSource {
  get(signal: AbortSignal): Promise<Proof>;
  /** After a 401 to `rejected`: a newer proof, or undefined when there is none. */
  renew(rejected: Proof, signal: AbortSignal): Promise<Proof | undefined>;
}

export interface RequesterOptions {
  readonly api: ApiServer;
  readonly proofs: ProofSource;
  readonly breaker: Breaker;
  /** For a whole call, waiting for a connection included; for a watch until it is accepted. @default 5000 */
  readonly deadlineMilliseconds?: number;
}

/** Speaks HTTP with one API server. Failures are the errors of the port; none of them quotes what was sent or received. */
export interface Requester {
  /** The parsed answer; undefined when the API server proved that what `get` or `delete` names does not exist. */
  send(request: ApiRequest, signal?: AbortSignal): Promise<unknown>;
  /** The body of a watch, once it was accepted; `signal` ends it. */
  stream(request: ApiRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  close(): Promise<void>;
}

/** Of one call: how it is sent, and what ends it. */
interface Call<T> {
  readonly request: ApiRequest;
  readonly caller: AbortSignal | undefined;
  readonly deadline: AbortSignal;
  readonly run: (proof: Proof, signal: AbortSignal) => Promise<T>;
}

export const createRequester = ({
  api,
  proofs,
  breaker,
  deadlineMilliseconds = 5_000,
}: RequesterOptions): Requester => {
  const basePath = new URL(api.server).pathname.replace(/\/$/, '');
  const pools = keepPools(api);

  const perform = async <T>({ request, caller, deadline, run }: Call<T>): Promise<T> => {
    pathOf(request.address); // a bad name fails before anything counts it
    const signal = caller === undefined ? deadline : AbortSignal.any([deadline, caller]);
    const attempt = (proof: Proof): Promise<T> => breaker.run(() => run(proof, signal), judgeFor(caller));
    try {
      return await withProof(proofs, attempt, signal);
    } catch (error) {
      throw toUnanswered(error, { request, caller, deadline });
    }
  };

  return {
    send: async (request, caller) =>
      perform({
        request,
        caller,
        deadline: AbortSignal.timeout(deadlineMilliseconds),
        run: async (proof, signal) => {
          const { calls: dispatcher } = pools.for(proof);
          const { statusCode, body } = await exchange(request, { dispatcher, basePath, token: proof.token, signal });
          return toAnswer(request, statusCode, await body.text());
        },
      }),

    stream: async (request, caller) => {
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), deadlineMilliseconds);
      const run = async (proof: Proof, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> => {
        const { watches: dispatcher } = pools.for(proof);
        const { statusCode, body } = await exchange(request, { dispatcher, basePath, token: proof.token, signal });
        if (statusCode === 200) return body;
        throw toClusterError(request, statusCode, parseApiStatus(await body.json().catch(() => undefined)));
      };
      return perform({ request, caller, deadline: deadline.signal, run }).finally(() => clearTimeout(timer));
    },

    close: () => pools.close(),
  };
};

/** A new certificate gets new connections; the old ones end by themselves when they are idle. */
const keepPools = (api: ApiServer) => {
  let kept: { readonly of: ClientCertificate | undefined; readonly pools: Pools } | undefined;
  return {
    for: ({ clientCertificate }: Proof): Pools => {
      if (kept === undefined || kept.of !== clientCertificate)
        kept = { of: clientCertificate, pools: createPools(api, clientCertificate) };
      return kept.pools;
    },
    close: async (): Promise<void> => {
      if (kept !== undefined) await closePools(kept.pools);
      kept = undefined;
    },
  };
};

/** Runs again, once, with a new proof when the API server does not accept the first. */
const withProof = async <T>(
  proofs: ProofSource,
  attempt: (proof: Proof) => Promise<T>,
  signal: AbortSignal,
): Promise<T> => {
  const proof = await proofs.get(signal);
  try {
    return await attempt(proof);
  } catch (error) {
    if (!(error instanceof UnauthenticatedError)) throw error;
    const renewed = await proofs.renew(proof, signal);
    if (renewed === undefined) throw error;
    return attempt(renewed);
  }
};

const judgeFor =
  (caller: AbortSignal | undefined) =>
  (error: unknown): Verdict => {
    if (error instanceof ClusterSilentError) return 'dead';
    if (error instanceof SyncError) return 'alive';
    return caller?.aborted === true ? 'unknown' : 'dead';
  };

/** Names a failure of the network by its code alone. A bug stays what it is. */
const toUnanswered = (
  error: unknown,
  { request, caller, deadline }: Pick<Call<unknown>, 'request' | 'caller' | 'deadline'>,
): unknown => {
  if (error instanceof SyncError) return error;
  const what = `${request.verb} ${describeAddress(request.address)}`;
  if (caller?.aborted === true) return new ClusterUnreachableError(`${what}: cancelled`);
  if (deadline.aborted) return new ClusterSilentError(`${what}: no answer in time`);
  const code = networkCodeOf(error);
  return code === undefined ? error : new ClusterSilentError(`${what}: no answer (${code})`);
};
