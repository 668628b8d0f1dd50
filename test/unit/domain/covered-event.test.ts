import { expect, test } from '@jest/globals';
import { isCoveredEvent } from '../../../src/domain/covered-event.ts';
import type { Cause } from '../../../src/domain/message.ts';
import type { ReadVersion, SyncState } from '../../../src/domain/sync-state.ts';

const AT = 1_000_000;
const KEY = '1#r#secretsmanager#db#';

const read = (version: string, createdAt: number | undefined = AT, id = KEY): ReadVersion => ({
  id,
  version,
  ...(createdAt === undefined ? {} : { createdAt }),
});

/** Synced a second after {@link AT} from version `v2`. */
const state = (change: Partial<SyncState> = {}): SyncState => ({
  revision: 1,
  uid: 'u',
  status: { conditions: [] },
  versions: [read('v2')],
  dependsOn: [],
  stores: [],
  verifiedAt: AT + 1_000,
  failures: 0,
  dueAt: 0,
  ...change,
});

const event = (versionId?: string, at: number | undefined = AT): Cause => ({
  type: 'event',
  eventId: 'e',
  ...(at === undefined ? {} : { at }),
  ...(versionId === undefined ? {} : { versionId }),
});

const LATER = AT + 60_000;
const before = read('v1', AT - 60_000);

test.each<[string, Cause, SyncState | undefined, boolean]>([
  ['the version written, told again a minute later', event('v2', LATER), state(), true],
  ['the version written, told without a time', event('v2'), state({ verifiedAt: AT - 5_000 }), true],
  ['another version, later', event('v3', LATER), state(), false],
  ['no version, later', event(undefined, LATER), state(), false],
  ['no version, before the last pass began', event(), state(), true],
  ['no version, in the second the last pass began', event(), state({ verifiedAt: AT + 999 }), false],
  ['an older version, of a burst that the last pass ended', event('v1'), state(), true],
  ['a new version that the last pass was not shown', event('v2'), state({ versions: [before] }), false],
  ['a version that became current again, though made long ago', event('v1'), state({ versions: [before] }), true],
  ['a version of unknown age', event('v9'), state({ versions: [{ id: KEY, version: 'v8' }] }), true],
  [
    'the version written, beside a stage that moves with it',
    event('v2', LATER),
    state({ versions: [read('v2'), read('v1', AT, `${KEY}AWSPREVIOUS`)] }),
    false,
  ],
  [
    'the version written by an entry that names AWSCURRENT',
    event('v2', LATER),
    state({ versions: [read('v2', AT, `${KEY}AWSCURRENT`)] }),
    true,
  ],
  [
    'a version for an object that reads another stage',
    event('v2'),
    state({ versions: [read('v1', 0, `${KEY}blue`)] }),
    true,
  ],
  ['the version written, after a failure', event('v2', LATER), state({ failures: 1 }), false],
  ['the version of a pass that never was', event('v2'), undefined, false],
  ['anything but an event', { type: 'feed' }, state(), false],
])('an event of %s', (_, ...[cause, known, covered]) => {
  expect(isCoveredEvent(cause, known)).toBe(covered);
});

test('what was never verified covers nothing', () => {
  const { verifiedAt: _, ...never } = state();

  expect(isCoveredEvent(event('v2'), never)).toBe(false);
});
