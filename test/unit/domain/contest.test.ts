import { describe, expect, test } from '@jest/globals';
import {
  afterCorrection,
  type Contest,
  contestedReady,
  correctableAt,
  quietAt,
  standing,
} from '../../../src/domain/contest.ts';
import { lastOtherManager } from '../../../src/domain/owned-fields.ts';
import { targetSecret } from '../../support/builders.ts';

const MINUTE = 60_000;
const NOW = Date.UTC(2026, 0, 1);
const contested = (corrections: number, by: string | undefined = 'argocd'): Contest => ({ corrections, at: NOW, by });

describe('a contested target', () => {
  test.each([
    [1, 0],
    [2, 0],
    [3, 10_000],
    [4, 20_000],
    [5, 40_000],
    [8, 320_000],
    [9, 7 * MINUTE],
    [5_000, 7 * MINUTE],
  ])('that was corrected %d times may be corrected again after %d ms', (corrections, wait) => {
    expect(correctableAt(contested(corrections)) - NOW).toBe(wait);
  });

  test('is contested no more when nobody touched it for longer than the longest wait', () => {
    expect(standing(contested(9), quietAt(contested(9)) - 1)).toEqual(contested(9));
    expect(standing(contested(9), quietAt(contested(9)))).toBeUndefined();
    expect(quietAt(contested(9))).toBeGreaterThan(correctableAt(contested(5_000)));
    expect(standing(undefined, NOW)).toBeUndefined();
  });

  test('counts on with each correction, and from the start after a quiet time', () => {
    const second = afterCorrection(contested(1), { now: NOW + MINUTE, by: 'argocd' });

    expect(second).toEqual({ corrections: 2, at: NOW + MINUTE, by: 'argocd' });
    expect(afterCorrection(second, { now: quietAt(second), by: 'helm' })).toMatchObject({ corrections: 1, by: 'helm' });
  });

  test('remembers who changed its content when later only the hash is outdated', () => {
    expect(afterCorrection(contested(1), { now: NOW, by: undefined }).by).toBe('argocd');
    expect(afterCorrection(undefined, { now: NOW, by: undefined })).toEqual({ corrections: 1, at: NOW });
  });
});

describe('the object', () => {
  test.each<[string, Contest | undefined, string | undefined]>([
    ['says nothing without a contest', undefined, undefined],
    ['says nothing of edits that were put right at once', contested(2), undefined],
    ['says nothing where none of its content is at stake', { corrections: 9, at: NOW }, undefined],
    ['names the other manager', contested(3), 'target is changed again and again by another field manager: argocd'],
    [
      'says so when nobody left a name',
      contested(3, ''),
      'target is deleted or changed again and again by somebody else',
    ],
  ])('%s', (_, contest, message) => {
    expect(contestedReady(contest)?.message).toBe(message);
  });
});

describe('the last other manager', () => {
  const wrote = (manager: string, time?: string) => ({
    manager,
    operation: 'Update',
    fields: {},
    ...(time === undefined ? {} : { time }),
  });

  test.each([
    ['is who wrote last', [wrote('a', '2026-01-02T00:00:00Z'), wrote('b', '2026-01-01T00:00:00Z')], 'a'],
    ['is not ourselves', [wrote('us', '2026-01-03T00:00:00Z'), wrote('b', '2026-01-01T00:00:00Z')], 'b'],
    ['is the last in the list without times', [wrote('a'), wrote('b')], 'b'],
    ['is nobody where nobody else wrote', [wrote('us')], ''],
  ])('%s', (_, managedFields, expected) => {
    expect(lastOtherManager(targetSecret({ managedFields }), 'us')).toBe(expected);
  });
});
