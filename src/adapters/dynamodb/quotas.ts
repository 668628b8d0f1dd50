import * as z from 'zod/mini';
import type { QuotaPlace, Quotas } from '../../app/ports/tables.ts';
import { quotaKey } from './keys.ts';
import { parseItem } from './parse-item.ts';
import type { Table } from './table.ts';

const quotaSchema = z.object({ freeAt: z.number() });

/** Items of quotas that nobody asks for any more go by themselves, this long after all their places were free. */
const KEPT_SECONDS = 3_600;

const ttlOf = (freeAt: number): number => Math.ceil(freeAt / 1_000) + KEPT_SECONDS;

type Ask = Parameters<Quotas['reserve']>[1];

/** One item a quota: when its next place is free. Two conditional updates, of which one meets any state of it. */
export const createQuotas = (table: Table): Quotas => ({
  reserve: async (quota, ask) => {
    for (let attempt = 1; ; attempt += 1) {
      const place = (await queueUp(table, quota, ask)) ?? (await begin(table, quota, ask));
      if (place !== undefined) return place;
      await table.pause('taking a place in a quota', attempt);
    }
  },
  giveBack: async (quota, stepMilliseconds) => {
    await table.update({
      key: quotaKey(quota),
      change: 'SET #freeAt = #freeAt - :step',
      condition: 'attribute_exists(#freeAt)',
      values: { step: stepMilliseconds },
    });
  },
});

/** Behind places that were taken already. Undefined: none is ahead of now. */
const queueUp = async (
  table: Table,
  quota: string,
  { now, latest, stepMilliseconds: step }: Ask,
): Promise<QuotaPlace | undefined> => {
  const { done, item } = await table.update({
    key: quotaKey(quota),
    change: 'SET #freeAt = #freeAt + :step, #ttl = :ttl',
    condition: '#freeAt BETWEEN :now AND :latest',
    values: { step, now, latest, ttl: ttlOf(latest + step) },
  });
  if (item === undefined) return undefined;
  const { freeAt } = parseItem(quotaSchema, item);
  if (done) return { taken: true, at: freeAt - step };
  return freeAt > latest ? { taken: false, at: freeAt } : undefined;
};

/** Undefined: somebody else began meanwhile. */
const begin = async (table: Table, quota: string, { now, stepMilliseconds }: Ask): Promise<QuotaPlace | undefined> => {
  const { done } = await table.update({
    key: quotaKey(quota),
    change: 'SET #freeAt = :next, #ttl = :ttl',
    condition: 'attribute_not_exists(#freeAt) OR #freeAt < :now',
    values: { next: now + stepMilliseconds, now, ttl: ttlOf(now + stepMilliseconds) },
  });
  return done ? { taken: true, at: now } : undefined;
};
