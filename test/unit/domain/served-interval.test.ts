import { expect, test } from '@jest/globals';
import { servedIntervalMilliseconds } from '../../../src/domain/served-interval.ts';

test.each<[string, number, string | undefined, number]>([
  ['without a minimum an interval is served as asked', 5_000, undefined, 5_000],
  ['a shorter one is served at the minimum', 5_000, '1m', 60_000],
  ['a longer one is served as asked', 3_600_000, '1m', 3_600_000],
  ['never stays never', 0, '1m', 0],
  ['a negative one stays never', -1_000, '1m', -1_000],
])('%s', (_, ...[asked, minRefreshInterval, served]) => {
  const cluster = minRefreshInterval === undefined ? {} : { minRefreshInterval };

  expect(servedIntervalMilliseconds(asked, cluster)).toBe(served);
});
