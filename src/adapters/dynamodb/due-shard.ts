import { createHash } from 'node:crypto';
import type { Key } from './keys.ts';

/**
 * One partition of an index takes 1,000 writes a second; so many share the due times. More may be added at any time,
 * fewer would lose objects. Which shard an object is in is written on its item.
 */
const DUE_SHARDS = 8;

export const ALL_DUE_SHARDS: readonly string[] = Array.from({ length: DUE_SHARDS }, (_, index) => `DUE#${index}`);

/** The same object is always in the same shard. */
export const dueShard = ({ pk, sk }: Key): string => {
  const hash = createHash('sha256').update(`${pk} ${sk}`).digest();
  return `DUE#${hash.readUInt16BE(0) % DUE_SHARDS}`;
};
