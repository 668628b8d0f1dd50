import type { Clock } from '../../app/ports/runtime.ts';
import { ClusterSilentError, SyncError } from '../../domain/sync-error.ts';
import type { ApiPlace } from './describe-eks.ts';
import type { Requester } from './request.ts';

export interface FollowPlaceOptions {
  /** As registered. */
  readonly place: ApiPlace;
  readonly open: (place: ApiPlace) => Requester;
  /** Where it is now. @throws ClusterUnreachableError */
  readonly find: () => Promise<ApiPlace>;
  /** @throws SyncError - what answers there is not the registered cluster */
  readonly prove: (requester: Requester) => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
}

/** A cluster that stays away is not asked for again before this. */
const LOOK_AGAIN_MILLISECONDS = 5 * 60_000;

interface Current {
  readonly place: ApiPlace;
  readonly requester: Requester;
}

/**
 * A requester that follows an API server whose address or certificate authority changed. When it does not answer, where it
 * is now is asked once for everybody; the request is then sent again there, which is safe, as every write is conditional.
 * Nothing is registered anew: the next container finds out for itself.
 */
export const followPlace = (options: FollowPlaceOptions): Requester => {
  const { open, find, prove, clock } = options;
  let current: Current = { place: options.place, requester: open(options.place) };
  let looking: Promise<void> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;

  const look = async (): Promise<void> => {
    lookedAt = clock.now();
    const place = await find();
    if (isSame(place, current.place)) return;
    const requester = open(place);
    try {
      await prove(requester);
    } catch (error) {
      await requester.close();
      throw error;
    }
    current = { place, requester }; // whoever uses the old one may finish with it
  };

  /** @returns whether there is another place than `used` to go to */
  const hasMoved = async (used: Current, silent: SyncError): Promise<boolean> => {
    if (looking === undefined && current === used && clock.now() - lookedAt >= LOOK_AGAIN_MILLISECONDS)
      looking = look().finally(() => {
        looking = undefined;
      });
    try {
      await looking;
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      throw new ClusterSilentError(`${silent.message}; ${error.message}`);
    }
    return current !== used;
  };

  const following = async <T>(
    ask: (requester: Requester) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> => {
    const used = current;
    try {
      return await ask(used.requester);
    } catch (error) {
      if (!(error instanceof ClusterSilentError) || signal?.aborted === true || !(await hasMoved(used, error)))
        throw error;
      return ask(current.requester);
    }
  };

  return {
    send: (request, signal) => following((requester) => requester.send(request, signal), signal),
    stream: (request, signal) => following((requester) => requester.stream(request, signal), signal),
    close: () => current.requester.close(),
  };
};

const isSame = (a: ApiPlace, b: ApiPlace): boolean =>
  a.server === b.server && a.certificateAuthority.trim() === b.certificateAuthority.trim();
