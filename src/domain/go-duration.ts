import { InvalidSpecError } from './sync-error.ts';

const NANOSECONDS: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['µs', 1_000n], // U+00B5, micro sign
  ['μs', 1_000n], // U+03BC, Greek mu
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
]);
const NANOSECONDS_IN_MILLISECOND = 1_000_000n;
/** Go counts in 64 bits; about 292 years. */
const MAX_NANOSECONDS = 2n ** 63n - 1n;
const PART = /(?<whole>\d*)(?<point>\.?)(?<fraction>\d*)(?<unit>[^.\d]*)/y;

/**
 * Reads a Go duration (`1h30m`, `-1.5s`, `0`): units ns, us, µs, ms, s, m and h, no days; a bare number only as `0`.
 *
 * @returns milliseconds, with a fraction below one
 * @throws InvalidSpecError - with the text of Go's `time.ParseDuration`
 */
export const parseGoDuration = (text: string): number => {
  const negative = text.startsWith('-');
  const unsigned = text.replace(/^[-+]/, '');
  if (unsigned === '0') {
    return 0;
  }
  const nanoseconds = sumOfParts(unsigned, text);
  if (nanoseconds > MAX_NANOSECONDS && !negative) {
    throw invalidDuration(text);
  }
  const milliseconds =
    Number(nanoseconds / NANOSECONDS_IN_MILLISECOND) + Number(nanoseconds % NANOSECONDS_IN_MILLISECOND) / 1e6;
  return negative && milliseconds !== 0 ? -milliseconds : milliseconds;
};

const sumOfParts = (unsigned: string, original: string): bigint => {
  let nanoseconds = 0n;
  let at = 0;
  do {
    PART.lastIndex = at;
    const { whole = '', point = '', fraction = '', unit = '' } = PART.exec(unsigned)?.groups ?? {};
    if (whole === '' && fraction === '') {
      throw invalidDuration(original);
    }
    nanoseconds += toNanoseconds({ whole, fraction, unit }, original);
    if (nanoseconds > MAX_NANOSECONDS + 1n) {
      throw invalidDuration(original);
    }
    at += whole.length + point.length + fraction.length + unit.length;
  } while (at < unsigned.length);
  return nanoseconds;
};

const toNanoseconds = (
  { whole, fraction, unit }: { readonly whole: string; readonly fraction: string; readonly unit: string },
  original: string,
): bigint => {
  if (unit === '') {
    throw new InvalidSpecError(`time: missing unit in duration ${quote(original)}`);
  }
  const size = NANOSECONDS.get(unit);
  if (size === undefined) {
    throw new InvalidSpecError(`time: unknown unit ${quote(unit)} in duration ${quote(original)}`);
  }
  // Nineteen digits are below a nanosecond for every unit.
  const digits = fraction.slice(0, 19);
  const remainder = digits === '' ? 0n : (BigInt(digits) * size) / 10n ** BigInt(digits.length);
  return BigInt(whole === '' ? 0 : whole) * size + remainder;
};

const invalidDuration = (text: string): InvalidSpecError =>
  new InvalidSpecError(`time: invalid duration ${quote(text)}`);

/** Quotes as Go's `time` does: everything outside printable ASCII byte by byte. */
const quote = (text: string): string => {
  const printable = [...text].map((character) =>
    /[ -\x7f]/.test(character) ? character.replace(/["\\]/, '\\$&') : hexBytes(character),
  );
  return `"${printable.join('')}"`;
};

const hexBytes = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
