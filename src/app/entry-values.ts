import type { FindEntry } from '../domain/find-entries.ts';
import { jsonMembers } from '../domain/json-members.ts';
import type { SecretValue } from '../domain/secret-value.ts';
import { requireProperty, type SecretContent, selectValue } from '../domain/select-value.ts';
import { manyKeys, oneKey, type SpecEntry } from '../domain/spec-entries.ts';
import type { SecretData } from '../domain/target-content.ts';
import type { Engine } from './ports/engine.ts';
import { rewriteKeys } from './rewrite-keys.ts';

/**
 * Keys and values that an entry contributes, from what its key holds. The engine is asked for queries and rewrites only.
 * @throws InvalidSecretValueError - no such property, not JSON, an illegal key, not decodable
 * @throws EngineError, RewriteError
 */
export const entryValues = async (
  engine: Engine,
  { entry, content }: { readonly entry: SpecEntry; readonly content: SecretContent },
  signal?: AbortSignal,
): Promise<SecretData> => {
  const { ref, secretKey, rewrite } = entry;
  const value = await select(engine, { entry, content }, signal);
  if (secretKey !== undefined) return oneKey(secretKey, value, ref);
  const members = jsonMembers(value, ref.key);
  const values = await rewriteKeys(engine, { values: members, operations: rewrite }, signal);
  return manyKeys(values, { ...ref, rewritten: rewrite.length > 0 });
};

/**
 * Keys and values that a `find` contributes, from what it found under which names. Values are taken as they are, not read as
 * JSON; a secret that holds nothing is left out.
 * @throws InvalidSecretValueError - an illegal key, two names that become one key, not decodable
 * @throws EngineError, RewriteError
 */
export const foundValues = async (
  engine: Engine,
  { entry, found }: { readonly entry: FindEntry; readonly found: ReadonlyMap<string, SecretContent> },
  signal?: AbortSignal,
): Promise<SecretData> => {
  const { find, rewrite } = entry;
  const named = [...found].flatMap(([name, { text, binary }]) => {
    const value = text ?? binary;
    return value === undefined ? [] : [[name, value] as const];
  });
  const values = await rewriteKeys(engine, { values: new Map(named), operations: rewrite }, signal);
  return manyKeys(values, { ...find, rewritten: rewrite.length > 0 });
};

const select = async (
  engine: Engine,
  { entry: { ref }, content }: { readonly entry: SpecEntry; readonly content: SecretContent },
  signal?: AbortSignal,
): Promise<SecretValue> => {
  const selection = selectValue(content, ref);
  if (selection.type === 'value') return selection.value;
  return requireProperty(await engine.getProperty(selection.document, selection.paths, signal), ref);
};
