import { describe, expect, test } from '@jest/globals';
import { decideRefresh, type RefreshQuestion } from '../../../src/domain/decide-refresh.ts';
import { syncedResourceVersion } from '../../../src/domain/hashes.ts';
import { type ObjectStatus, toTimestamp } from '../../../src/domain/status.ts';
import { parsedExternalSecret } from '../../support/builders.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const UNSYNCED: ObjectStatus = { conditions: [] };

/** Synced half an hour ago, hourly. */
const question = (
  spec: Readonly<Record<string, unknown>> = {},
  change: Partial<RefreshQuestion> = {},
): RefreshQuestion => {
  const es = change.es ?? parsedExternalSecret({ spec });
  const status = {
    conditions: [],
    syncedResourceVersion: syncedResourceVersion(es),
    refreshTime: toTimestamp(NOW - HOUR / 2),
  };
  return { es, status, verifiedAt: NOW - HOUR / 2, failures: 0, cause: 'feed', now: NOW, ...change };
};
const why = (asked: RefreshQuestion): string => {
  const decision = decideRefresh(asked);
  if (decision.refresh) return decision.why;
  return decision.held === undefined ? 'no' : `held: ${decision.held}`;
};
const edited = (object: Parameters<typeof parsedExternalSecret>[1], spec = {}): Partial<RefreshQuestion> => ({
  status: question(spec).status,
  es: parsedExternalSecret({ spec }, object),
});
const refreshed = (at: number): Partial<RefreshQuestion> => ({
  verifiedAt: at,
  status: { ...question().status, refreshTime: toTimestamp(at) },
});

describe('Periodic', () => {
  test.each<[string, string, Partial<RefreshQuestion>]>([
    ['rests within the interval', 'no', {}],
    ['begins when nothing was synced', 'object-changed', { status: UNSYNCED }],
    ['begins without a refresh time [ES52]', 'never-synced', { status: { ...question().status, refreshTime: null } }],
    [
      'begins with a refresh time nobody can read',
      'never-synced',
      { status: { ...question().status, refreshTime: 'x' } },
    ],
    ['follows a spec change', 'object-changed', edited({ generation: 2 })],
    ['follows a label', 'object-changed', edited({ labels: { team: 'a' } })],
    ['follows an annotation', 'object-changed', edited({ annotations: { 'force-sync': '1' } })],
    ['follows when the interval is over [ES53]', 'interval-elapsed', refreshed(NOW - HOUR)],
    ['rests a second before that', 'no', refreshed(NOW - HOUR + 1_000)],
    ['does not trust a time to come [ES51]', 'refresh-time-ahead', refreshed(NOW + MINUTE)],
    ['counts a verification as refresh', 'no', { ...refreshed(NOW - 2 * HOUR), verifiedAt: NOW - MINUTE }],
    ['lets a verification grow old', 'interval-elapsed', { ...refreshed(NOW - 2 * HOUR), verifiedAt: NOW - HOUR }],
    ['takes over what another controller synced', 'never-verified', { verifiedAt: undefined }],
    ['goes on after a failure', 'failed-before', { failures: 1 }],
    ['follows an event', 'secret-changed', { cause: 'event' }],
    ['follows its store', 'secret-changed', { cause: 'store' }],
    ['follows a person', 'secret-changed', { cause: 'person' }],
    ['rests when due too early', 'no', { cause: 'due' }],
  ])('%s', (_, expected, change) => {
    expect(why(question({}, change))).toBe(expected);
  });
});

describe('Periodic with an interval of 0', () => {
  const never = { refreshInterval: '0' };

  test.each<[string, string, Partial<RefreshQuestion>]>([
    ['syncs once', 'object-changed', { status: UNSYNCED }],
    ['keeps the old value after an event [ES50]', 'no', { cause: 'event' }],
    ['ignores a spec change', 'no', edited({ generation: 2 }, never)],
    ['ignores a label [ES49]', 'no', edited({ labels: { a: 'b' } }, never)],
    ['ignores an annotation [ES49]', 'no', edited({ annotations: { a: 'b' } }, never)],
  ])('%s', (_, expected, change) => {
    expect(why(question(never, change))).toBe(expected);
  });

  test('a negative interval is the same', () => {
    expect(why(question({ refreshInterval: '-5m' }, { cause: 'event' }))).toBe('no');
  });
});

describe('CreatedOnce', () => {
  const once = { refreshPolicy: 'CreatedOnce' };

  test.each<[string, string, Partial<RefreshQuestion>]>([
    ['syncs once', 'never-synced', { status: UNSYNCED }],
    ['syncs when no refresh is known', 'never-synced', { status: { ...question(once).status, refreshTime: null } }],
    ['ignores a spec change', 'no', edited({ generation: 2 }, once)],
    ['ignores an event', 'no', { cause: 'event' }],
    ['ignores a person', 'no', { cause: 'person' }],
    ['ignores its age', 'no', { ...refreshed(0) }],
  ])('%s', (_, expected, change) => {
    expect(why(question(once, change))).toBe(expected);
  });
});

describe('OnChange', () => {
  const onChange = { refreshPolicy: 'OnChange', refreshInterval: '1s' };

  test.each<[string, string, Partial<RefreshQuestion>]>([
    ['syncs once', 'never-synced', { status: UNSYNCED }],
    ['rests, whatever the interval [ES56]', 'no', {}],
    ['ignores an event', 'no', { cause: 'event' }],
    ['follows an annotation', 'object-changed', edited({ annotations: { a: 'b' } }, onChange)],
    ['follows a spec change', 'object-changed', edited({ generation: 2 }, onChange)],
  ])('%s', (_, expected, change) => {
    expect(why(question(onChange, change))).toBe(expected);
  });
});

describe('a closed sync window', () => {
  const closed = { syncWindows: { kind: 'allow', windows: [{ schedule: '0 3 * * *', duration: '1h' }] } };

  test.each<[string, string, Partial<RefreshQuestion>]>([
    ['holds back the interval', 'held: interval-elapsed', { cause: 'due', ...refreshed(NOW - HOUR) }],
    ['holds back an event', 'held: secret-changed', { cause: 'event' }],
    ['holds back what an event began', 'held: failed-before', { cause: 'due', failures: 2 }],
    ['lets a first sync through', 'object-changed', { status: UNSYNCED }],
    ['lets an edit through [ES57]', 'object-changed', edited({ generation: 2 }, closed)],
    ['has nothing to hold back otherwise', 'no', {}],
  ])('%s', (_, expected, change) => {
    expect(why(question(closed, change))).toBe(expected);
  });

  test('lets through once it is open', () => {
    const open = { syncWindows: { kind: 'allow', windows: [{ schedule: '0 12 * * *', duration: '1h' }] } };

    expect(why(question(open, { cause: 'event' }))).toBe('secret-changed');
  });

  test('does not hold back OnChange', () => {
    const spec = { ...closed, refreshPolicy: 'OnChange' };

    expect(why(question(spec, edited({ generation: 2 }, spec)))).toBe('object-changed');
  });
});
