import { RE2JS } from 're2js';
import { compareBytes } from '../go-map-text.ts';
import { compileRe2 } from '../re2.ts';
import { InvalidSpecError, SyncError } from '../sync-error.ts';
import type { PushEntry } from './push-entry.ts';
import type { PushDataTo } from './push-secret.ts';
import { convertedKeys } from './reverse-unicode.ts';

/** A key that a rule matched. */
export interface MatchedKey {
  /** Before any conversion. */
  readonly sourceKey: string;
  /** After it: what rules match and rewrite, and the remote key of a rule without rewrites. */
  readonly name: string;
}

/**
 * The keys of a source that a rule is for, by name.
 * @param index - of the rule, among those for the store
 * @throws InvalidSpecError - in the reference's words for the step
 */
export const matchedKeys = (rule: PushDataTo, index: number, keys: Iterable<string>): readonly MatchedKey[] => {
  const converted = inStep(`dataTo[${index}]: conversion failed`, () => convertedKeys(keys, rule.conversionStrategy));
  const names = [...converted.keys()].toSorted(compareBytes);
  const matches = inStep(`dataTo[${index}]: match failed`, () => matcherOf(rule.match));
  return names.filter(matches).map((name) => ({ name, sourceKey: converted.get(name) ?? name }));
};

const matcherOf = (expression: string): ((name: string) => boolean) => {
  if (expression === '') return () => true;
  const compiled = compileRe2(expression);
  if (compiled instanceof RE2JS) return (name) => compiled.test(name);
  throw new InvalidSpecError(`failed to compile regexp pattern "${expression}": ${compiled.problem}`);
};

const inStep = <T>(step: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw error instanceof SyncError ? new InvalidSpecError(`${step}: ${error.message}`) : error;
  }
};

/** What a rule makes of its matched keys. */
export interface Expansion {
  readonly rule: PushDataTo;
  readonly matched: readonly MatchedKey[];
  /** The remote key of each, in the same order. Of a bundle they count for nothing. */
  readonly remoteKeys: readonly string[];
}

const BUNDLE = '(bundle)';

/**
 * The entries of all rules for one store.
 * @throws InvalidSpecError - a key without a remote key, or two keys with the same
 */
export const expandedEntries = (expansions: readonly Expansion[]): readonly PushEntry[] => {
  const taken = new Map<string, string>();
  const take = (index: number, remoteKey: string, source: string): void => {
    const other = taken.get(remoteKey);
    if (other !== undefined)
      throw new InvalidSpecError(
        `dataTo[${index}]: duplicate remote key "${remoteKey}" from source key "${source}" (conflicts with ${other})`,
      );
    taken.set(remoteKey, `dataTo[${index}]:${source}`);
  };
  return expansions.flatMap((expansion, index) => {
    if (expansion.matched.length === 0) return [];
    if (expansion.rule.remoteKey === '') return perKey(expansion, index, take);
    take(index, expansion.rule.remoteKey, BUNDLE);
    return [bundle(expansion)];
  });
};

const perKey = (
  { rule, matched, remoteKeys }: Expansion,
  index: number,
  take: (index: number, remoteKey: string, source: string) => void,
): readonly PushEntry[] =>
  matched.map(({ sourceKey }, at) => {
    const remoteKey = remoteKeys[at] ?? '';
    if (remoteKey === '')
      throw new InvalidSpecError(`dataTo[${index}]: empty remote key produced for source key "${sourceKey}"`);
    take(index, remoteKey, sourceKey);
    return { ...entryOf(rule), secretKey: sourceKey, sourceKey, remoteKey };
  });

const bundle = ({ rule, matched }: Expansion): PushEntry => ({
  ...entryOf(rule),
  secretKey: '',
  sourceKey: '',
  remoteKey: rule.remoteKey,
  members: new Map(matched.map(({ name, sourceKey }) => [name, sourceKey])),
});

const entryOf = ({ metadata }: PushDataTo) => ({
  property: '',
  conversionStrategy: 'None' as const,
  ...(metadata === undefined ? {} : { metadata }),
});
