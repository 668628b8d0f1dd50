import { describe, expect, test } from '@jest/globals';
import { SecretValue } from '../../../src/domain/secret-value.ts';
import type { SecretContent } from '../../../src/domain/select-value.ts';
import { entryValues, specEntries } from '../../../src/domain/spec-entries.ts';
import { data, parsedExternalSecret, texts } from '../../support/builders.ts';

type Spec = Readonly<Record<string, unknown>>;

const text = (content: string): SecretContent => ({ text: SecretValue.fromText(content) });
const valuesOf = (spec: Spec, content: SecretContent) => {
  const [entry] = specEntries(parsedExternalSecret({ spec: { data: [], ...spec } }));
  if (entry === undefined) throw new Error('no entry');
  return entryValues(entry, content);
};
const fromData = (remoteRef: Spec, content: SecretContent) =>
  texts(valuesOf({ data: [data('k', remoteRef)] }, content));
const fromExtract = (extract: Spec, content: SecretContent) =>
  texts(valuesOf({ dataFrom: [{ extract: { key: 'prod/db', ...extract } }] }, content));

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
  ])('%s', (_, ...[remoteRef, content, expected]) => {
    expect(fromData(remoteRef, content)).toEqual({ k: expected });
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
    ['a query', { property: 'friends.#.first' }, JSON_SECRET, 'the query "friends.#.first" as property of key prod/db'],
  ])('refuses %s', (_, ...[remoteRef, content, message]) => {
    expect(() => fromData(remoteRef, content)).toThrow(message);
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
  ])('%s', (_, ...[extract, content, expected]) => {
    expect(fromExtract(extract, content)).toEqual(expected);
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
  ])('refuses %s', (_, ...[extract, content, message]) => {
    expect(() => fromExtract(extract, content)).toThrow(message);
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
