import { expect, test } from '@jest/globals';
import { formatAge } from '../../cli/age.ts';
import { formatTable } from '../../cli/table.ts';

const SECOND = 1_000;

test.each([
  { seconds: -5, age: '0s' },
  { seconds: 119, age: '119s' },
  { seconds: 120, age: '2m' },
  { seconds: 7_199, age: '119m' },
  { seconds: 7_200, age: '2h' },
  { seconds: 172_800, age: '2d' },
])('$seconds seconds are $age', ({ seconds, age }) => {
  expect(formatAge(0, seconds * SECOND)).toBe(age);
});

test('never is a dash', () => {
  expect(formatAge(undefined, 0)).toBe('-');
});

test('colours do not move columns', () => {
  const green = '\u001b[32mTrue\u001b[39m';

  expect(formatTable(['READY', 'X'], [[green, 'a']])).toBe(`READY   X\n${green}    a\n`);
});
