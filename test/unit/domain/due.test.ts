import { describe, expect, test } from '@jest/globals';
import {
  backOffMilliseconds,
  delaySecondsUntil,
  dueAfterSkip,
  intervalEndsAt,
  nextDueAt,
  retryMilliseconds,
  spreadOf,
} from '../../../src/domain/due.ts';
import { ClusterUnreachableError, StoreUnavailableError } from '../../../src/domain/sync-error.ts';
import { data, parsedExternalSecret } from '../../support/builders.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** What no listing can stand for. */
const TAGS = { data: [data('a', { metadataPolicy: 'Fetch' })] };
const withUid = (uid: string, spec: Readonly<Record<string, unknown>>) => ({ ...parsedExternalSecret({ spec }), uid });
const UIDS = Array.from({ length: 1_000 }, (_, index) => `uid-${index}`);

describe('back-off', () => {
  test.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [9, 256_000],
    [10, 420_000],
    [5_000, 420_000],
  ])('after %d failures waits %d ms', (failures, milliseconds) => {
    expect(backOffMilliseconds(failures, 0)).toBe(milliseconds);
  });

  test('is shortened by chance, by up to a fifth', () => {
    expect(backOffMilliseconds(1, 0.5)).toBe(900);
    expect(backOffMilliseconds(10, 1)).toBe(336_000);
  });
});

describe('the wait after a failure', () => {
  const now = 1_000_000;
  const downFor = (milliseconds: number) => new ClusterUnreachableError('down', { downSince: now - milliseconds });

  test.each([
    ['is a back-off', new StoreUnavailableError('throttled'), 256_000],
    ['is a back-off where nobody knows since when the cluster is down', new ClusterUnreachableError('429'), 256_000],
    ['is no longer than the cluster has been down', downFor(8_000), 8_000],
    ['is a second at least', downFor(-5), 1_000],
    ['is a back-off when the cluster has been down for longer', downFor(3_600_000), 256_000],
  ])('%s', (_, error, milliseconds) => {
    expect(retryMilliseconds({ error, failures: 9, now, random: 0 })).toBe(milliseconds);
  });

  test('is spread by chance where many wait for one cluster', () => {
    expect(retryMilliseconds({ error: downFor(10_000), failures: 9, now, random: 1 })).toBe(8_000);
  });
});

describe('the next look', () => {
  test.each([
    ['comes with the interval', { refreshInterval: '30s' }, 30_000],
    ['comes no sooner than after a second', { refreshInterval: '1ms' }, 1_000],
    ['comes after a day when nothing is periodic', { refreshInterval: '0' }, DAY],
    ['comes after a day under CreatedOnce', { refreshPolicy: 'CreatedOnce' }, DAY],
    ['comes after a day under OnChange', { refreshPolicy: 'OnChange', refreshInterval: '5m' }, DAY],
  ])('%s', (_, spec, milliseconds) => {
    expect(nextDueAt(parsedExternalSecret({ spec }), 7)).toBe(7 + milliseconds);
  });
});

describe('the next look after one that refreshed nothing', () => {
  test.each([
    ['comes no sooner than in a second', { refreshInterval: '1ms' }, 101_000],
    ['comes a day from now when nothing is periodic', { refreshInterval: '0' }, 100_000 + DAY],
    ['comes a day from now under OnChange', { refreshPolicy: 'OnChange' }, 100_000 + DAY],
  ])('%s', (_, spec, dueAt) => {
    expect(dueAfterSkip(parsedExternalSecret({ spec }), 0, 100_000)).toBe(dueAt);
  });
});

describe('intervals that end together', () => {
  test('are spread by uid, always the same way, and overrun by no more than three percent', () => {
    const dueTimes = UIDS.map((uid) => nextDueAt(withUid(uid, { refreshInterval: '10m' }), 0));

    expect(Math.min(...dueTimes)).toBeGreaterThanOrEqual(10 * MINUTE);
    expect(Math.max(...dueTimes)).toBeLessThanOrEqual(10.3 * MINUTE);
    expect(new Set(dueTimes).size).toBeGreaterThan(800);
    expect(UIDS.map((uid) => nextDueAt(withUid(uid, { refreshInterval: '10m' }), 0))).toEqual(dueTimes);
  });

  test('of less than a minute are kept to the second', () => {
    expect(new Set(UIDS.map((uid) => nextDueAt(withUid(uid, { refreshInterval: '59s' }), 0)))).toEqual(
      new Set([59_000]),
    );
  });

  test('are spread evenly', () => {
    const halves = UIDS.filter((uid) => spreadOf(uid) < 0.5);

    expect(halves.length).toBeGreaterThan(400);
    expect(halves.length).toBeLessThan(600);
  });
});

describe('what a listing can serve', () => {
  test.each([
    ['a quarter of an hour meets others every five minutes', { refreshInterval: '15m', at: 3, end: 15 }],
    ['an hour meets others every ten minutes', { refreshInterval: '1h', at: 3, end: 60 }],
    ['an hour that ends between is over a little early', { refreshInterval: '1h', at: 13, end: 70 }],
    ['a day meets others every five hours and twenty minutes', { refreshInterval: '24h', at: 0, end: 4 * 320 }],
  ])('%s', (_, { refreshInterval, at, end }) => {
    const es = parsedExternalSecret({ spec: { refreshInterval } });

    expect(intervalEndsAt(es, at * MINUTE)).toBe(end * MINUTE);
    expect(nextDueAt(es, at * MINUTE)).toBe(end * MINUTE);
  });

  test('is due at the same moment, whatever its uid', () => {
    expect(new Set(UIDS.map((uid) => nextDueAt(withUid(uid, { refreshInterval: '1h' }), MINUTE))).size).toBe(1);
  });

  test.each([
    ['shorter than a quarter of an hour', { refreshInterval: '14m' }],
    ['tags', TAGS],
    ['tags of a whole object', { data: undefined, dataFrom: [{ extract: { key: 'k', metadataPolicy: 'Fetch' } }] }],
    ['a find', { data: undefined, dataFrom: [{ find: { name: { regexp: 'x' } } }] }],
    [
      'a generator',
      { data: undefined, dataFrom: [{ sourceRef: { generatorRef: { kind: 'ECRAuthorizationToken', name: 'x' } } }] },
    ],
  ])('does not include %s', (_, spec) => {
    const es = parsedExternalSecret({ spec });

    expect(intervalEndsAt(es, 7)).toBe(7 + es.refreshIntervalMilliseconds);
  });
});

describe('a delayed message', () => {
  test.each([
    ['is for what comes before the schedule looks again', 59_001, 60],
    ['is rounded up, never early', 1_001, 2],
    ['goes at once when the time has come', 0, 0],
    ['goes at once when the time is past', -5_000, 0],
    ['is not for what the schedule finds', 60_000, undefined],
  ])('%s', (_, wait, seconds) => {
    expect(delaySecondsUntil(1_000_000 + wait, 1_000_000)).toBe(seconds);
  });
});
