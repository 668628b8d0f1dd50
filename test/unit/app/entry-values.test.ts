import { describe, expect, test } from '@jest/globals';
import { entryValues } from '../../../src/app/entry-values.ts';
import { SecretValue } from '../../../src/domain/secret-value.ts';
import type { SecretContent } from '../../../src/domain/select-value.ts';
import { specEntries } from '../../../src/domain/spec-entries.ts';
import { data, parsedExternalSecret, texts } from '../../support/builders.ts';
import { testEngine } from '../../support/engines.ts';

type Spec = Readonly<Record<string, unknown>>;

const text = (content: string): SecretContent => ({ text: SecretValue.fromText(content) });
const valuesOf = (spec: Spec, content: SecretContent) => {
  const [entry] = specEntries(parsedExternalSecret({ spec: { data: [], ...spec } }));
  if (entry === undefined) throw new Error('no entry');
  return entryValues(testEngine, { entry, content });
};
const fromData = async (remoteRef: Spec, content: SecretContent) =>
  texts(await valuesOf({ data: [data('k', remoteRef)] }, content));
const fromExtract = async (extract: Spec, content: SecretContent, rewrite: readonly Spec[] = []) =>
  texts(await valuesOf({ dataFrom: [{ extract: { key: 'prod/db', ...extract }, rewrite }] }, content));

const JSON_SECRET = text(
  '{"foo1":"a","name":{"first":"Ada"},"friends":[{"first":"Ben"},{"first":"Cy"}],"dockerconfig":{ "auths" : {} },"raw":"{\\"x\\":\\"y\\"}","tls.crt":"dotted"}',
);

describe('an entry of data', () => {
  test.each<[string, Spec, SecretContent, string]>([
    ['takes the whole value', {}, text('plain'), 'plain'],
    ['keeps lines and tabs [ES8]', {}, text('-----BEGIN\n\tKEY-----\n'), '-----BEGIN\n\tKEY-----\n'],
    ['takes one member [ES4]', { property: 'foo1' }, JSON_SECRET, 'a'],
    ['goes into objects [ES5]', { property: 'name.first' }, JSON_SECRET, 'Ada'],
    ['goes into lists [ES5]', { property: 'friends.1.first' }, JSON_SECRET, 'Cy'],
    ['prefers a name with a dot in it', { property: 'tls.crt' }, JSON_SECRET, 'dotted'],
    ['takes what a query finds', { property: 'friends.#(first=="Cy").first' }, JSON_SECRET, 'Cy'],
    ['takes all that a query finds', { property: 'friends.#.first' }, JSON_SECRET, '["Ben","Cy"]'],
    ['tries a query with its dots escaped first', { property: '{name.first,foo1}' }, JSON_SECRET, '{"foo1":"a"}'],
    ['takes what a modifier makes', { property: 'raw.@fromstr.x' }, JSON_SECRET, 'y'],
    ['takes the whole through @this', { property: '@this' }, text('{ "a": 1 }'), '{ "a": 1 }'],
    ['decodes what a query finds', { property: '#.a|0', decodingStrategy: 'Base64' }, text('[{"a":"YmFy"}]'), 'bar'],
    ['keeps an object as it is written [ES6 AWS33]', { property: 'dockerconfig' }, JSON_SECRET, '{ "auths" : {} }'],
    ['unquotes JSON in a string [ES7 AWS33]', { property: 'raw' }, JSON_SECRET, '{"x":"y"}'],
    ['decodes Base64 [ES40]', { decodingStrategy: 'Base64' }, text('YmFy'), 'bar'],
    ['leaves it encoded under None [ES42]', { decodingStrategy: 'None' }, text('YmFy'), 'YmFy'],
    ['decodes what Auto recognises [ES41]', { decodingStrategy: 'Auto' }, text('Zm9vJV8_YmFy'), 'foo%_?bar'],
    ['leaves what Auto does not [ES41]', { decodingStrategy: 'Auto' }, text('two words'), 'two words'],
    ['does not convert its key’s value', { conversionStrategy: 'Unicode' }, text('a/b'), 'a/b'],
    ['takes bytes where there is no text [AWS24]', {}, { binary: SecretValue.fromText('bytes') }, 'bytes'],
    ['looks into bytes that are JSON [AWS24]', { property: 'a' }, { binary: SecretValue.fromText('{"a":"b"}') }, 'b'],
    ['takes a zero byte by default [ES43]', {}, text('a\0b'), 'a\0b'],
    ['takes an empty value even when zero bytes fail [ES43]', { nullBytePolicy: 'Fail' }, text(''), ''],
  ])('%s', async (_, ...[remoteRef, content, expected]) => {
    expect(await fromData(remoteRef, content)).toEqual({ k: expected });
  });

  test.each<[string, Spec, SecretContent, string]>([
    [
      'a property that is not there [AWS27]',
      { property: 'no' },
      JSON_SECRET,
      'key no does not exist in secret prod/db',
    ],
    ['a property of nothing', { property: 'no' }, {}, 'key no does not exist in secret prod/db'],
    ['nothing at all', {}, {}, 'invalid secret received. no secret string nor binary for key: prod/db'],
    [
      'what is not Base64 [ES40]',
      { decodingStrategy: 'Base64' },
      text('foo'),
      'error applying decoding strategy Base64 to data',
    ],
    ['what is not Base64URL [ES40]', { decodingStrategy: 'Base64URL' }, text('foo'), 'strategy Base64URL to data'],
    [
      'a zero byte [ES43]',
      { nullBytePolicy: 'Fail' },
      text('a\0b'),
      'fetched secret value for key "k" contains null bytes',
    ],
    [
      'a query that finds nothing',
      { property: 'friends.#(first=="Eve")' },
      JSON_SECRET,
      'key friends.#(first=="Eve") does not exist in secret prod/db',
    ],
    ['a query of nothing', { property: 'a.#' }, {}, 'key a.# does not exist in secret prod/db'],
  ])('refuses %s', async (_, ...[remoteRef, content, message]) => {
    await expect(fromData(remoteRef, content)).rejects.toThrow(message);
  });
});

