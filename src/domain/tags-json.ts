import { compareBytes } from './go-map-text.ts';

const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['<', '\\u003c'],
  ['>', '\\u003e'],
  ['&', '\\u0026'],
  ['\u2028', '\\u2028'],
  ['\u2029', '\\u2029'],
]);

/**
 * The tags of a secret as `metadataPolicy: Fetch` sees them: one compact JSON object, keys sorted by bytes, with the
 * characters that Go escapes for HTML's sake escaped too. A key given twice keeps its last value.
 */
export const tagsJson = (tags: Iterable<readonly [key: string, value: string]>): string => {
  const members = [...new Map(tags)]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([key, value]) => `${quote(key)}:${quote(value)}`);
  return `{${members.join(',')}}`;
};

const quote = (text: string): string =>
  JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (character) => ESCAPED.get(character) ?? character);
