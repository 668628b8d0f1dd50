import { expect, test } from '@jest/globals';
import { decideVersion } from '../../../src/domain/decide-version.ts';

test.each([
  ['the newest', ''],
  ['a staging label', 'AWSPREVIOUS'],
])('every cluster reads what its objects ask for: %s', (_, requested) => {
  expect(decideVersion({ cluster: 'alpha', key: 'prod/db', requested })).toBe(requested);
});
