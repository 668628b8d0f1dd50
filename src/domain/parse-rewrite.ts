import * as z from 'zod/mini';
import type { RewriteOperation } from './rewrite.ts';

const operationSchema = z.object({
  merge: z.optional(
    z.object({
      into: z._default(z.string(), ''),
      priority: z._default(z.array(z.string()), []),
      priorityPolicy: z._default(z.enum(['Strict', 'IgnoreNotFound']), 'Strict'),
      conflictPolicy: z._default(z.enum(['Ignore', 'Error']), 'Error'),
      strategy: z._default(z.enum(['Extract', 'JSON']), 'Extract'),
    }),
  ),
  regexp: z.optional(z.object({ source: z.string(), target: z.string() })),
  transform: z.optional(z.object({ template: z.string() })),
});

/** Of several members the first in this order counts; the CRD allows one. */
const toOperations = ({ merge, regexp, transform }: z.infer<typeof operationSchema>): readonly RewriteOperation[] => {
  if (merge !== undefined) return [{ type: 'merge', ...merge }];
  if (regexp !== undefined) return [{ type: 'regexp', ...regexp }];
  return transform === undefined ? [] : [{ type: 'transform', ...transform }];
};

/** `dataFrom[].rewrite`, as {@link RewriteOperation}s. */
export const rewriteSchema = z.pipe(
  z._default(z.array(operationSchema), []),
  z.transform((operations): readonly RewriteOperation[] => operations.flatMap(toOperations)),
);
