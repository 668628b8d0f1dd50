const STANDARD = /[A-Za-z0-9+/]/;
const URL_SAFE = /[A-Za-z0-9_-]/;
const LINE_BREAKS = /[\r\n]*/y;

export type Base64Alphabet = 'standard' | 'url';

/** The decoded bytes, or the offset of the input byte that Go's decoder complains about. */
export type Base64Result =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly offset: number };

/**
 * Decodes as Go's `encoding/base64` with padding does: line breaks are ignored anywhere, padding must be complete,
 * anything else is illegal, and unused low bits need not be zero. Node's own decoder skips what it does not know.
 */
export const decodeBase64 = (bytes: Uint8Array, alphabet: Base64Alphabet): Base64Result => {
  const text = Buffer.from(bytes).toString('latin1');
  const offset = firstIllegalByte(text, alphabet === 'standard' ? STANDARD : URL_SAFE);
  return offset === undefined
    ? { ok: true, bytes: Uint8Array.from(Buffer.from(text.replace(/[\r\n]/g, ''), 'base64')) }
    : { ok: false, offset };
};

const firstIllegalByte = (text: string, alphabet: RegExp): number | undefined => {
  let filled = 0; // places of the current group of four
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '=') {
      return illegalPadding(text, at, filled);
    }
    if (alphabet.test(character)) {
      filled = (filled + 1) % 4;
    } else if (!/[\r\n]/.test(character)) {
      return at;
    }
  }
  return filled === 0 ? undefined : text.length - filled;
};

/** What is wrong from the first `=` on. Go reports the byte before the one that should have been the second `=`. */
const illegalPadding = (text: string, first: number, filled: number): number | undefined => {
  if (filled < 2) {
    return first;
  }
  let at = skipLineBreaks(text, first + 1);
  if (filled === 2) {
    if (text[at] !== '=') {
      return at === text.length ? at : at - 1;
    }
    at = skipLineBreaks(text, at + 1);
  }
  return at === text.length ? undefined : at;
};

const skipLineBreaks = (text: string, at: number): number => {
  LINE_BREAKS.lastIndex = at;
  return at + (LINE_BREAKS.exec(text)?.[0].length ?? 0);
};
