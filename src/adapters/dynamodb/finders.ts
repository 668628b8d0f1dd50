import * as z from 'zod/mini';
import type { Finders } from '../../app/ports/tables.ts';
import { formatPlaced, type PlacedSelector, parsePlaced } from '../../domain/find-selector.ts';
import { FINDER_PREFIX, finderKey, finderPartition, NOTED_PREFIX, notedKey, parseFinder, parseNoted } from './keys.ts';
import { keySchema, parseItem } from './parse-item.ts';
import type { Table } from './table.ts';

/** A note counts for minutes; then it is of no use to anybody. */
const NOTE_KEPT_SECONDS = 3_600;

const finderSchema = z.object({ find: z.string() });

/** Finders and notes of one place share a partition, and tell each other apart by how their sort key begins. */
export const createFinders = (table: Table): Finders => ({
  of: async (location, signal) => {
    const values = { pk: finderPartition(location), prefix: FINDER_PREFIX };
    const items = await table.query({ expression: '#pk = :pk AND begins_with(#sk, :prefix)', values }, signal);
    return items.flatMap((item) => {
      const dependant = parseFinder(parseItem(keySchema, item));
      if (dependant === undefined) return [];
      return [{ ...dependant, selector: parsePlaced(parseItem(finderSchema, item).find).selector }];
    });
  },
  add: (finds, dependant) =>
    table.putMany(finds.map((placed) => ({ ...keyOf(placed, dependant), find: formatPlaced(placed) }))),
  remove: (finds, dependant) => table.deleteMany(finds.map((placed) => keyOf(placed, dependant))),
  note: async ({ name, ...location }, at) => {
    await table.put({ ...notedKey(location, { at, name }), ttl: Math.floor(at / 1_000) + NOTE_KEPT_SECONDS });
  },
  noted: async (location, since, signal) => {
    const { pk, sk } = notedKey(location, { at: since, name: '' });
    const values = { pk, from: sk, to: `${NOTED_PREFIX}~` };
    const expression = '#pk = :pk AND #sk BETWEEN :from AND :to';
    const items = await table.query({ expression, values, keysOnly: true }, signal);
    const names = items.map((item) => parseNoted(parseItem(keySchema, item))).reverse();
    return [...new Set(names.filter((name) => name !== undefined))];
  },
});

const keyOf = (placed: PlacedSelector, dependant: Parameters<Finders['add']>[1]) =>
  finderKey(placed.location, formatPlaced(placed), dependant);
