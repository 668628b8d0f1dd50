/**
 * Where pushed content came from. A Secret that an ExternalSecret made came from the versions it was read at; what is
 * pushed out of it is a version again, from which others may be made. A push that comes round to its own key changes it
 * for ever, unless it comes round unchanged: then nothing is written.
 */
export interface Lineage {
  /** As `formatRemoteKey` writes it. */
  readonly key: string;
  readonly version: string;
}

export const formatLineage = ({ key, version }: Lineage): string => `${key}@${version}`;

export const parseLineage = (text: string): Lineage => {
  const at = text.lastIndexOf('@');
  return { key: text.slice(0, at), version: text.slice(at + 1) };
};

/** A write of ours to one key, and what it was made from. */
export interface PushedVersion {
  readonly key: string;
  readonly versions: readonly string[];
  readonly madeFrom: readonly Lineage[];
}

/** A loop of this many pushes is unlikely to be looked for; a longer one is bounded by the budget of versions. */
const MAX_HOPS = 8;

/** Rounds that a loop may take to come to rest before it counts as one that never does. */
export const MAX_ROUNDS = 3;

/**
 * Whether content made from `origins` came, by way of any pushes, from one of our own versions of `key`.
 * @param pushesTo - everybody's pushes to a key
 */
export const comesRound = async (
  key: string,
  origins: readonly Lineage[],
  pushesTo: (key: string) => Promise<readonly PushedVersion[]>,
): Promise<boolean> => {
  const seen = new Set<string>();
  let frontier = origins;
  for (let hop = 0; hop < MAX_HOPS && frontier.length > 0; hop += 1) {
    const next: Lineage[] = [];
    for (const origin of frontier) {
      if (seen.has(formatLineage(origin))) continue;
      seen.add(formatLineage(origin));
      const made = (await pushesTo(origin.key)).filter(({ versions }) => versions.includes(origin.version));
      if (made.some((push) => push.key === key)) return true;
      next.push(...made.flatMap(({ madeFrom }) => madeFrom));
    }
    frontier = next;
  }
  return false;
};
