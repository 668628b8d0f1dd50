import { formatRemoteKey, type RemoteKey } from '../domain/remote-key.ts';
import { isGone } from '../domain/store-error.ts';
import { inOrder } from './entry-error.ts';
import type { Found } from './find-secrets.ts';
import type { RemoteSecret } from './ports/secret-reader.ts';
import type { SharedReads } from './shared-reads.ts';

/** A secret that a `find` has found, as it is now. */
export interface FoundSecret {
  readonly key: RemoteKey;
  /** Identifies the read among the versions a target was written from. */
  readonly id: string;
  /** Absent: gone by now, or going; the list that showed it lagged behind. */
  readonly secret?: RemoteSecret;
}

/** Reads all that was found, each in its current version. @throws the first failure, in the order of the list */
export const readFound = (
  { store: { reader }, secrets }: Found,
  reads: SharedReads,
  signal?: AbortSignal,
): Promise<readonly FoundSecret[]> =>
  inOrder(
    [...reads.readFound(reader, secrets, signal)].map(async ([name, reading]) => {
      const key = { ...reader.location, name };
      const secret = await unlessGone(reading);
      return { key, id: `${formatRemoteKey(key)}#`, ...(secret === undefined ? {} : { secret }) };
    }),
  );

const unlessGone = async (reading: Promise<RemoteSecret>): Promise<RemoteSecret | undefined> => {
  try {
    return await reading;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
};
