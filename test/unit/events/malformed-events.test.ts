import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MalformedMessageError } from '../../../src/events/malformed-message.ts';
import { parseReconcileRequest } from '../../../src/events/reconcile-request.ts';
import { parseSecretChange } from '../../../src/events/secret-change.ts';
import { queueSamples } from '../../support/event-samples.ts';
import { apiCall, eventBody, labelUpdated, parameterChanged } from './event-builders.ts';

const CANARY = 'canary-7f3a';

const failureOf = (parse: () => unknown): unknown => {
  try {
    parse();
    return undefined;
  } catch (error) {
    return error;
  }
};

describe('a malformed event is refused without quoting it', () => {
  test.each([
    ['text', CANARY, 'event is not JSON'],
    ['broken JSON', `{"a": "${CANARY}`, 'event is not JSON'],
    ['nothing', '', 'event is not JSON'],
    ['a list', `["${CANARY}"]`, 'event is invalid at the whole'],
    ['no detail', eventBody({ detail: CANARY }), 'event is invalid at detail'],
    ['an account that is none', eventBody({ account: CANARY }), 'event is invalid at account'],
    ['several at once', eventBody({ account: CANARY, resources: CANARY }), 'event is invalid at account, resources'],
    ['no time', labelUpdated({ time: CANARY }), 'event e-1 has no valid time'],
    [
      'a label event without a version',
      eventBody({ detail: { name: CANARY, labelUpdated: 'AWSCURRENT' } }),
      'event e-1 (Secret Label Updated) is invalid at versionId of its detail',
    ],
    [
      'a call of another service',
      apiCall('PutSecretValue', { eventSource: CANARY }),
      'event e-1 (CloudTrail) is invalid at eventSource of its detail',
    ],
    [
      'a call whose parameters are text',
      apiCall('PutSecretValue', { requestParameters: CANARY }),
      'event e-1 (CloudTrail) is invalid at requestParameters of its detail',
    ],
    [
      'a parameter without a name',
      parameterChanged({ name: '', operation: CANARY }),
      'event e-1 (Parameter Store Change) is invalid at name of its detail',
    ],
    [
      'a policy without a parameter',
      eventBody({ source: 'aws.ssm', 'detail-type': 'Parameter Store Policy Action', detail: { a: CANARY } }),
      'event e-1 (Parameter Store Policy Action) is invalid at parameter-name, policy-type of its detail',
    ],
  ])('%s', (_, body, message) => {
    const failure = failureOf(() => parseSecretChange(body));

    expect(failure).toBeInstanceOf(MalformedMessageError);
    expect(failure).toMatchObject({ message });
    expect(failure).not.toHaveProperty('cause');
  });
});

