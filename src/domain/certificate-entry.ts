import type { SpecEntry } from './spec-entries.ts';
import { InvalidSpecError } from './sync-error.ts';

/**
 * An entry as Certificate Manager answers it: its key is a certificate's ARN, and the whole bundle is the value, whatever
 * else it asks for.
 * @throws InvalidSpecError - asks for members of the value
 */
export const certificateEntry = (entry: SpecEntry): SpecEntry => {
  if (entry.secretKey === undefined)
    throw new InvalidSpecError('operation not supported by AWS Certificate Manager provider');
  return { ...entry, ref: { ...entry.ref, property: '', version: '', metadataPolicy: 'None' } };
};
