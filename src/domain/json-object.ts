import { checkJson, JsonSyntaxError, skipSpace } from './json-grammar.ts';
import type { SecretValue } from './secret-value.ts';

/** In latin1: bytes that begin no UTF-8 sequence, next to sequences that are whole. */
const BEYOND_ASCII =
  /([\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})|[\x80-\xff]/g;
const REPLACEMENT_CHARACTER = '\xef\xbf\xbd';

/** The text of bytes in latin1; as in Go, every stray byte becomes U+FFFD. */
export const textOfLatin1 = (bytes: string): string => {
  const wellFormed = bytes.replace(BEYOND_ASCII, (_, sequence?: string) => sequence ?? REPLACEMENT_CHARACTER);
  return Buffer.from(wellFormed, 'latin1').toString('utf8');
};

/**
 * Why a text is neither a JSON object nor `null`: what Go's `encoding/json` says, less the characters of the text in it.
 * @param text - in latin1
 * @param goType - what Go was asked to decode into
 */
export const jsonObjectProblem = (text: string, goType: string): string | undefined =>
  syntaxProblem(text) ?? typeProblem(text, goType);

/** The members of a JSON object, or why there are none; numbers are IEEE doubles, the last of equal names wins. */
export type JsonObject =
  | { readonly members: readonly (readonly [name: string, value: unknown])[] }
  | { readonly problem: string };

/** Decodes a secret that is a JSON object as Go does into `map[string]any`; `null` has no members. */
export const parseJsonObject = (value: SecretValue): JsonObject => {
  const text = Buffer.from(value.reveal()).toString('latin1');
  const problem = jsonObjectProblem(text, 'map[string]interface {}');
  if (problem !== undefined) return { problem };
  const object: unknown = JSON.parse(textOfLatin1(text));
  return { members: typeof object === 'object' && object !== null ? Object.entries(object) : [] };
};

const syntaxProblem = (text: string): string | undefined => {
  try {
    checkJson(text);
    return undefined;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return error.message;
    throw error;
  }
};

const typeProblem = (text: string, goType: string): string | undefined => {
  const type = typeStartingWith(text.charAt(skipSpace(text, 0)));
  return type === undefined ? undefined : `json: cannot unmarshal ${type} into Go value of type ${goType}`;
};

const typeStartingWith = (character: string): string | undefined => {
  switch (character) {
    case '{':
    case 'n':
      return undefined;
    case '[':
      return 'array';
    case '"':
      return 'string';
    case 't':
    case 'f':
      return 'bool';
    default:
      return 'number';
  }
};
