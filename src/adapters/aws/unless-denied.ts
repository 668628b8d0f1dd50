import { StoreAccessDeniedError } from '../../domain/sync-error.ts';

/** Undefined: the identity may not, and there is another way. */
export const unlessDenied = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StoreAccessDeniedError) return undefined;
    throw error;
  }
};
