import { describe, expect, test } from '@jest/globals';
import { changeAt, type JsonObject, parseManifestPath } from '../../../src/domain/manifest-path.ts';

describe('a path', () => {
  test.each([
    ['spec', ['spec']],
    ['spec.slack', ['spec', 'slack']],
    ['spec.headers.customRequestHeaders', ['spec', 'headers', 'customRequestHeaders']],
    ['spec.rules[0].from[0].x', ['spec', 'rules', 0, 'from', 0, 'x']],
    ['a[0][1]', ['a', 0, 1]],
    ['a[10000]', ['a', 10_000]],
  ])('%s is read', (text, path) => {
    expect(parseManifestPath(text)).toEqual(path);
  });

  test.each([
    ['a.', 'empty segment'],
    ['.a', 'empty segment'],
    ['a..b', 'empty segment'],
    ['a[0]b', 'expected \'[\' near "b"'],
    ['a[0', "unterminated '['"],
    ['a[x]', 'bad index "x"'],
    ['a[]', 'bad index ""'],
    ['a[-1]', 'negative index -1'],
    ['a[10001]', 'index 10001 exceeds maximum (10000)'],
    ['[0].x', 'path must start with a key'],
  ])('%s is refused', (text, why) => {
    expect(() => parseManifestPath(text)).toThrow(`invalid path "${text}": ${why}`);
  });
});

describe('a change at a path', () => {
  const set = (root: JsonObject, path: string) => changeAt(root, parseManifestPath(path), () => 'new');

  test.each<[string, JsonObject, string, JsonObject]>([
    ['replaces what is there', { spec: { a: 1 } }, 'spec', { spec: 'new' }],
    ['keeps what is beside it', { spec: { a: 1, b: 2 } }, 'spec.a', { spec: { a: 'new', b: 2 } }],
    ['makes maps and lists [ES116]', {}, 'spec.rules[0].from[0].x', { spec: { rules: [{ from: [{ x: 'new' }] }] } }],
    ['lets lists grow with null', { a: ['x'] }, 'a[3]', { a: ['x', null, null, 'new'] }],
    ['takes null for nothing', { a: null }, 'a.b', { a: { b: 'new' } }],
    ['is not fooled by inherited names', {}, 'constructor.name', { constructor: { name: 'new' } }],
  ])('%s', (_, ...[root, path, expected]) => {
    expect(set(root, path)).toEqual(expected);
    expect(set(set(root, path), path)).toEqual(expected);
  });

  test.each<[JsonObject, string, string]>([
    [{ spec: 'secret' }, 'spec.a', 'failed to set path spec.a: expected map at key "a" but found string'],
    [{ spec: [1] }, 'spec.a', 'failed to set path spec.a: expected map at key "a" but found []interface {}'],
    [{ a: { b: 1 } }, 'a[0]', 'failed to set path a[0]: expected array at index 0 but found map[string]interface {}'],
    [{ a: 1 }, 'a[0].b', 'failed to set path a[0].b: expected array at index 0 but found int64'],
    [{ a: 1.5 }, 'a.b', 'failed to set path a.b: expected map at key "b" but found float64'],
    [{ a: true }, 'a.b', 'failed to set path a.b: expected map at key "b" but found bool'],
  ])('into %j at %s is refused when a value is in the way, of which only the type is told', (root, path, message) => {
    expect(() => set(root, path)).toThrow(message);
  });
});
