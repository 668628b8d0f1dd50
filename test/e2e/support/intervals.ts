import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import { isServed, parseRef, type ServedRef } from '../../../src/domain/object-ref.ts';
import { toTimestamp } from '../../../src/domain/status.ts';

const HOUR_MILLISECONDS = 3_600_000;

/** Makes every synced ExternalSecret of a cluster due, as if it had been refreshed an hour ago. */
export const endIntervals = async ({ states }: Tables, cluster: string): Promise<void> => {
  const longAgo = Date.now() - HOUR_MILLISECONDS;
  for (const [text, { revision, ...state }] of await states.list(cluster)) {
    const ref = servedRef(text);
    if (ref?.kind !== 'ExternalSecret') continue;
    const status = { ...state.status, refreshTime: toTimestamp(longAgo) };
    const versions = state.versions.map((version) => ({ ...version, createdAt: longAgo }));
    const change = { ...state, status, versions, verifiedAt: longAgo, dueAt: Date.now() - 1_000 };
    const stored = await states.put(cluster, ref, { expected: revision, state: change });
    if (!stored) throw new Error(`${text} is not at rest`);
  }
};

/** Those that still wait to be looked at. */
export const stillDue = async ({ states }: Tables, cluster: string): Promise<readonly string[]> =>
  [...(await states.list(cluster))]
    .filter(
      ([text, { dueAt }]) => servedRef(text)?.kind === 'ExternalSecret' && dueAt < Date.now() + HOUR_MILLISECONDS / 2,
    )
    .map(([text]) => text);

const servedRef = (text: string): ServedRef | undefined => {
  const ref = parseRef(text);
  return isServed(ref) ? ref : undefined;
};
