const SPACE = /[ \t\r\n]*/y;
/** What needs no escape: from space on, but neither quote nor backslash. */
const PLAIN_CHARACTERS = /[ !#-[\]-\u00ff]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y;
const STARTED_UNICODE_ESCAPE = /\\u[\dA-Fa-f]*/y;
const DIGITS = /\d*/y;
const LITERALS: ReadonlyMap<string, string> = new Map([
  ['t', 'true'],
  ['f', 'false'],
  ['n', 'null'],
]);
const CLOSERS: ReadonlyMap<string, string> = new Map([
  ['{', '}'],
  ['[', ']'],
]);
/** Go's limit for nested arrays and objects. */
const MAX_DEPTH = 10_000;

/**
 * Not JSON. The message is the one of Go's `encoding/json`, except that Go quotes the offending character and this gives
 * its offset, counted in bytes from 0: that character is part of a secret.
 */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
}

/*
 * Strict JSON over a text whose characters stand for bytes (latin1): so offsets count bytes, and slices give the bytes
 * back as they were. Each function takes the offset where its thing begins and returns the one after its end.
 */

/** @throws JsonSyntaxError - anything but one JSON value with white space around it */
export const checkJson = (text: string): void => {
  const end = skipSpace(text, skipValue(text, skipSpace(text, 0)));
  if (end < text.length) {
    throw invalidCharacter(end, 'after top-level value');
  }
};

export const skipSpace = (text: string, at: number): number => skip(SPACE, text, at);

/** Loops and does not recurse: a secret may be nested deeper than the stack. */
export const skipValue = (text: string, start: number): number => {
  const closers: string[] = [];
  let at = start;
  do {
    const closer = CLOSERS.get(text.charAt(at));
    at = closer === undefined ? skipScalar(text, at) : skipSpace(text, at + 1);
    if (closer === undefined) {
      at = leaveContainers(text, at, closers);
    } else {
      enterContainer(closers, closer);
      at = text[at] === closer ? leaveContainers(text, at, closers) : skipKeyIn(closer, text, at);
    }
  } while (closers.length > 0);
  return at;
};

/** A string with its quotes. */
export const skipString = (text: string, start: number): number => {
  let at = skip(PLAIN_CHARACTERS, text, start + 1);
  while (text[at] === '\\') {
    at = skip(PLAIN_CHARACTERS, text, skipEscape(text, at));
  }
  if (text[at] !== '"') {
    throw unexpected(text, at, 'in string literal');
  }
  return at + 1;
};

/** A member's name and the colon after it, up to its value. */
export const skipKey = (text: string, at: number): number => {
  if (text[at] !== '"') {
    throw unexpected(text, at, 'looking for beginning of object key string');
  }
  const colon = skipSpace(text, skipString(text, at));
  if (text[colon] !== ':') {
    throw unexpected(text, colon, 'after object key');
  }
  return skipSpace(text, colon + 1);
};

const skipKeyIn = (closer: string, text: string, at: number): number => (closer === '}' ? skipKey(text, at) : at);

const enterContainer = (closers: string[], closer: string): void => {
  closers.push(closer);
  if (closers.length > MAX_DEPTH) {
    throw new JsonSyntaxError('exceeded max depth');
  }
};

/** After a value: past every container that ends here, and on to the next value if there is one. */
const leaveContainers = (text: string, afterValue: number, closers: string[]): number => {
  let at = afterValue;
  for (let closer = closers.at(-1); closer !== undefined; closer = closers.at(-1)) {
    at = skipSpace(text, at);
    if (text[at] === ',') {
      return skipKeyIn(closer, text, skipSpace(text, at + 1));
    }
    if (text[at] !== closer) {
      throw unexpected(text, at, closer === '}' ? 'after object key:value pair' : 'after array element');
    }
    closers.pop();
    at += 1;
  }
  return at;
};

const skipScalar = (text: string, at: number): number => {
  const first = text.charAt(at);
  const literal = LITERALS.get(first);
  if (literal !== undefined) {
    return skipLiteral(literal, text, at);
  }
  if (first === '"') {
    return skipString(text, at);
  }
  if (/[-\d]/.test(first)) {
    return skipNumber(text, at);
  }
  throw unexpected(text, at, 'looking for beginning of value');
};

/** Which literal stays out of the message: it would tell how the value begins. */
const skipLiteral = (literal: string, text: string, at: number): number => {
  const wrong = [...literal].findIndex((character, index) => text[at + index] !== character);
  if (wrong !== -1) {
    throw invalidCharacter(at + wrong, 'in literal');
  }
  return at + literal.length;
};

const skipNumber = (text: string, start: number): number => {
  let at = text[start] === '-' ? start + 1 : start;
  at = text[at] === '0' ? at + 1 : skipDigits(text, at, 'in numeric literal');
  if (text[at] === '.') {
    at = skipDigits(text, at + 1, 'after decimal point in numeric literal');
  }
  if (/[eE]/.test(text.charAt(at))) {
    at += /[-+]/.test(text.charAt(at + 1)) ? 2 : 1;
    at = skipDigits(text, at, 'in exponent of numeric literal');
  }
  return at;
};

const skipDigits = (text: string, at: number, where: string): number => {
  const end = skip(DIGITS, text, at);
  if (end === at) {
    throw invalidCharacter(at, where);
  }
  return end;
};

const skipEscape = (text: string, at: number): number => {
  const end = skip(ESCAPE, text, at);
  if (end > at) {
    return end;
  }
  const digitsEnd = skip(STARTED_UNICODE_ESCAPE, text, at);
  throw digitsEnd > at
    ? invalidCharacter(digitsEnd, 'in \\u hexadecimal character escape')
    : invalidCharacter(at + 1, 'in string escape code');
};

/** Where a sticky expression's match at `at` ends; `at` itself when there is none. */
const skip = (expression: RegExp, text: string, at: number): number => {
  expression.lastIndex = at;
  return expression.test(text) ? expression.lastIndex : at;
};

const unexpected = (text: string, at: number, where: string): JsonSyntaxError =>
  at < text.length ? invalidCharacter(at, where) : new JsonSyntaxError('unexpected end of JSON input');

const invalidCharacter = (offset: number, where: string): JsonSyntaxError =>
  new JsonSyntaxError(`invalid character at offset ${offset} ${where}`);
