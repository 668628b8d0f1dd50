import { describe, expect, test } from '@jest/globals';
import { parseStatus } from '../../../src/domain/parse-status.ts';
import {
  type Condition,
  EMPTY_STATUS,
  type ObjectStatus,
  parseTimestamp,
  readyCondition,
  sameStatus,
  toTimestamp,
  withReady,
} from '../../../src/domain/status.ts';
import { externalSecret, mirrored } from '../../support/builders.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0, 345);
const ready = (overrides: Partial<Condition> = {}): Required<Condition> => ({
  type: 'Ready',
  status: 'True',
  reason: 'SecretSynced',
  message: 'secret synced',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  ...overrides,
});
const status = (overrides: Partial<ObjectStatus> = {}): ObjectStatus => ({ conditions: [ready()], ...overrides });

describe('the Ready condition', () => {
  test('is added where there is none', () => {
    const { status: state, reason, message } = ready();

    expect(withReady(EMPTY_STATUS, { status: state, reason, message }, NOW)).toEqual({
      conditions: [ready({ lastTransitionTime: '2026-01-01T12:00:00Z' })],
    });
  });

  test('is left untouched when it says the same', () => {
    const before = status();

    expect(withReady(before, ready(), NOW)).toBe(before);
  });

  test.each([
    ['keeps its time when only the message changes', { message: 'retained' }, '2026-01-01T00:00:00Z'],
    ['keeps its time when only the reason changes', { reason: 'SecretDeleted' }, '2026-01-01T00:00:00Z'],
    ['moves its time with the status', { status: 'False' as const }, '2026-01-01T12:00:00Z'],
  ])('%s', (_, change, lastTransitionTime) => {
    const { status: state, reason, message } = ready(change);

    const after = withReady(status(), { status: state, reason, message }, NOW);

    expect(readyCondition(after)).toEqual(ready({ ...change, lastTransitionTime }));
    expect(after.conditions).toHaveLength(1);
  });
});

describe('two statuses', () => {
  test('are the same whatever the order of their members', () => {
    const a: ObjectStatus = { refreshTime: null, conditions: [ready()], binding: { name: 'db' } };
    const { type, ...rest } = ready();
    const b: ObjectStatus = { binding: { name: 'db' }, conditions: [{ ...rest, type }], refreshTime: null };

    expect(sameStatus(a, b)).toBe(true);
  });

  test.each<[string, ObjectStatus]>([
    ['the refresh time', status({ refreshTime: '2026-01-01T00:00:00Z' })],
    ['the synced version', status({ syncedResourceVersion: '1-x' })],
    ['the binding', status({ binding: { name: 'db' } })],
    ['the capabilities', status({ capabilities: 'ReadWrite' })],
    ['the number of conditions', status({ conditions: [] })],
    ['the condition’s status', status({ conditions: [ready({ status: 'False' })] })],
    ['its reason', status({ conditions: [ready({ reason: 'x' })] })],
    ['its message', status({ conditions: [ready({ message: 'x' })] })],
    ['its time', status({ conditions: [ready({ lastTransitionTime: '2027-01-01T00:00:00Z' })] })],
  ])('differ in %s', (_, other) => {
    expect(sameStatus(status(), other)).toBe(false);
    expect(sameStatus(other, status())).toBe(false);
  });
});

describe('times', () => {
  test('are written in whole seconds and UTC', () => {
    expect(toTimestamp(NOW)).toBe('2026-01-01T12:00:00Z');
  });

  test.each([
    ['a time', '2026-01-01T12:00:00Z', Date.UTC(2026, 0, 1, 12)],
    ['null', null, undefined],
    ['nothing', undefined, undefined],
    ['what is none', 'yesterday', undefined],
  ])('%s is read', (_, text, milliseconds) => {
    expect(parseTimestamp(text)).toBe(milliseconds);
  });
});

describe('a status in the cluster', () => {
  const parse = (found?: unknown) =>
    parseStatus(mirrored({ ...externalSecret(), ...(found === undefined ? {} : { status: found }) }));

  test('is read whole', () => {
    const full: ObjectStatus = {
      conditions: [ready()],
      refreshTime: '2026-01-01T00:00:00Z',
      syncedResourceVersion: '1-x',
      binding: { name: 'db' },
      capabilities: 'ReadWrite',
      externalSecretName: 'db',
      provisionedNamespaces: ['a', 'b'],
      failedNamespaces: [{ namespace: 'c', reason: 'why' }, { namespace: 'd' }],
    };

    expect(parse(full)).toEqual(full);
  });

  test.each([
    ['none', undefined, EMPTY_STATUS],
    ['an empty one', {}, EMPTY_STATUS],
    ['one that cannot be read', { refreshTime: 7 }, EMPTY_STATUS],
    ['no refresh yet', { refreshTime: null }, { conditions: [], refreshTime: null }],
    ['an empty binding', { binding: {} }, { conditions: [], binding: { name: '' } }],
    ['conditions of another type', { conditions: [{ type: 'Deleted', status: 'True' }, ready()] }, status()],
    [
      'a condition that says little',
      { conditions: [{ type: 'Ready', status: 'True' }] },
      status({ conditions: [{ type: 'Ready', status: 'True' }] }),
    ],
  ])('%s is taken as it is', (_, found, expected) => {
    expect(parse(found)).toEqual(expected);
  });
});