describe('an entry of dataFrom', () => {
  test.each<[string, Spec, SecretContent, Spec]>([
    ['takes every member', {}, text('{"a":"1","b":"2"}'), { a: '1', b: '2' }],
    [
      'keeps numbers and objects as written [ES9]',
      {},
      text('{"port":5432,"o":{ "x": 1 }}'),
      { port: '5432', o: '{ "x": 1 }' },
    ],
    ['takes null as empty [ES11 AWS34]', {}, text('{"key":null}'), { key: '' }],
    ['takes an object under a property [ES10 AWS32]', { property: 'db' }, text('{"db":{"u":"x"}}'), { u: 'x' }],
    ['converts keys [ES25]', {}, text('{"/foo/bar":"1","foo/bar/":"2"}'), { _foo_bar: '1', foo_bar_: '2' }],
    ['converts keys to their code points', { conversionStrategy: 'Unicode' }, text('{"a/b":"1"}'), { a_U002f_b: '1' }],
    ['drops an empty key [ES44]', {}, text('{"":"1","a":"2"}'), { a: '2' }],
    ['decodes each value', { decodingStrategy: 'Base64' }, text('{"a":"YmFy","b":"Zm9v"}'), { a: 'bar', b: 'foo' }],
    ['takes an empty object', {}, text('{}'), {}],
  ])('%s', async (_, ...[extract, content, expected]) => {
    expect(await fromExtract(extract, content)).toEqual(expected);
  });

  test.each<[string, Spec, SecretContent, string]>([
    ['what is not JSON [ES12]', {}, text('plain'), 'unable to unmarshal secret prod/db'],
    [
      'two keys that become one [ES24]',
      {},
      text('{"a/b":"1","a_b":"2"}'),
      'secret name collision during conversion: a_b',
    ],
    ['a key of 254 bytes [ES45]', {}, text(`{"${'k'.repeat(254)}":"1"}`), 'key has length 254 but max is 253'],
    [
      'the first key, in order, with a zero byte [ES43]',
      { nullBytePolicy: 'Fail' },
      text('{"b":"\\u0000","a":"\\u0000"}'),
      'fetched secret value for key "a" contains null bytes',
    ],
    ['the key that is not Base64', { decodingStrategy: 'Base64' }, text('{"a":"x"}'), 'failure decoding key a'],
  ])('refuses %s', async (_, ...[extract, content, message]) => {
    await expect(fromExtract(extract, content)).rejects.toThrow(message);
  });
});

