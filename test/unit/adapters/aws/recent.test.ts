import { expect, test } from '@jest/globals';
import { Recent } from '../../../../src/adapters/aws/recent.ts';

test('the entries used last are kept, the others dropped', () => {
  const dropped: string[] = [];
  const recent = new Recent<string>(2, (entry) => dropped.push(entry));
  recent.getOrMake('a', () => 'A');
  recent.getOrMake('b', () => 'B');
  recent.getOrMake('a', () => 'made again');

  recent.getOrMake('c', () => 'C');

  expect([...recent.values()]).toEqual(['A', 'C']);
  expect(dropped).toEqual(['B']);
});

test('an entry is forgotten only while it is the one meant', () => {
  const recent = new Recent<{ readonly n: number }>(2);
  const old = { n: 1 };
  recent.getOrMake('a', () => old);
  recent.delete('a', old);
  const fresh = recent.getOrMake('a', () => ({ n: 2 }));

  recent.delete('a', old);

  expect([...recent.values()]).toEqual([fresh]);
});
