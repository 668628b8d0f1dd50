import { describe, expect, test } from '@jest/globals';
import { parseGoDuration } from '../../../src/domain/go-duration.ts';
import { InvalidSpecError } from '../../../src/domain/sync-error.ts';

describe('parsing a Go duration', () => {
  test.each([
    ['0', 0],
    ['+0', 0],
    ['-0s', 0],
    ['0s', 0],
    ['1h0m0s', 3_600_000],
    ['1.5h', 5_400_000],
    ['1h30m', 5_400_000],
    ['90s', 90_000],
    ['-5m', -300_000],
    ['+5m', 300_000],
    ['.5s', 500],
    ['1.s', 1000],
    ['1.5ms', 1.5],
    ['1us', 0.001],
    ['1µs', 0.001],
    ['1μs', 0.001],
    ['1ns', 0.000001],
    ['0.9ns', 0],
    ['1s1s', 2000],
    ['0.3333333333333333333333h', 1_200_000 - 0.000001],
    ['2562047h47m16.854775807s', 9_223_372_036_854.775],
    ['-2562047h47m16.854775808s', -9_223_372_036_854.775],
  ])('%s is %d ms', (text, milliseconds) => {
    expect(parseGoDuration(text)).toBeCloseTo(milliseconds, 6);
  });

  test.each([
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['x', 'time: invalid duration "x"'],
    ['.s', 'time: invalid duration ".s"'],
    ['1h-5m', 'time: unknown unit "h-" in duration "1h-5m"'],
    ['nonsense', 'time: invalid duration "nonsense"'],
    ['Invalid', 'time: invalid duration "Invalid"'],
    ['10', 'time: missing unit in duration "10"'],
    ['1h10', 'time: missing unit in duration "1h10"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['1 h', 'time: unknown unit " h" in duration "1 h"'],
    ['1H', 'time: unknown unit "H" in duration "1H"'],
    ['"\\\n', 'time: invalid duration "\\"\\\\\\x0a"'],
    ['1é', 'time: unknown unit "\\xc3\\xa9" in duration "1\\xc3\\xa9"'],
    ['2562047h47m16.854775808s', 'time: invalid duration "2562047h47m16.854775808s"'],
    ['99999999999999999999h', 'time: invalid duration "99999999999999999999h"'],
  ])('%j is refused in Go’s words', (text, message) => {
    expect(() => parseGoDuration(text)).toThrow(new InvalidSpecError(message));
  });
});
