import { describe, expect, test } from '@jest/globals';
import {
  isListingDear,
  judgeByListing,
  LISTING_LAG_MILLISECONDS,
  type ListedRead,
} from '../../../src/domain/listing.ts';

const NOW = 100_000_000;
const LONG_AGO = NOW - LISTING_LAG_MILLISECONDS;

const read = (change: Partial<{ requested: string; written: string; createdAt: number }> = {}): ListedRead => {
  const { requested = '', written = 'v1', createdAt = LONG_AGO } = change;
  const versions = new Map([
    ['', 'v1'],
    ['AWSPREVIOUS', 'v0'],
    ['uuid/v1', 'v1'],
  ]);
  return {
    requested,
    written: { id: 'a#r#secretsmanager#key#', version: written, createdAt },
    listed: { name: 'key', versions },
  };
};

describe('a listing', () => {
  test.each<[string, string, readonly ListedRead[]]>([
    ['that shows what was written proves it', 'current', [read()]],
    ['proves a stage by the version of that stage', 'current', [read({ requested: 'AWSPREVIOUS', written: 'v0' })]],
    ['proves a pinned version while it is there', 'current', [read({ requested: 'uuid/v1' })]],
    ['that shows another version says that it moved', 'moved', [read({ written: 'v0' })]],
    ['that shows another version at the stage says so too', 'moved', [read({ requested: 'AWSPREVIOUS' })]],
    ['says nothing of a stage it does not show', 'unknown', [read({ requested: 'blue' })]],
    ['says nothing of a key it does not show', 'unknown', [{ ...read(), listed: undefined }]],
    ['says nothing of an entry that was never written', 'unknown', [{ ...read(), written: undefined }]],
    ['says nothing of a key that was absent', 'unknown', [read({ written: '' })]],
    [
      'may lag behind what was made in the last five minutes',
      'unknown',
      [read({ written: 'v2', createdAt: LONG_AGO + 1 })],
    ],
    ['may lag behind a version of unknown age', 'unknown', [{ ...read(), written: { id: 'x', version: 'v2' } }]],
    ['proves an object only when it proves each read', 'unknown', [read(), { ...read(), listed: undefined }]],
    ['that shows one moved read is enough', 'moved', [read({ written: 'v0' }), { ...read(), listed: undefined }]],
    ['proves nothing of an object that reads nothing', 'unknown', []],
  ])('%s', (_, verdict, reads) => {
    expect(judgeByListing(reads, NOW)).toBe(verdict);
  });
});

describe('a listing is', () => {
  test.each([
    ['worth its first page for two keys', false, { keys: 2, found: 0, pages: 1, pageCost: 1 }],
    ['dear for one key', true, { keys: 1, found: 0, pages: 1, pageCost: 1 }],
    ['dear once it has cost as much as the reads', true, { keys: 3, found: 0, pages: 3, pageCost: 1 }],
    ['worth going on while each page saves a read', false, { keys: 10, found: 10, pages: 10, pageCost: 1 }],
    ['worth a hundred pages for a thousand keys', false, { keys: 1_000, found: 0, pages: 100, pageCost: 1 }],
    ['dear for few parameters, whose pages are slow', true, { keys: 14, found: 0, pages: 1, pageCost: 14 }],
    ['worth it for many parameters', false, { keys: 1_000, found: 0, pages: 20, pageCost: 14 }],
  ])('%s', (_, dear, cost) => {
    expect(isListingDear(cost)).toBe(dear);
  });
});
