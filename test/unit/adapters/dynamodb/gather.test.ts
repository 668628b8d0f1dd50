import { expect, test } from '@jest/globals';
import { gather } from '../../../../src/adapters/dynamodb/gather.ts';

/** Answers with what it was asked, and remembers every call; refuses what holds `bad`. */
const counted = () => {
  const calls: (readonly string[])[] = [];
  const ask = gather(async (parts: readonly string[]) => {
    calls.push(parts);
    if (parts.includes('bad')) throw new Error('refused');
    return parts;
  });
  return { calls, ask };
};

test('what is asked for in one turn of the event loop is one call', async () => {
  const { calls, ask } = counted();

  await Promise.all([ask(['a']), ask(['b', 'c']), Promise.resolve().then(() => ask(['d']))]);

  expect(calls).toEqual([['a', 'b', 'c', 'd']]);
});

test('what is asked for later is another call', async () => {
  const { calls, ask } = counted();

  await ask(['a']);
  await ask(['b']);

  expect(calls).toEqual([['a'], ['b']]);
});

test('one who asks for what is refused fails alone', async () => {
  const { ask } = counted();

  const ends = await Promise.allSettled([ask(['a']), ask(['bad']), ask(['b'])]);

  expect(ends).toMatchObject([
    { status: 'fulfilled', value: ['a'] },
    { status: 'rejected', reason: { message: 'refused' } },
    { status: 'fulfilled', value: ['b'] },
  ]);
});

test('callers that are ended by different signals do not share a call', async () => {
  const { calls, ask } = counted();

  await Promise.all([ask(['a'], new AbortController().signal), ask(['b'], new AbortController().signal)]);

  expect(calls).toEqual([['a'], ['b']]);
});
