import { expect, test } from '@jest/globals';
import type { FindSelector } from '../../../src/domain/find-selector.ts';
import { type ListingChange, mayConcern } from '../../../src/domain/listing-change.ts';

const keys = [{ account: '111122223333', region: 'eu-west-1', service: 'secretsmanager', name: 'prod/db' }] as const;
const search = (change: Partial<FindSelector>): FindSelector => ({ path: '', tags: {}, ...change });

const PROD = search({ tags: { env: 'prod' } });

test.each<[string, FindSelector, ListingChange, boolean]>([
  ['a new secret, a search by its name', search({ name: '^prod' }), { type: 'appeared', keys }, true],
  ['a new secret, a search by another name', search({ name: '^dev' }), { type: 'appeared', keys }, false],
  ['a new secret, a search on another path', search({ name: 'db', path: 'dev/' }), { type: 'appeared', keys }, false],
  ['a new secret with the tags asked for', PROD, { type: 'appeared', keys, tags: { env: 'prod', x: 'y' } }, true],
  ['a new secret with other tags', PROD, { type: 'appeared', keys, tags: { env: 'production' } }, false],
  ['a new secret of unknown tags', PROD, { type: 'appeared', keys }, true],
  ['a deleted secret, whatever its tags were', PROD, { type: 'disappeared', keys }, true],
  [
    'a deleted secret on another path',
    search({ tags: { env: 'prod' }, path: 'x' }),
    { type: 'disappeared', keys },
    false,
  ],
  ['a tag that is asked for', PROD, { type: 'tagged', keys, tagKeys: ['x', 'env'] }, true],
  ['a tag that is not asked for', PROD, { type: 'tagged', keys, tagKeys: ['x'] }, false],
  ['a tag, when none is asked for', search({ name: 'db' }), { type: 'tagged', keys, tagKeys: ['env'] }, false],
  ['unknown tags, when some are asked for', PROD, { type: 'tagged', keys }, true],
  ['unknown tags, when none is asked for', search({ name: 'db' }), { type: 'tagged', keys }, false],
  ['anything, for a search that does not compile', search({ name: '[' }), { type: 'disappeared', keys }, false],
])('%s', (_, ...[selector, change, concerns]) => {
  expect(mayConcern(selector, change)).toBe(concerns);
});
