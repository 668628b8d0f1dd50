import { formatRemoteKey, type RemoteKey } from '../domain/remote-key.ts';

/** Each key once, in the order it was first met. */
export const distinctKeys = (keys: readonly RemoteKey[]): readonly RemoteKey[] => [
  ...new Map(keys.map((key) => [formatRemoteKey(key), key])).values(),
];
