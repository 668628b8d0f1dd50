import { expect, test } from '@jest/globals';
import { settle } from '../../../src/app/settle.ts';
import type { Pass } from '../../../src/app/sync-pass.ts';
import { externalSecret, mirrored } from '../../support/builders.ts';
import { DB } from '../../support/world.ts';

const pass: Pass = {
  ref: DB,
  request: DB,
  cause: { type: 'feed' },
  attempt: 0,
  redelivered: false,
  traceId: 'trace',
  object: mirrored(externalSecret()),
  state: undefined,
  revision: 0,
  status: { conditions: [] },
  startedAt: 0,
};

test('an object whose spec cannot be read cannot have been found current', () => {
  const outcome = { type: 'current', verified: false } as const;

  expect(() => settle(pass, { outcome, uses: { dependsOn: [], stores: [], finds: [] } }, 0)).toThrow(TypeError);
});
