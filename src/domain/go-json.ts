import { compareBytes } from './go-map-text.ts';

export interface GoJsonOptions {
  /** Write `<`, `>` and `&` as `\u003c` …, as Go does unless told otherwise. */
  readonly escapeHtml: boolean;
}

/** What is still to be written: text as it is, or a value. */
type Pending = { readonly text: string } | { readonly value: unknown };

/**
 * Decoded JSON as Go's `encoding/json` writes it: compact, members sorted by the bytes of their names. Loops and does
 * not recurse: what was decoded may be nested deeper than the stack.
 *
 * @throws RangeError - a number too large for an IEEE double
 */
export const toGoJson = (root: unknown, options: GoJsonOptions): string => {
  const written: string[] = [];
  const pending: Pending[] = [{ value: root }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if ('text' in next) written.push(next.text);
    else if (typeof next.value !== 'object' || next.value === null) written.push(scalar(next.value, options));
    else for (const part of partsOf(next.value, options).reverse()) pending.push(part);
  }
  return written.join('');
};

const partsOf = (container: object, options: GoJsonOptions): Pending[] => {
  if (Array.isArray(container)) {
    const items = container.flatMap((value: unknown, index): Pending[] => [
      { text: index === 0 ? '' : ',' },
      { value },
    ]);
    return [{ text: '[' }, ...items, { text: ']' }];
  }
  const members = Object.entries(container)
    .toSorted(([a], [b]) => compareBytes(a, b))
    .flatMap(([name, value]: [string, unknown], index): Pending[] => [
      { text: `${index === 0 ? '' : ','}${quote(name, options)}:` },
      { value },
    ]);
  return [{ text: '{' }, ...members, { text: '}' }];
};

const scalar = (value: unknown, options: GoJsonOptions): string => {
  if (typeof value === 'string') return quote(value, options);
  if (typeof value !== 'number') return String(value);
  if (!Number.isFinite(value)) throw new RangeError('a number is too large');
  return Object.is(value, -0) ? '-0' : String(value); // both languages follow ECMAScript here, but for this one
};

/** Go escapes the line ends of JavaScript always. */
const quote = (text: string, { escapeHtml }: GoJsonOptions): string =>
  JSON.stringify(text.toWellFormed()).replaceAll(
    escapeHtml ? /[<>&\u2028\u2029]/g : /[\u2028\u2029]/g,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
