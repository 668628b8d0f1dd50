import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mayRefreshInWindows, type SyncWindow } from '../../../src/domain/sync-windows.ts';

const at = (time: string) => Date.parse(time);
const allowed = (time: string, ...windows: readonly SyncWindow[]) =>
  mayRefreshInWindows({ kind: 'allow', windows }, at(time));
const nightly: SyncWindow = { schedule: '0 22 * * *', duration: '2h' };
const bad: SyncWindow = { schedule: '0 22 * * 7', duration: '2h' };

describe('a window', () => {
  test.each([
    ['2026-03-01T21:59:59Z', false],
    ['2026-03-01T22:00:00Z', true],
    ['2026-03-01T23:00:00Z', true],
    ['2026-03-02T00:00:00Z', true],
    ['2026-03-02T00:00:01Z', false],
    ['2026-03-02T22:00:00Z', true],
    ['2026-03-02T00:00:00.001Z', false],
  ])('of two hours from 22:00 at %s: open is %p [ES57]', (time, open) => {
    expect(allowed(time, nightly)).toBe(open);
  });

  test.each([
    ['*/15 * * * *', '2026-03-01T10:30:00Z', '2026-03-01T10:31:00Z'],
    ['5/20 * * * *', '2026-03-01T10:45:00Z', '2026-03-01T10:40:00Z'],
    ['10-12 3 * * *', '2026-03-01T03:12:00Z', '2026-03-01T03:13:00Z'],
    ['0 1,3 * * *', '2026-03-01T03:00:00Z', '2026-03-01T02:00:00Z'],
    ['0 0 ? * ?', '2026-03-01T00:00:00Z', '2026-03-01T01:00:00Z'],
    ['0 0 1 FEB-apr *', '2026-03-01T00:00:00Z', '2026-05-01T00:00:00Z'],
    ['0 0 * * sun', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'],
    ['0 0 * * 0', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'],
    ['0 0 29 2 *', '2028-02-29T00:00:00Z', '2027-03-01T00:00:00Z'],
    ['@hourly', '2026-03-01T07:00:00Z', '2026-03-01T07:01:00Z'],
    ['@daily', '2026-03-01T00:00:00Z', '2026-03-01T01:00:00Z'],
    ['@midnight', '2026-03-01T00:00:00Z', '2026-03-01T01:00:00Z'],
    ['@weekly', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'],
    ['@monthly', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z'],
    ['@yearly', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'],
    ['@annually', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'],
  ])('with schedule %s is open at %s and not at %s', (schedule, open, closed) => {
    const window = { schedule, duration: '30s' };

    expect(allowed(open, window)).toBe(true);
    expect(allowed(closed, window)).toBe(false);
  });

  test('with both day fields restricted opens on days that match either', () => {
    const window = { schedule: '0 0 13 * FRI', duration: '1h' };

    expect(allowed('2026-03-13T00:00:00Z', window)).toBe(true); // Friday the 13th
    expect(allowed('2026-04-13T00:00:00Z', window)).toBe(true); // a Monday
    expect(allowed('2026-04-17T00:00:00Z', window)).toBe(true); // a Friday
    expect(allowed('2026-04-14T00:00:00Z', window)).toBe(false);
  });

  test('with a step over all days counts as restricted', () => {
    expect(allowed('2026-03-02T00:00:00Z', { schedule: '0 0 */2 * SUN', duration: '1h' })).toBe(false);
    expect(allowed('2026-03-03T00:00:00Z', { schedule: '0 0 */2 * SUN', duration: '1h' })).toBe(true);
  });

  test('may be longer than a month', () => {
    const window = { schedule: '0 0 1 1 *', duration: '2160h' };

    expect(allowed('2026-04-01T00:00:00Z', window)).toBe(true);
    expect(allowed('2026-04-01T00:00:01Z', window)).toBe(false);
  });

  test('on a day that no year has never opens', () => {
    expect(allowed('2026-03-02T00:00:00Z', { schedule: '0 0 30 2 *', duration: '87600h' })).toBe(false);
  });

  test('with @every is always open when the interval is at most a second longer than the duration', () => {
    expect(allowed('2026-03-01T10:17:31Z', { schedule: '@every 1h', duration: '1h' })).toBe(true);
    expect(allowed('2026-03-01T10:17:31Z', { schedule: '@every 3601s', duration: '1h' })).toBe(true);
    expect(allowed('2026-03-01T10:17:31Z', { schedule: '@every 1ms', duration: '0s' })).toBe(true);
  });

  test('with @every and a longer interval never opens', () => {
    expect(allowed('2026-03-01T00:00:00Z', { schedule: '@every 3602s', duration: '1h' })).toBe(false);
  });

  test('opens at each firing and is open for all of its duration [ES57]', () => {
    const day = at('2026-03-01T00:00:00Z');

    fc.assert(
      fc.property(
        fc.record({
          hour: fc.integer({ min: 0, max: 23 }),
          minute: fc.integer({ min: 0, max: 59 }),
          seconds: fc.integer({ min: 0, max: 3600 }),
          second: fc.integer({ min: 0, max: 86_399 }),
        }),
        ({ hour, minute, seconds, second }) => {
          const sinceFiring = (second - hour * 3600 - minute * 60 + 86_400) % 86_400;
          const windows = [{ schedule: `${minute} ${hour} * * *`, duration: `${seconds}s` }];

          expect(mayRefreshInWindows({ kind: 'allow', windows }, day + second * 1000)).toBe(sinceFiring <= seconds);
        },
      ),
    );
  });
});

describe('a schedule that cannot be read', () => {
  const noon = '2026-03-01T22:00:00Z';

  test.each([
    '0 22 * * 7',
    '60 22 * * *',
    '0 24 * * *',
    '0 22 0 * *',
    '0 22 * 13 *',
    '0 22 * *',
    '0 22 * * * *',
    '*/0 22 * * *',
    '5-1 22 * * *',
    '0-59/1/1 22 * * *',
    '0-1-2 22 * * *',
    'x 22 * * *',
    '-1 22 * * *',
    '0 22 * JANUARY *',
    '@fortnightly',
    '@Daily',
    '@every 1d',
    '',
  ])('%j never opens its window', (schedule) => {
    expect(allowed(noon, { schedule, duration: '24h' })).toBe(false);
  });

  test('is ignored beside one that can [ES58]', () => {
    expect(allowed(noon, bad, nightly)).toBe(true);
  });

  test('blocks under allow when it is the only one, and restricts nothing under deny [ES58]', () => {
    expect(mayRefreshInWindows({ kind: 'allow', windows: [bad] }, at(noon))).toBe(false);
    expect(mayRefreshInWindows({ kind: 'deny', windows: [bad] }, at(noon))).toBe(true);
  });

  test('is ignored too when it is the duration', () => {
    expect(allowed(noon, { schedule: '0 22 * * *', duration: '1d' })).toBe(false);
  });
});

describe('refreshing', () => {
  test('is denied inside a deny window and free outside', () => {
    expect(mayRefreshInWindows({ kind: 'deny', windows: [nightly] }, at('2026-03-01T23:00:00Z'))).toBe(false);
    expect(mayRefreshInWindows({ kind: 'deny', windows: [nightly] }, at('2026-03-01T12:00:00Z'))).toBe(true);
  });

  test('is free without windows, and under an unknown kind [ES58]', () => {
    expect(mayRefreshInWindows(undefined, 0)).toBe(true);
    expect(mayRefreshInWindows({ kind: 'allow', windows: [] }, 0)).toBe(true);
    expect(mayRefreshInWindows({ kind: 'other', windows: [bad] }, 0)).toBe(true);
  });
});
