import { sameJson } from '../same-json.ts';
import { StoreRejectedError } from '../store-error.ts';
import { InvalidSpecError } from '../sync-error.ts';

/**
 * Whether two policies say the same: members in any order, lists in theirs.
 * @param current - undefined: there is none
 * @throws StoreRejectedError, InvalidSpecError - one of them is no JSON; it is not quoted
 */
export const isSamePolicy = (current: string | undefined, desired: string): boolean => {
  const wanted = parsed(desired);
  if (wanted === undefined)
    throw new InvalidSpecError('failed to unmarshal desired resource policy: the source holds no JSON');
  if (current === undefined || current === '') return false;
  const held = parsed(current);
  if (held === undefined)
    throw new StoreRejectedError('failed to unmarshal current resource policy: Secrets Manager holds no JSON');
  return sameJson(held.value, wanted.value);
};

const parsed = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined; // the error quotes its input
  }
};
