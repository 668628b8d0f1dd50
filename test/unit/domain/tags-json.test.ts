import { expect, test } from '@jest/globals';
import { tagsJson } from '../../../src/domain/tags-json.ts';

test.each([
  ['no tags', [], '{}'],
  [
    'keys sorted [AWS28]',
    [
      ['tagname2', 'tagvalue2'],
      ['tagname1', 'tagvalue1'],
    ],
    '{"tagname1":"tagvalue1","tagname2":"tagvalue2"}',
  ],
  [
    'keys sorted by bytes',
    [
      ['ｚ', '1'],
      ['😀', '2'],
      ['Z', '3'],
    ],
    '{"Z":"3","ｚ":"1","😀":"2"}',
  ],
  ['what Go escapes', [['a', '<b>&"\u2028']], '{"a":"\\u003cb\\u003e\\u0026\\"\\u2028"}'],
  [
    'a key given twice',
    [
      ['a', '1'],
      ['a', '2'],
    ],
    '{"a":"2"}',
  ],
] as const)('tags as JSON: %s', (_, tags, json) => {
  expect(tagsJson(tags)).toBe(json);
});
