import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Cause, MAX_OBJECTS_PER_MESSAGE, type ReconcileRequest } from '../../../src/domain/message.ts';
import { KINDS } from '../../../src/domain/object-ref.ts';
import { parseReconcileRequest, toReconcileBody } from '../../../src/events/reconcile-request.ts';

const cause: fc.Arbitrary<Cause> = fc.oneof(
  fc.record(
    { type: fc.constant('event' as const), eventId: fc.string(), versionId: fc.string() },
    { requiredKeys: ['type', 'eventId'] },
  ),
  fc.constantFrom<Cause>({ type: 'due' }, { type: 'feed' }, { type: 'store' }, { type: 'person' }),
);

const object = fc.record(
  {
    kind: fc.constantFrom(...KINDS),
    namespace: fc.string(),
    name: fc.string({ minLength: 1 }),
    uid: fc.string(),
    dueAt: fc.nat(),
    targetResourceVersion: fc.string(),
  },
  { requiredKeys: ['kind', 'namespace', 'name'] },
);

const request: fc.Arbitrary<ReconcileRequest> = fc.record(
  {
    cluster: fc.string({ minLength: 1 }),
    cause,
    traceId: fc.string(),
    objects: fc.array(object, { minLength: 1, maxLength: MAX_OBJECTS_PER_MESSAGE }),
    attempt: fc.nat(),
  },
  { requiredKeys: ['cluster', 'cause', 'traceId', 'objects'] },
);

const body = (overrides: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    schemaVersion: 1,
    cluster: 'one',
    cause: { type: 'due' },
    traceId: 't',
    objects: [{ kind: 'ExternalSecret', namespace: 'team-a', name: 'db' }],
    ...overrides,
  });

test('every request comes back from its body as it went', () => {
  fc.assert(fc.property(request, (sent) => expect(parseReconcileRequest(toReconcileBody(sent))).toEqual(sent)));
});

test('members that are new within a schema version are not read', () => {
  expect(parseReconcileRequest(body({ later: true }))).toEqual(parseReconcileRequest(body({})));
});

describe('a message is refused', () => {
  const tooMany = Array.from({ length: MAX_OBJECTS_PER_MESSAGE + 1 }, (_, index) => ({
    kind: 'ExternalSecret',
    namespace: 'team-a',
    name: `db-${index}`,
  }));

  test.each([
    ['of a later schema, naming both', { schemaVersion: 2 }, 'reconcile message has schemaVersion 2, understood: 1'],
    ['of a schema that is no number', { schemaVersion: '1' }, 'reconcile message has no schemaVersion'],
    ['for no cluster', { cluster: '' }, 'reconcile message is invalid at cluster'],
    ['for a cause nobody knows', { cause: { type: 'whim' } }, 'reconcile message is invalid at cause.type'],
    ['for more objects than one run can take', { objects: tooMany }, 'reconcile message is invalid at objects'],
    [
      'for an object without a name',
      { objects: [{ kind: 'SecretStore', namespace: 'a', name: '' }] },
      'reconcile message is invalid at objects.0.name',
    ],
  ])('%s', (_, overrides, message) => {
    expect(() => parseReconcileRequest(body(overrides))).toThrow(
      expect.objectContaining({ name: 'MalformedMessageError', message }),
    );
  });
});
