import * as z from 'zod/mini';
import { MalformedItemError } from '../../domain/sync-error.ts';
import type { RawItem } from './table.ts';

/** Part of every item's schema. */
export const itemKey = { pk: z.string(), sk: z.string() } as const;

export const keySchema = z.object(itemKey);

/** Attributes the schema does not name are ignored: an earlier or later version may have written them. */
export const parseItem = <T>(schema: z.ZodMiniType<T>, item: RawItem): T => {
  const parsed = z.safeParse(schema, item);
  if (parsed.success) return parsed.data;
  const attributes = new Set(parsed.error.issues.map(({ path }) => path.join('.')));
  throw malformed(item, `unusable ${[...attributes].join(', ')}`);
};

/** Names the item and what is wrong, and quotes nothing of its content. */
export const malformed = ({ pk, sk }: RawItem, what: string): MalformedItemError =>
  new MalformedItemError(`item ${String(pk)} / ${String(sk)} of the state table is malformed: ${what}`);

/** For members of any shape and depth, which DynamoDB's own maps would limit. */
export const parseJsonAttribute = (text: string, item: RawItem, attribute: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed(item, `unusable ${attribute}`); // without the cause: it quotes the text
  }
};
