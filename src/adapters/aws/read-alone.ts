import type { RemoteSecret, SecretReader } from '../../app/ports/secret-reader.ts';
import { isGone } from '../../domain/store-error.ts';

/** A name, and what it holds. */
export type Found = readonly [name: string, secret: RemoteSecret];

/** What a batch would have answered, for an identity that may read no batch. */
export const readAlone = async (
  read: SecretReader['read'],
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly Found[]> => {
  const reads = names.map(async (name): Promise<readonly Found[]> => {
    try {
      return [[name, await read({ key: name, version: '' }, signal)]];
    } catch (error) {
      if (isGone(error)) return [];
      throw error;
    }
  });
  await Promise.allSettled(reads);
  return (await Promise.all(reads)).flat();
};
