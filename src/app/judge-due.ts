import { judgeByListing, type ListingVerdict } from '../domain/listing.ts';
import { type OpenEntry, readVersionId } from './fetch-data.ts';
import type { createListVersions, Listed } from './list-versions.ts';
import type { SecretReader } from './ports/secret-reader.ts';
import type { ExternalSecretPass } from './sync-pass.ts';

/** A due object whose content may be proven current by versions alone. */
export interface Candidate {
  readonly cluster: string;
  readonly pass: ExternalSecretPass;
  readonly entries: readonly OpenEntry[];
}

/** Names under which a listing of the store's own location would show what an entry reads. */
const namesOf = ({ keys, store: { reader } }: OpenEntry): readonly string[] =>
  keys.flatMap(({ account, region, name }) =>
    account === reader.location.account && region === reader.location.region ? [name] : [],
  );

/** What each identity listed. */
export type AllListed = ReadonlyMap<string, Listed>; // by identity

export const listAll = async (
  listVersions: ReturnType<typeof createListVersions>,
  candidates: readonly Candidate[],
  signal?: AbortSignal,
): Promise<AllListed> => {
  const wanted = new Map<string, { readonly reader: SecretReader; readonly names: Set<string> }>();
  for (const open of candidates.flatMap(({ entries }) => entries)) {
    const { reader } = open.store;
    const found = wanted.get(reader.identity) ?? { reader, names: new Set() };
    wanted.set(reader.identity, found);
    for (const name of namesOf(open)) found.names.add(name);
  }
  return new Map(
    await Promise.all(
      [...wanted].map(
        async ([identity, { reader, names }]) => [identity, await listVersions(reader, names, signal)] as const,
      ),
    ),
  );
};

export const judge = (
  { pass, entries }: Candidate,
  { listed, listedAt }: { readonly listed: AllListed; readonly listedAt: number },
): ListingVerdict => {
  const written = new Map((pass.state?.versions ?? []).map((version) => [version.id, version]));
  const ids = new Set(entries.map(readVersionId));
  if (ids.size !== written.size) return 'unknown'; // something is read no more, or has no version
  const reads = entries.map((open) => {
    const names = listed.get(open.store.reader.identity);
    const shown = namesOf(open).flatMap((name) => names?.get(name) ?? []);
    return {
      requested: open.entry.ref.version,
      written: written.get(readVersionId(open)),
      listed: shown.length === 1 ? shown[0] : undefined,
    };
  });
  return judgeByListing(reads, listedAt);
};
