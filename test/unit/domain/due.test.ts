import { describe, expect, test } from '@jest/globals';
import { backOffMilliseconds, delaySecondsUntil, dueAfterSkip, nextDueAt } from '../../../src/domain/due.ts';
import { parsedExternalSecret } from '../../support/builders.ts';

const DAY = 24 * 3_600_000;

describe('back-off', () => {
  test.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [9, 256_000],
    [10, 420_000],
    [5_000, 420_000],
  ])('after %d failures waits %d ms', (failures, milliseconds) => {
    expect(backOffMilliseconds(failures, 0)).toBe(milliseconds);
  });

  test('is shortened by chance, by up to a fifth', () => {
    expect(backOffMilliseconds(1, 0.5)).toBe(900);
    expect(backOffMilliseconds(10, 1)).toBe(336_000);
  });
});

describe('the next look', () => {
  test.each([
    ['comes with the interval', { refreshInterval: '5m' }, 300_000],
    ['comes no sooner than after a second', { refreshInterval: '1ms' }, 1_000],
    ['comes after a day when nothing is periodic', { refreshInterval: '0' }, DAY],
    ['comes after a day under CreatedOnce', { refreshPolicy: 'CreatedOnce' }, DAY],
    ['comes after a day under OnChange', { refreshPolicy: 'OnChange', refreshInterval: '5m' }, DAY],
  ])('%s', (_, spec, milliseconds) => {
    expect(nextDueAt(parsedExternalSecret({ spec }), 7)).toBe(7 + milliseconds);
  });
});

describe('the next look after one that refreshed nothing', () => {
  test.each([
    ['comes with the interval since the last refresh', { refreshInterval: '5m' }, 300_000],
    ['comes no sooner than in a second', { refreshInterval: '1ms' }, 101_000],
    ['comes a day from now when nothing is periodic', { refreshInterval: '0' }, 100_000 + DAY],
    ['comes a day from now under OnChange', { refreshPolicy: 'OnChange' }, 100_000 + DAY],
  ])('%s', (_, spec, dueAt) => {
    expect(dueAfterSkip(parsedExternalSecret({ spec }), 0, 100_000)).toBe(dueAt);
  });
});

describe('a delayed message', () => {
  test.each([
    ['is for what comes before the schedule looks again', 59_001, 60],
    ['is rounded up, never early', 1_001, 2],
    ['goes at once when the time has come', 0, 0],
    ['goes at once when the time is past', -5_000, 0],
    ['is not for what the schedule finds', 60_000, undefined],
  ])('%s', (_, wait, seconds) => {
    expect(delaySecondsUntil(1_000_000 + wait, 1_000_000)).toBe(seconds);
  });
});