describe('an event that speaks for somebody else is refused [EV2]', () => {
  const resource = (rest: string) => ({ resources: [`arn:aws:${rest}`] });
  const label = 'Secret Label Updated';
  const trail = 'AWS API Call via CloudTrail';
  const call = { requestParameters: { secretId: 'app' } };

  test.each([
    [
      "another account's secret",
      labelUpdated(resource('secretsmanager:eu-west-1:999988887777:secret:app-a1B2c3')),
      label,
    ],
    [
      'a secret of another Region',
      labelUpdated(resource('secretsmanager:us-east-1:111122223333:secret:app-a1B2c3')),
      label,
    ],
    [
      "another account's secret after one of its own",
      labelUpdated({
        resources: [
          'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app-a1B2c3',
          'arn:aws:secretsmanager:eu-west-1:999988887777:secret:app-a1B2c3',
        ],
      }),
      label,
    ],
    [
      "another account's parameter",
      eventBody({
        source: 'aws.ssm',
        'detail-type': 'Parameter Store Change',
        detail: { name: '/app', operation: 'Update' },
        ...resource('ssm:eu-west-1:999988887777:parameter/app'),
      }),
      'Parameter Store Change',
    ],
    [
      "another account's expired parameter",
      eventBody({
        source: 'aws.ssm',
        'detail-type': 'Parameter Store Policy Action',
        detail: { 'parameter-name': '/app', 'policy-type': 'Expiration', 'action-status': 'Success' },
        ...resource('ssm:eu-west-1:999988887777:parameter/app'),
      }),
      'Parameter Store Policy Action',
    ],
    ["another account's trail", apiCall('PutSecretValue', { ...call, recipientAccountId: '999988887777' }), trail],
    ["another Region's trail", apiCall('PutSecretValue', { ...call, awsRegion: 'us-east-1' }), trail],
    ['a trail of no account', apiCall('PutSecretValue', { ...call, recipientAccountId: 7 }), trail],
  ])('%s', (_, body, kind) => {
    const failure = failureOf(() => parseSecretChange(body));

    expect(failure).toBeInstanceOf(MalformedMessageError);
    expect(failure).toMatchObject({
      message: `event e-1 (${kind}) speaks of another account or Region than its sender's`,
    });
  });

  test('and one whose account is another than in each sample that was recorded', () => {
    const forged = queueSamples
      .filter(({ outcome }) => 'keys' in outcome)
      .map(({ name, body }) => ({ name, body: JSON.stringify({ ...JSON.parse(body), account: '999988887777' }) }));

    const believed = forged.filter(({ body }) => !(failureOf(() => parseSecretChange(body)) instanceof Error));

    expect(believed.map(({ name }) => name)).toEqual([]);
  });

  test('but not what names no place', () => {
    expect(parseSecretChange(labelUpdated({ resources: ['app'] }))).toHaveProperty('keys');
  });
});

/** Paths of members inside a value, so that a property can spoil any of them. */
const pathsOf = (value: unknown): readonly (readonly string[])[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, member]) => [[key], ...pathsOf(member).map((path) => [key, ...path])]);

const spoil = (value: unknown, [first, ...rest]: readonly string[], by: unknown): unknown => {
  if (first === undefined) return by;
  if (typeof value !== 'object' || value === null) return value;
  return { ...value, [first]: spoil(Reflect.get(value, first), rest, by) };
};

/** A sample with one member replaced by anything. */
const spoiledSample = fc
  .constantFrom(...queueSamples.map(({ body }): unknown => JSON.parse(body)))
  .chain((event) => fc.tuple(fc.constant(event), fc.constantFrom(...pathsOf(event)), fc.jsonValue()))
  .map(([event, path, by]) => JSON.stringify(spoil(event, path, by)));

const anyBody = fc.oneof(fc.json(), fc.string(), spoiledSample);

const isFineOrMalformed = (parse: (body: string) => unknown) => (body: string) => {
  const failure = failureOf(() => parse(body));
  return failure === undefined || failure instanceof MalformedMessageError;
};

describe('whatever arrives', () => {
  test('an event is read, ignored or malformed, never a crash', () => {
    fc.assert(fc.property(anyBody, isFineOrMalformed(parseSecretChange)), { numRuns: 1_000 });
  });

  test('a change names at least one key, and each key once', () => {
    const property = fc.property(spoiledSample, (body) => {
      let parsed: ReturnType<typeof parseSecretChange>;
      try {
        parsed = parseSecretChange(body);
      } catch {
        return true;
      }
      if ('ignored' in parsed) return true;
      const keys = parsed.keys.map((key) => JSON.stringify(key));
      return keys.length > 0 && new Set(keys).size === keys.length && Number.isFinite(parsed.at);
    });

    fc.assert(property, { numRuns: 500 });
  });

  test('a request is read or malformed, never a crash', () => {
    const almost = fc.record({
      schemaVersion: fc.constantFrom(1, 2, '1'),
      cluster: fc.jsonValue(),
      cause: fc.jsonValue(),
      objects: fc.jsonValue(),
    });
    const body = fc.oneof(
      anyBody,
      almost.map((message) => JSON.stringify(message)),
    );

    fc.assert(fc.property(body, isFineOrMalformed(parseReconcileRequest)), { numRuns: 1_000 });
  });
});
