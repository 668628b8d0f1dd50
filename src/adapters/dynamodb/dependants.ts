import * as z from 'zod/mini';
import type { Dependants } from '../../app/ports/tables.ts';
import { type Announcement, mergeAnnouncement } from '../../domain/announcement.ts';
import { formatRemoteKey, type RemoteKey } from '../../domain/remote-key.ts';
import { NOT_THERE } from './expression.ts';
import { DEPENDANT_PREFIX, dependantKey, type Key, META, parseDependant, remoteKeyPartition } from './keys.ts';
import { keySchema, parseItem } from './parse-item.ts';
import type { RawItem, Table } from './table.ts';

/** An announcement counts for a minute and a half; then it only shows what happened, and need not stay for ever. */
const ANNOUNCEMENT_KEPT_SECONDS = 24 * 3_600;

const announcementSchema = z.object({
  at: z.number(),
  versions: z.array(z.string()),
  goneAt: z.exactOptional(z.number()),
  revision: z.number(),
});

const announcementKey = (key: RemoteKey): Key => ({ pk: remoteKeyPartition(formatRemoteKey(key)), sk: META });

const fromItem = (item: RawItem): { readonly known: Announcement; readonly revision: number } => {
  const { revision, ...known } = parseItem(announcementSchema, item);
  return { known, revision };
};

const isSame = (a: Announcement | undefined, b: Announcement): boolean =>
  a?.at === b.at &&
  a.goneAt === b.goneAt &&
  a.versions.length === b.versions.length &&
  a.versions.every((id) => b.versions.includes(id));

/** Reads, merges and writes what is still as it was read; true when nothing remains to be done. */
const tryAnnounce = async (table: Table, key: Key, next: Announcement): Promise<boolean> => {
  const item = await table.get(key);
  const { known, revision } = item === undefined ? { known: undefined, revision: 0 } : fromItem(item);
  const announcement = mergeAnnouncement(known, next);
  if (isSame(known, announcement)) return true;
  const ttl = Math.floor(Math.max(announcement.at, announcement.goneAt ?? 0) / 1_000) + ANNOUNCEMENT_KEPT_SECONDS;
  const condition = revision === 0 ? NOT_THERE : { expression: '#revision = :revision', values: { revision } };
  return table.put({ ...key, ...announcement, revision: revision + 1, ttl }, condition);
};

export const createDependants = (table: Table): Dependants => ({
  of: async (key, signal) => {
    const values = { pk: remoteKeyPartition(formatRemoteKey(key)), prefix: DEPENDANT_PREFIX };
    const expression = '#pk = :pk AND begins_with(#sk, :prefix)';
    const items = await table.query({ expression, values, keysOnly: true }, signal);
    return items.map((item) => parseDependant(parseItem(keySchema, item))).filter((known) => known !== undefined);
  },
  add: (keys, dependant) => table.putMany(keys.map((key) => dependantKey(formatRemoteKey(key), dependant))),
  remove: (keys, dependant) => table.deleteMany(keys.map((key) => dependantKey(formatRemoteKey(key), dependant))),
  announce: async (key, announcement) => {
    for (let attempt = 1; !(await tryAnnounce(table, announcementKey(key), announcement)); attempt += 1)
      await table.pause('recording an announcement', attempt);
  },
  announcements: async (keys, signal) => {
    const texts = new Map(keys.map((key) => [announcementKey(key).pk, formatRemoteKey(key)]));
    const items = await table.getMany(keys.map(announcementKey), signal);
    return new Map(
      items.map((item) => [texts.get(parseItem(keySchema, item).pk) ?? '', fromItem(item).known] as const),
    );
  },
});
