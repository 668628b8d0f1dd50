import { WriteConflictError } from '../../domain/sync-error.ts';
import { ONE_METADATA } from './accept.ts';
import type { Requester } from './request.ts';
import type { Address } from './resource.ts';
import { parseWritten } from './written.ts';

interface Deletion {
  readonly address: Address;
  readonly precondition: { readonly uid: string; readonly resourceVersion?: string };
}

/**
 * Deletes what still is the object that was read. Gone already, or another one under its name, is success.
 * @throws WriteConflictError - it was written since
 */
export const deleteConditionally = async (
  requester: Requester,
  deletion: Deletion,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const { address, precondition } = deletion;
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: precondition };
  try {
    await requester.send({ verb: 'delete', address, accept: ONE_METADATA, body }, signal);
  } catch (error) {
    // 409 says the same of another uid, which is success, and of another resourceVersion, which is not.
    if (!(error instanceof WriteConflictError) || (await isStillThere(requester, deletion, signal))) throw error;
  }
};

const isStillThere = async (
  requester: Requester,
  { address, precondition }: Deletion,
  signal: AbortSignal | undefined,
): Promise<boolean> => {
  const body = await requester.send({ verb: 'get', address, accept: ONE_METADATA }, signal);
  return body !== undefined && parseWritten(body).uid === precondition.uid;
};
