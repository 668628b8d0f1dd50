/** One piece of a string's inside: plain characters, a surrogate with the escape after it, or a single escape. */
const PIECE =
  /(?<plain>[ -[\]-\xff]+)|\\u(?<surrogate>[dD][89a-fA-F][\da-fA-F]{2})\\u(?<next>.{4})|\\u(?<unit>.{4})|\\(?<escaped>["\\/bfnrt])/gsy;
const MAX_CODE_UNIT = 0xffff;
const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/**
 * What gjson makes of a string with its quotes, both in latin1. Without a backslash the bytes are taken as they are,
 * valid or not. With one, the text ends before the first control character or unknown escape.
 */
export const gjsonStringText = (literal: string): string => {
  const inside = literal.slice(1, -1);
  return inside.includes('\\')
    ? [...inside.matchAll(PIECE)].map(({ groups = {} }) => pieceText(groups)).join('')
    : inside;
};

/** What gjson makes of a number: whole ones as written, others as shortest decimal without exponent. */
export const gjsonNumberText = (raw: string): string => (/^-?\d*$/.test(raw) ? raw : decimalText(parseFloat64(raw)));

type Piece = Readonly<Record<string, string | undefined>>;

const pieceText = ({ plain, surrogate, next, unit, escaped = '' }: Piece): string => {
  if (surrogate !== undefined && next !== undefined) {
    const pair = String.fromCharCode(codeUnit(surrogate), codeUnit(next));
    return utf8((pair.codePointAt(0) ?? 0) > MAX_CODE_UNIT ? pair : '\ufffd');
  }
  return unit === undefined ? (plain ?? ESCAPED.get(escaped) ?? escaped) : utf8(String.fromCharCode(codeUnit(unit)));
};

const codeUnit = (digits: string): number => (/^[\da-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : 0);

/** UTF-8 bytes as latin1; a lone surrogate becomes U+FFFD. */
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

/** As Go's `ParseFloat` with its error ignored: 0 for what is no number, infinite for what is too large. */
const parseFloat64 = (raw: string): number => {
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(raw)) {
    return Number(raw);
  }
  if (/^[-+]?inf(?:inity)?$/i.test(raw)) {
    return raw.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return /^nan$/i.test(raw) ? Number.NaN : 0;
};

/** Go's `%f` with the fewest digits that give the same number back. */
export const decimalText = (value: number): string => {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'NaN' : value < 0 ? '-Inf' : '+Inf';
  }
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '', exponent = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const point = Number(exponent) + 1;
  if (point <= 0) {
    return `${sign}0${digits === '0' ? '' : `.${'0'.repeat(-point)}${digits}`}`;
  }
  const whole = digits.slice(0, point).padEnd(point, '0');
  const fraction = digits.slice(point);
  return fraction === '' ? `${sign}${whole}` : `${sign}${whole}.${fraction}`;
};
