import type { MirroredObject } from '../domain/mirrored-object.ts';
import { formatRef } from '../domain/object-ref.ts';
import { ObjectGoneError } from './carry-out.ts';
import type { ClusterClient } from './ports/cluster-client.ts';

/**
 * An object with its spec: one that is too large for the mirror is read from the cluster.
 * @throws ObjectGoneError
 */
export const wholeObject = async (
  client: ClusterClient,
  object: MirroredObject,
  signal?: AbortSignal,
): Promise<MirroredObject> => {
  if (object.spec !== undefined) return object;
  const current = await client.readObject(object.ref, signal);
  if (current?.uid !== object.uid) throw new ObjectGoneError(`${formatRef(object.ref)} was deleted`);
  return current;
};