describe('rewrites of an entry of dataFrom', () => {
  const regexp = (source: string, target: string): Spec => ({ regexp: { source, target } });
  const transform = (template: string): Spec => ({ transform: { template } });
  const merge = (members: Spec = {}): Spec => ({ merge: members });
  const keys = (...names: readonly string[]) =>
    text(JSON.stringify(Object.fromEntries(names.map((name) => [name, 'v']))));
  const two = (a: unknown, b: unknown) => text(JSON.stringify({ a: JSON.stringify(a), b: JSON.stringify(b) }));

  // The numbers are those of the edge cases that the rows come from.
  test.each<[string, readonly Spec[], SecretContent, readonly string[]]>([
    [
      'put a prefix before each key once [ES28]',
      [regexp('(.*)', 'new-$1')],
      keys('foo', 'bar'),
      ['new-bar', 'new-foo'],
    ],
    ['take a prefix away [ES29]', [regexp('^my/initial/path/', '')], keys('my/initial/path/a'), ['a']],
    ['leave keys that do not match [ES29]', [regexp('^nope/', '')], keys('a', 'b'), ['a', 'b']],
    ['put a group in [ES30]', [regexp('f(.*)o', 'a_new_path_$1')], keys('foodaloo'), ['a_new_path_oodalo']],
    [
      'put groups in by name and number [ES31]',
      [regexp('f(?P<content>.*)o', `a_new_path_\${content}_\${1}`)],
      keys('foodaloo'),
      ['a_new_path_oodalo_oodalo'],
    ],
    [
      'see what the one before gave [ES32]',
      [regexp('my/(.*?)/', ''), regexp('-', '_'), regexp('ass', 'pass')],
      keys('my/app/db-assword'),
      ['db_password'],
    ],
    [
      'render keys anew [ES33]',
      [regexp('^/app/', ''), transform('{{ .value | upper | replace "-" "_" }}')],
      keys('/app/app-key'),
      ['APP_KEY'],
    ],
    ['drop a key that becomes empty [ES44]', [regexp('^a$', '')], keys('a', 'b'), ['b']],
    ['do not fail where a template misses a value', [transform('{{ .nope }}x')], keys('a'), ['_no_value_x']],
  ])('%s', async (_, ...[rewrite, content, expected]) => {
    const clean = [...rewrite, regexp('[<> ]+', '_')];

    expect(Object.keys(await fromExtract({}, content, clean)).toSorted()).toEqual(expected);
  });

  test('of keys that become the same, the last in byte order stays, whatever their order in the secret', async () => {
    const rewrite = [regexp('.*', 'x')];

    expect(await fromExtract({}, text('{"b":"2","a":"1"}'), rewrite)).toEqual({ x: '2' });
    expect(await fromExtract({}, text('{"a":"1","b":"2"}'), rewrite)).toEqual({ x: '2' });
  });

  test.each<[string, readonly Spec[], SecretContent, Spec]>([
    ['merge disjoint objects [ES34]', [merge()], two({ host: 'h' }, { port: 5432 }), { host: 'h', port: '5432' }],
    [
      'let the priority win where conflicts are ignored [ES35]',
      [merge({ conflictPolicy: 'Ignore', priority: ['a'] })],
      two({ user: 'first' }, { user: 'second' }),
      { user: 'first' },
    ],
    [
      'ignore a priority that is not there [ES36]',
      [merge({ priority: ['c'], priorityPolicy: 'IgnoreNotFound' })],
      two({ x: 1 }, { y: 2 }),
      { x: '1', y: '2' },
    ],
    [
      'keep the keys and add the merged object [ES37]',
      [merge({ strategy: 'JSON', into: 'merged' })],
      two({ z: '<&>', n: [1, 2.5] }, { b: true }),
      { a: '{"z":"<&>","n":[1,2.5]}', b: '{"b":true}', merged: '{"b":true,"n":[1,2.5],"z":"<&>"}' },
    ],
    [
      'merge twice [ES39]',
      [
        merge({ strategy: 'JSON', into: 'merged', conflictPolicy: 'Ignore', priority: ['b'] }),
        merge({ conflictPolicy: 'Ignore', priority: ['b'] }),
      ],
      two({ host: 'a', port: 1 }, { host: 'b', port: 123 }),
      { host: 'b', port: '123' },
    ],
    [
      'render keys that a merge gave',
      [merge(), transform('{{ .value | upper }}')],
      two({ host: 'h' }, { port: 1 }),
      { HOST: 'h', PORT: '1' },
    ],
  ])('%s', async (_, ...[rewrite, content, expected]) => {
    expect(await fromExtract({}, content, rewrite)).toEqual(expected);
  });

  test.each<[string, readonly Spec[], SecretContent, string]>([
    [
      'a key that stays illegal, since it is not converted [ES27]',
      [regexp('nope', '')],
      keys('foo/bar'),
      "invalid secret keys (TIP: use rewrite or conversionStrategy to change keys): key has invalid character /, only alphanumeric, '-', '.' and '_' are allowed: foo/bar",
    ],
    [
      'an expression that RE2 does not know',
      [regexp('a(?=b)', '')],
      keys('a'),
      'error applying rewrite to keys: failed rewrite operation[0]: regexp failed with failed to compile: error parsing regexp',
    ],
    [
      'a template that cannot be parsed',
      [regexp('a', 'b'), transform('{{ .value')],
      keys('a'),
      'error applying rewrite to keys: failed rewrite operation[1]: transform failed with failed to parse template',
    ],
    [
      'a template that fails',
      [transform('{{ fail "no" }}')],
      keys('a'),
      'failed rewrite operation[0]: transform failed with failed to execute template',
    ],
    [
      'objects with the same properties [ES35]',
      [merge()],
      two({ x: 1, y: 2, z: 3 }, { z: 3, x: 1 }),
      'error applying rewrite to keys: failed rewrite operation[0]: merge failed with conflicts: x, z',
    ],
    [
      'a priority that is not there [ES36]',
      [merge({ priority: ['c'] })],
      two({}, {}),
      'merge failed with key "c" not found in input map',
    ],
    [
      'strategy JSON without into [ES37]',
      [merge({ strategy: 'JSON' })],
      two({}, {}),
      "merge failed with missing 'into' field",
    ],
    ['what is not JSON [ES38]', [merge()], keys('a'), 'merge failed with failed to unmarshal JSON: invalid character'],
    [
      'what is JSON and no object',
      [merge()],
      two([1], {}),
      'merge failed with failed to unmarshal JSON: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ],
  ])('refuse %s', async (_, ...[rewrite, content, message]) => {
    await expect(fromExtract({}, content, rewrite)).rejects.toThrow(message);
  });
});

describe('the entries of a spec', () => {
  const spec = {
    dataFrom: [{ extract: { key: 'one' } }, { sourceRef: { storeRef: { name: 'x' } } }, { extract: { key: 'two' } }],
    data: [data('k', { key: 'three' })],
  };

  test('come with dataFrom first, so that data overrides it', () => {
    expect(specEntries(parsedExternalSecret({ spec })).map(({ label }) => label)).toEqual([
      'spec.dataFrom[0].extract',
      'spec.dataFrom[2].extract',
      'spec.data[0] (key: three)',
    ]);
  });

  test('name a missing key in the reference’s words [ES80]', () => {
    expect(specEntries(parsedExternalSecret({ spec })).map(({ missingMessage }) => missingMessage)).toEqual([
      'secret does not exist at provider using spec.dataFrom[0]',
      'secret does not exist at provider using spec.dataFrom[2]',
      'secret does not exist at provider using spec.dataFrom[0] (key=three)',
    ]);
  });
});
