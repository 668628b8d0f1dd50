import type * as z from 'zod/mini';
import { ClusterUnreachableError } from '../../domain/sync-error.ts';

/**
 * Checks what an API server answered. The error says only what was expected: an answer may hold values.
 * @throws ClusterUnreachableError - unknown shape, which is no proof of anything
 */
export const parseAnswer = <T extends z.ZodMiniType>(schema: T, body: unknown, expected: string): z.infer<T> => {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ClusterUnreachableError(`the API server's answer is not a ${expected}`);
};
