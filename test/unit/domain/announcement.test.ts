import { describe, expect, test } from '@jest/globals';
import {
  type Announcement,
  announceDeletion,
  isStaleAbsence,
  isStaleRead,
  isToldAlready,
  mergeAnnouncement,
} from '../../../src/domain/announcement.ts';

const AT = Date.UTC(2026, 0, 1);
const announced = (...versions: readonly string[]): Announcement => ({ at: AT, versions });
const gone = (goneAt: number, ...versions: readonly string[]): Announcement => ({ ...announced(...versions), goneAt });
type Version = { readonly version: string; readonly createdAt?: number };
const version = (name: string, createdAt?: number): Version => ({
  version: name,
  ...(createdAt === undefined ? {} : { createdAt }),
});

describe('announcements', () => {
  test.each<[string, Announcement | undefined, Announcement, Announcement]>([
    ['the first counts', undefined, announced('a'), announced('a')],
    ['a later one replaces', announced('a'), { at: AT + 1_000, versions: ['b'] }, { at: AT + 1_000, versions: ['b'] }],
    ['an earlier one changes nothing', announced('a'), { at: AT - 1_000, versions: ['b'] }, announced('a')],
    ['those of one second are all kept', announced('a'), announced('b'), announced('a', 'b')],
    ['a repeat adds nothing', announced('a', 'b'), announced('a'), announced('a', 'b')],
    ['a deletion leaves the versions', announced('a'), announceDeletion(AT + 1_000), gone(AT + 1_000, 'a')],
    [
      'a later version leaves the deletion',
      gone(AT, 'a'),
      { at: AT + 1_000, versions: [] },
      { at: AT + 1_000, versions: [], goneAt: AT },
    ],
    ['of two deletions the later counts', gone(AT + 2_000, 'a'), announceDeletion(AT + 1_000), gone(AT + 2_000, 'a')],
    ['a deletion may be all there is', undefined, announceDeletion(AT), { at: 0, versions: [], goneAt: AT }],
  ])('%s', (_, ...[known, next, expected]) => {
    expect(mergeAnnouncement(known, next)).toEqual(expected);
  });
});

describe('whether a change was told already: by an event', () => {
  const at = (later: number, ...versions: readonly string[]): Announcement => ({ at: AT + later, versions });

  test.each<[string, Announcement | undefined, Announcement, boolean]>([
    ['that is the first', undefined, announced('a'), false],
    ['of the same version', announced('a'), announced('a'), true],
    ['of the same version with a time of its own', announced('a'), at(3_000, 'a'), true],
    ['of the same version that happened before', announced('a'), at(-3_000, 'a'), true],
    ['of another version', announced('a'), announced('b'), false],
    ['of one of several versions of a second', announced('a', 'b'), announced('b'), true],
    ['of the same version long after', announced('a'), at(90_001, 'a'), false],
    ['of the same version after a deletion', { ...announced('a'), goneAt: AT }, at(3_000, 'a'), false],
    [
      'of the same version, made after an earlier deletion',
      { ...announced('a'), goneAt: AT - 1 },
      at(3_000, 'a'),
      true,
    ],
    ['that names no version', at(0), at(0), false],
  ])('%s', (_, ...[known, next, expected]) => {
    expect(isToldAlready(known, next)).toBe(expected);
  });
});

describe('a read', () => {
  const check = (read: string, announcement: Announcement | undefined, now = AT + 5_000) =>
    isStaleRead({ read: version(read), written: undefined, announcement, now });

  test.each<[string, string, Announcement | undefined, number, boolean]>([
    ['of the announced version is current', 'b', announced('b'), 0, false],
    ['of another version is stale', 'a', announced('b'), 0, true],
    ['is stale for 90 seconds', 'a', announced('b'), 90_000, true],
    ['is taken as it is after that', 'a', announced('b'), 90_001, false],
    ['of any version announced in that second is current', 'a', announced('b', 'a'), 0, false],
    ['without an announcement is current', 'a', undefined, 0, false],
  ])('%s', (_, ...[read, announcement, after, stale]) => {
    expect(check(read, announcement, AT + after)).toBe(stale);
  });

  test.each<[string, number | undefined, number | undefined, boolean]>([
    ['older than what is written is stale', AT, AT + 1, true],
    ['newer than what is written is current', AT + 1, AT, false],
    ['without a time is current', undefined, AT, false],
    ['next to a written one without a time is current', AT, undefined, false],
  ])('of two versions announced in one second, %s', (_, ...[readAt, writtenAt, stale]) => {
    const read = version('a', readAt);
    const written = version('b', writtenAt);

    expect(isStaleRead({ read, written, announcement: announced('a', 'b'), now: AT })).toBe(stale);
  });

  test.each<[string, number | undefined, Version | undefined, boolean]>([
    ['made in a later second is its successor', AT + 1_000, undefined, false],
    ['made in the same second may be its predecessor', AT + 999, undefined, true],
    [
      'made in the same second after the announced one was written is its successor',
      AT + 2,
      version('b', AT + 1),
      false,
    ],
    ['made before the announced one that was written is stale', AT, version('b', AT + 1), true],
    ['made after another one that was written may be its predecessor', AT + 2, version('a', AT + 1), true],
    ['without a time is stale', undefined, version('b', AT), true],
  ])('of a version nobody announced yet, %s', (_, ...[readAt, written, stale]) => {
    expect(isStaleRead({ read: version('c', readAt), written, announcement: announced('b'), now: AT + 2_000 })).toBe(
      stale,
    );
  });

  test.each([
    ['made before it is stale', AT - 1_001, true],
    ['made in the same second is current', AT - 999, false],
    ['made after it is current', AT + 1, false],
    ['without a time is current', undefined, false],
  ])('after an announcement without a name, one %s', (_, createdAt, stale) => {
    expect(isStaleRead({ read: version('3', createdAt), written: undefined, announcement: announced(), now: AT })).toBe(
      stale,
    );
  });
});

describe('a key that is not found', () => {
  test.each<[string, Version | undefined, Announcement | undefined, number, boolean]>([
    ['is gone when nothing was announced', undefined, undefined, 0, false],
    ['is gone when the announced version was written', version('b'), announced('b'), 0, false],
    ['lags behind when another version was written', version('a'), announced('b'), 0, true],
    ['lags behind when it was never seen', undefined, announced('b'), 0, true],
    ['is gone 90 seconds after its announcement', undefined, announced('b'), 90_001, false],
    ['stays gone when it was gone since', version('', AT + 1_000), announced('b'), 0, false],
    ['lags behind when it was gone before', version('', AT - 1), announced('b'), 0, true],
    [
      'lags behind when it was gone in the announced second, maybe before that',
      version('', AT + 999),
      announced('b'),
      0,
      true,
    ],
    ['is gone when it was deleted after its announcement', undefined, gone(AT + 1_000, 'b'), 0, false],
    ['lags behind when it was deleted in the second of its announcement', undefined, gone(AT, 'b'), 0, true],
    ['lags behind when nobody knows since when it was gone', version(''), announced('b'), 0, true],
  ])('%s', (_, ...[written, announcement, after, stale]) => {
    expect(isStaleAbsence({ written, announcement, now: AT + after })).toBe(stale);
  });
});
