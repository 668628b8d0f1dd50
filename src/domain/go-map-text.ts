/** The order of Go's strings: by UTF-8 bytes, which is by code point and not by UTF-16 unit. */
export const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/**
 * Go's `%v` text of a map: `map[a:1 b:2]`, keys in byte order, nothing quoted or escaped.
 * The reference hashes such texts, so they must be the same to the byte.
 */
export const goMapText = (entries: Iterable<readonly [key: string, text: string]>): string =>
  `map[${[...entries]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([key, text]) => `${key}:${text}`)
    .join(' ')}]`;

/** What a manifest may hold. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Go's `%v` text of any decoded JSON: `map[list:[a b] none:<nil> replicas:3]`. Integers beyond 2^53 lose digits. */
export const goValueText = (value: JsonValue): string => {
  if (value === null) {
    return '<nil>';
  }
  if (typeof value === 'number') {
    return goNumberText(value);
  }
  if (typeof value !== 'object') {
    return String(value);
  }
  return isList(value)
    ? `[${value.map(goValueText).join(' ')}]`
    : goMapText(Object.entries(value).map(([key, member]) => [key, goValueText(member)]));
};

// Array.isArray does not narrow readonly arrays.
const isList = (value: object): value is readonly JsonValue[] => Array.isArray(value);

/** JavaScript switches to an exponent below 1e-6 and writes it with one digit, Go below 1e-4 and with two. */
const goNumberText = (value: number): string => {
  const magnitude = Math.abs(value);
  const text = magnitude !== 0 && magnitude < 1e-4 ? value.toExponential() : String(value);
  return text.replace(/e([-+])(\d)$/, 'e$10$2');
};
