import { describe, expect, test } from '@jest/globals';
import {
  type FindSelector,
  formatPlaced,
  hasTags,
  isFindable,
  matchNames,
  namesWanted,
  parsePlaced,
  validateSelector,
} from '../../../src/domain/find-selector.ts';

const selector = (change: Partial<FindSelector>): FindSelector => ({ path: '', tags: {}, ...change });

describe('the name of what is looked for', () => {
  test.each([
    { fact: 'is matched anywhere', expression: 'db', matched: ['app/db/one'], not: ['DB'] },
    { fact: 'is matched at its ends when asked', expression: '^app/db$', matched: ['app/db'], not: ['app/db/one'] },
    { fact: 'is anything when empty', expression: '', matched: ['', 'x'], not: [] },
    { fact: 'is RE2, named groups included', expression: '(?P<n>a|b)$', matched: ['xa'], not: ['xc'] },
  ])('$fact', ({ expression, matched, not }) => {
    const expected = [...matched.map(() => true), ...not.map(() => false)];

    expect(matchNames(expression, [...matched, ...not])).toEqual(expected);
  });

  test.each([
    [
      'an open bracket [AWS35]',
      '[',
      'could not compile find.name.regexp [[]: error parsing regexp: missing closing ]: `[`',
    ],
    [
      'a look-ahead',
      'a(?=b)',
      'could not compile find.name.regexp [a(?=b)]: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ],
  ])('%s is refused in the words of the reference', (_, name, message) => {
    expect(() => validateSelector(selector({ name }))).toThrow(message);
  });
});

test.each([
  ['a path alone [AWS38]', selector({ path: 'prod/' })],
  ['nothing', selector({})],
  ['empty tags, on either service: the decision, not the whole Parameter Store [AWS50]', selector({ tags: {} })],
])('%s is no search', (_, asked) => {
  expect(() => validateSelector(asked)).toThrow('unexpected find operator');
});

describe('a path', () => {
  test.each([
    {
      fact: 'is what names begin with in Secrets Manager [AWS52]',
      at: ['secretsmanager', 'foobar'],
      inside: ['foobar', 'foobar-two', 'foobar/x'],
      outside: ['x/foobar'],
    },
    {
      fact: 'is a level in Parameter Store [AWS51]',
      at: ['ssm', '/ns'],
      inside: ['/ns/x', '/ns/deep/x'],
      outside: ['/nsx', '/ns', '/e2e/find/name/ns/one'],
    },
    { fact: 'may end in its slash', at: ['ssm', '/ns/'], inside: ['/ns/x'], outside: ['/nsx'] },
    { fact: 'of the root is everything', at: ['ssm', '/'], inside: ['/x', 'x', '/a/b'], outside: [] },
    { fact: 'that is empty is everything', at: ['ssm', ''], inside: ['/x', 'x'], outside: [] },
    {
      fact: 'that is everything finds nothing that opens clusters',
      at: ['secretsmanager', ''],
      inside: ['secretcast/dev', 'secretcast/clusters/x', 'x/secretcast/dev/clusters/y'],
      outside: ['secretcast/dev/clusters/blue', 'secretcast/prod/clusters/'],
    },
    { fact: 'with an exclamation mark is no negation', at: ['secretsmanager', '!x'], inside: ['!x1'], outside: ['y'] },
  ] as const)('$fact', ({ at: [service, path], inside, outside }) => {
    expect(inside.every((name) => isFindable(name, path, service))).toBe(true);
    expect(outside.some((name) => isFindable(name, path, service))).toBe(false);
  });

  test('and a name are both asked for', () => {
    const names = ['a/db', 'a/x', 'b/db'];

    expect(namesWanted(names, selector({ path: 'a/', name: 'db' }), 'secretsmanager')).toEqual(['a/db']);
  });
});

test.each([
  ['both tags', { env: 'prod', team: 'a', more: 'x' }, true],
  ['a value that only begins like it', { env: 'production', team: 'a' }, false],
  ['key and value in different tags', { env: 'x', team: 'a', other: 'prod' }, false],
  ['a key of another case', { Env: 'prod', team: 'a' }, false],
  ['one of two', { env: 'prod' }, false],
])('a secret with %s: exactly what was asked for, or not', (_, own, meets) => {
  expect(hasTags(own, { env: 'prod', team: 'a' })).toBe(meets);
});

test('members that every object has are no tags', () => {
  expect(hasTags({}, { constructor: 'x' })).toBe(false);
});

describe('a search as text', () => {
  const location = { account: '111122223333', region: 'eu-west-1', service: 'ssm' } as const;

  test('is read back as it was', () => {
    const placed = { location, selector: { path: '/a#b', name: '#"\\d', tags: { 'k#': '"v"', b: '' } } };

    expect(parsePlaced(formatPlaced(placed))).toEqual(placed);
  });

  test('is the same in whatever order its tags are written', () => {
    const [a, b] = [
      { x: '1', y: '2' },
      { y: '2', x: '1' },
    ].map((tags) => formatPlaced({ location, selector: { path: '', tags } }));

    expect(a).toBe(b);
  });

  test('of something else is a bug', () => {
    expect(() => parsePlaced('a#b#c#{}')).toThrow(TypeError);
  });
});
