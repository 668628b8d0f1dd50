import { describe, expect, test } from '@jest/globals';
import { createPatience } from '../../../src/app/patience.ts';

describe('patience with a cluster', () => {
  test('is a second until it has answered once', () => {
    const patience = createPatience();
    patience.learn('other', 10);

    expect(patience.with('one')).toBe(1_000);
  });

  test.each([
    ['a quarter of a second where answers come at once', 5, 250],
    ['four times what it takes to answer', 150, 600],
    ['never more than a second', 700, 1_000],
  ])('is %s', (_, took, expected) => {
    const patience = createPatience();

    patience.learn('one', took);

    expect(patience.with('one')).toBe(expected);
  });

  test('follows a cluster that becomes slower, answer by answer', () => {
    const patience = createPatience();
    patience.learn('one', 10);

    const limits = Array.from({ length: 20 }, () => {
      patience.learn('one', 200);
      return patience.with('one');
    });

    expect(limits[0]).toBe(250);
    expect(limits.at(-1)).toBeGreaterThan(700);
    expect(limits).toEqual([...limits].sort((a, b) => a - b));
  });

  test('begins anew with each answer to anybody', () => {
    const patience = createPatience();
    patience.learn('one', 10);
    expect(patience.endsAt('one', 1_000)).toBe(1_250);

    patience.heard('one', 1_200);
    patience.heard('one', 1_100);
    patience.heard('other', 9_000);

    expect(patience.endsAt('one', 1_000)).toBe(1_450);
    expect(patience.endsAt('one', 2_000)).toBe(2_250);
  });
});
