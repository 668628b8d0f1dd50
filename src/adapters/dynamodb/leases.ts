import * as z from 'zod/mini';
import type { Lease, Leases } from '../../app/ports/tables.ts';
import type { Condition } from './expression.ts';
import { leaseKey } from './keys.ts';
import { parseItem } from './parse-item.ts';
import type { RawItem, Table } from './table.ts';

const leaseSchema = z.object({
  holder: z.string(),
  epoch: z.number(),
  expiresAt: z.number(),
  heir: z.exactOptional(z.string()),
  /** Given back. The item stays for its epoch, and for its heir until it expires. */
  released: z.exactOptional(z.boolean()),
});

const toHeldLease = (cluster: string, item: RawItem): Lease | undefined => {
  const { released, ...lease } = parseItem(leaseSchema, item);
  return released === true ? undefined : { cluster, ...lease };
};

const FREE =
  'attribute_not_exists(#pk) OR #expiresAt <= :now OR (#released = :yes AND (attribute_not_exists(#heir) OR #heir = :holder))';

/** Holds while `lease` is the one that holds its cluster, however late it is. */
export const stillHeld = ({
  holder,
  epoch,
}: Lease): Condition & { readonly values: { holder: string; epoch: number } } => ({
  expression: '#holder = :holder AND #epoch = :epoch AND attribute_not_exists(#released)',
  values: { holder, epoch },
});

export const createLeases = (table: Table): Leases => ({
  get: async (cluster, signal) => {
    const item = await table.get(leaseKey(cluster), signal);
    return item && toHeldLease(cluster, item);
  },
  take: async (cluster, { holder, now, expiresAt }) => {
    const { item } = await table.update({
      key: leaseKey(cluster),
      change:
        'SET #holder = :holder, #expiresAt = :expiresAt, #epoch = if_not_exists(#epoch, :zero) + :one REMOVE #heir, #released',
      condition: FREE,
      values: { holder, now, expiresAt, yes: true, zero: 0, one: 1 },
    });
    const lease = item && toHeldLease(cluster, item);
    // Ours also when this request was refused: the client repeats one whose answer was lost, and finds its own lease.
    return lease?.holder === holder && lease.expiresAt === expiresAt ? lease : undefined;
  },
  renew: async (lease, expiresAt) => {
    const { expression, values } = stillHeld(lease);
    const { done, item } = await table.update({
      key: leaseKey(lease.cluster),
      change: 'SET #expiresAt = :expiresAt',
      condition: expression,
      values: { ...values, expiresAt },
    });
    return done ? toHeldLease(lease.cluster, item) : undefined;
  },
  release: async (lease) => {
    const { expression, values } = stillHeld(lease);
    await table.update({
      key: leaseKey(lease.cluster),
      change: 'SET #released = :yes',
      condition: expression,
      values: { ...values, yes: true },
    });
  },
  askFor: async (cluster, heir) => {
    await table.update({
      key: leaseKey(cluster),
      change: 'SET #heir = :heir',
      condition: 'attribute_exists(#pk) AND attribute_not_exists(#released)',
      values: { heir },
    });
  },
});
