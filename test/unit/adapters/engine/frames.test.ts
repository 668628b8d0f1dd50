import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeFrames, encodeFrames } from '../../../../src/adapters/engine/frames.ts';

test('what is encoded is decoded, whatever bytes it holds', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (frames) => {
      expect(decodeFrames(encodeFrames(frames))).toEqual(frames);
    }),
  );
});

test('text goes as UTF-8', () => {
  expect([...encodeFrames(['é', ''])]).toEqual([2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0]);
});

test('an answer is read where it lies in a larger buffer', () => {
  const bytes = Uint8Array.of(9, 9, 1, 0, 0, 0, 7, 9);

  expect(decodeFrames(bytes.subarray(2, 7))).toEqual([Uint8Array.of(7)]);
});
