import { RE2JS } from 're2js';
import * as z from 'zod/mini';
import { isOwnSecret } from './own-secret.ts';
import { compileRe2 } from './re2.ts';
import { isSecretService, type SecretService, type StoreLocation } from './remote-key.ts';
import { InvalidSpecError } from './sync-error.ts';

export type Tags = Readonly<Record<string, string>>;

/** Which secrets a `dataFrom[].find` asks for: those that meet all of it. */
export interface FindSelector {
  /** Secrets Manager: what names begin with. Parameter Store: a level of the hierarchy. Empty: everywhere. */
  readonly path: string;
  /** RE2, matched anywhere in the full name; empty matches all. Absent: nothing is asked of the name. */
  readonly name?: string;
  /** Each with exactly this value. Empty: nothing is asked of the tags. */
  readonly tags: Tags;
}

/** A search in one place: what its objects are found by when a secret comes, goes or changes its tags there. */
export interface PlacedSelector {
  readonly location: StoreLocation;
  readonly selector: FindSelector;
}

/** @throws InvalidSpecError - neither a name nor tags are asked for, or the name is no RE2 expression */
export const validateSelector = ({ name, tags }: FindSelector): void => {
  if (name === undefined && Object.keys(tags).length === 0) throw new InvalidSpecError('unexpected find operator');
  matchNames(name ?? '', []);
};

/**
 * Which of `names` the expression matches anywhere; the one place where names are matched.
 * @throws InvalidSpecError
 */
export const matchNames = (expression: string, names: readonly string[]): readonly boolean[] => {
  const compiled = compileRe2(expression);
  if (compiled instanceof RE2JS) return names.map((name) => compiled.test(name));
  throw new InvalidSpecError(`could not compile find.name.regexp [${expression}]: ${compiled.problem}`);
};

/**
 * Whether a name lies under the selector's path, as each service understands paths. What opens clusters is never found: who
 * looks through everything did not mean that.
 */
export const isFindable = (name: string, path: string, service: SecretService): boolean =>
  name.startsWith(beginningOf(path, service)) && !isOwnSecret(name);

/** What every name under a path begins with. Under `/` there are parameters without a slash, too. */
export const beginningOf = (path: string, service: SecretService): string => {
  if (path === '' || service !== 'ssm') return path;
  if (path === '/') return '';
  return path.endsWith('/') ? path : `${path}/`;
};

export const hasTags = (tags: Tags, wanted: Tags): boolean =>
  Object.entries(wanted).every(([key, value]) => Object.hasOwn(tags, key) && tags[key] === value);

/** Names that meet what is asked of the name: path and expression. */
export const namesWanted = (
  names: readonly string[],
  { path, name = '' }: FindSelector,
  service: SecretService,
): readonly string[] => {
  const matched = matchNames(name, names);
  return names.filter((candidate, index) => matched[index] === true && isFindable(candidate, path, service));
};

const SEPARATOR = '#';

/** One line for a search, by which it is remembered; {@link parsePlaced} reads it back. */
export const formatPlaced = ({ location, selector }: PlacedSelector): string =>
  [formatLocation(location), JSON.stringify(ordered(selector))].join(SEPARATOR);

export const formatLocation = ({ account, region, service }: StoreLocation): string =>
  [account, region, service].join(SEPARATOR);

/** The same search is the same line, in whatever order its members and tags were written. */
const ordered = ({ path, name, tags }: FindSelector): FindSelector => ({
  path,
  ...(name === undefined ? {} : { name }),
  tags: Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))),
});

const selectorSchema: z.ZodMiniType<FindSelector> = z.object({
  path: z.string(),
  name: z.exactOptional(z.string()),
  tags: z.record(z.string(), z.string()),
});

/** Reads back what {@link formatPlaced} wrote. */
export const parsePlaced = (text: string): PlacedSelector => {
  const [account = '', region = '', service = '', ...selector] = text.split(SEPARATOR);
  if (!isSecretService(service)) throw new TypeError(`not a search: ${text}`);
  return {
    location: { account, region, service },
    selector: z.parse(selectorSchema, JSON.parse(selector.join(SEPARATOR))),
  };
};
