import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { limitMemory, readMemoryLimits } from '../../../engine/limit-memory.ts';

const MAX_PAGES = 2048;
const PREAMBLE = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const TYPES = [1, 4, 1, 0x60, 0, 0];
const EXPORTS = [7, 7, 1, 3, 0x6d, 0x65, 0x6d, 2, 0];

const moduleWithMemory = (...limits: readonly number[]): Uint8Array =>
  Uint8Array.from([...PREAMBLE, ...TYPES, 5, limits.length + 1, 1, ...limits, ...EXPORTS]);

describe('a module whose memory is limited', () => {
  test('keeps everything else', () => {
    expect([...limitMemory(moduleWithMemory(0, 1), 2)]).toEqual([...moduleWithMemory(1, 1, 2)]);
  });

  test('has the maximum it was given, however long its number is', () => {
    expect(readMemoryLimits(moduleWithMemory(0, 1))).toEqual({ initial: 1, maximum: undefined });
    expect(readMemoryLimits(limitMemory(moduleWithMemory(0, 0x80, 1), 65_536))).toEqual({
      initial: 128,
      maximum: 65_536,
    });
  });

  test('is refused if it starts over the maximum, has one already, or has no memory', () => {
    expect(() => limitMemory(moduleWithMemory(0, 3), 2)).toThrow('starts with 3 pages');
    expect(() => limitMemory(moduleWithMemory(1, 1, 9), 2)).toThrow('has a maximum already');
    expect(() => limitMemory(Uint8Array.from([...PREAMBLE, ...TYPES]), 2)).toThrow('no memory');
  });
});

describe('the engine as it is checked in', () => {
  const bytes = brotliDecompressSync(readFileSync(join(import.meta.dirname, '../../../engine/engine.wasm.br')));

  test('has 128 MiB of memory at most, and starts with far less', () => {
    const { initial, maximum } = readMemoryLimits(bytes);
    expect(maximum).toBe(MAX_PAGES);
    expect(initial).toBeLessThan(MAX_PAGES / 8);
  });

  test('asks its host for nothing but WASI', async () => {
    const imports = WebAssembly.Module.imports(await WebAssembly.compile(bytes));
    expect([...new Set(imports.map((one) => one.module))]).toEqual(['wasi_snapshot_preview1']);
  });
});
