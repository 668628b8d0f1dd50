import * as z from 'zod/mini';

/** A label selector as the API serialises it. Whether Kubernetes would take it is another question: `selectorProblem`. */
export const labelSelectorSchema = z.object({
  matchLabels: z.optional(z.record(z.string(), z.string())),
  matchExpressions: z.optional(
    z.array(z.object({ key: z.string(), operator: z.string(), values: z.optional(z.array(z.string())) })),
  ),
});
