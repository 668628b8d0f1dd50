import type { SecretValue } from '../secret-value.ts';

/** What an entry pushes: the value of one key of its source, or the source as a whole (all keys, or those that a bundle matched). */
export type PushContent =
  | { readonly type: 'key'; readonly value: SecretValue }
  | { readonly type: 'whole'; readonly values: ReadonlyMap<string, SecretValue> };
