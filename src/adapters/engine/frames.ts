/*
 * Requests to the engine and its answers are sequences of frames: a length of 32 bits, little-endian, and that many
 * bytes. Unlike JSON they carry any bytes, and nothing has to be escaped or looked through.
 */

const LENGTH_BYTES = 4;

/** One part of a request; text goes as UTF-8. */
export type Frame = string | Uint8Array;

export const encodeFrames = (frames: readonly Frame[]): Uint8Array => {
  const encoder = new TextEncoder();
  const parts = frames.map((frame) => (typeof frame === 'string' ? encoder.encode(frame) : frame));
  const size = parts.reduce((total, { length }) => total + LENGTH_BYTES + length, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length, true);
    bytes.set(part, at + LENGTH_BYTES);
    at += LENGTH_BYTES + part.length;
  }
  return bytes;
};

/** The frames of an answer, as views of `bytes`. */
export const decodeFrames = (bytes: Uint8Array): readonly Uint8Array[] => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at + LENGTH_BYTES;
    at = start + view.getUint32(at, true);
    frames.push(bytes.subarray(start, at));
  }
  return frames;
};
