import { describe, expect, test } from '@jest/globals';
import { formatRemoteKey } from '../../../src/domain/remote-key.ts';
import { parseSecretChange } from '../../../src/events/secret-change.ts';
import { ACCOUNT, queueSamples, readSample } from '../../support/event-samples.ts';
import { apiCall, eventBody, labelUpdated, parameterChanged } from './event-builders.ts';

/** The change a body says; fails the test when it is ignored. */
const change = (body: string) => {
  const parsed = parseSecretChange(body);
  if ('ignored' in parsed) throw new Error(`ignored: ${parsed.ignored}`);
  return { ...parsed, keys: parsed.keys.map(formatRemoteKey) };
};

const inRegion = (name: string, region = 'eu-west-1') => `${ACCOUNT}#${region}#secretsmanager#${name}`;

const ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret';

test.each(queueSamples)('$name says what is expected of it [EV1 EV3 EV4]', ({ body, outcome }) => {
  const parsed = parseSecretChange(body);

  if ('ignored' in outcome) return expect(parsed).toEqual(outcome);
  const { currentVersion, keys } = change(body);
  const located = outcome.keys.map((key) => `${ACCOUNT}#${key.replaceAll(' ', '#')}`);
  return expect({ keys, currentVersion }).toEqual({ keys: located, currentVersion: outcome.announces });
});

describe('a call names the secret', () => {
  test.each([
    ['by a plain name', { requestParameters: { secretId: 'app' } }, ['app']],
    [
      'by a name that looks like an ARN suffix, which is kept',
      { requestParameters: { secretId: 'app-abcdef' } },
      ['app-abcdef'],
    ],
    ['by a partial ARN', { requestParameters: { secretId: `${ARN}:app` } }, ['app']],
    [
      'by a partial ARN of a name that ends like a suffix',
      { requestParameters: { secretId: `${ARN}:app-abcdef` } },
      ['app', 'app-abcdef'],
    ],
    ['by arn', { responseElements: { arn: `${ARN}:app-Xy12Zz` } }, ['app', 'app-Xy12Zz']],
    ['by aRN, as before 2024', { responseElements: { aRN: `${ARN}:app-Xy12Zz` } }, ['app', 'app-Xy12Zz']],
    ['by ARN', { responseElements: { ARN: `${ARN}:app-Xy12Zz` } }, ['app', 'app-Xy12Zz']],
    ['by its rotation', { additionalEventData: { SecretId: `${ARN}:app-Xy12Zz` } }, ['app', 'app-Xy12Zz']],
    ['in the details of a service event', { serviceEventDetails: { secretId: 'app' } }, ['app']],
    [
      'in more than one place, each counted once',
      { requestParameters: { secretId: 'app' }, responseElements: { arn: `${ARN}:app-Xy12Zz` } },
      ['app', 'app-Xy12Zz'],
    ],
    [
      'beside members that are null',
      { requestParameters: null, responseElements: { arn: null }, serviceEventDetails: { secretId: 'app' } },
      ['app'],
    ],
    [
      'in its answer, where the request was too large to be recorded',
      { requestParameters: undefined, responseElements: { arn: `${ARN}:app-Xy12Zz` } },
      ['app', 'app-Xy12Zz'],
    ],
  ])('%s', (_, detail, names) => {
    expect(change(apiCall('PutSecretValue', detail)).keys).toEqual(names.map((name) => inRegion(name)));
  });

  test.each([
    ['another account', 'arn:aws:secretsmanager:eu-west-1:999988887777:secret:app'],
    ['another Region', 'arn:aws:secretsmanager:us-east-1:111122223333:secret:app'],
  ])('of %s by ARN, whose own account and Region tell themselves', (_, secretId) => {
    const call = apiCall('PutSecretValue', { requestParameters: { secretId } });

    expect(parseSecretChange(call)).toEqual({ ignored: 'the secret is of another account, which tells itself' });
  });

  test('of another account beside one of its own, which counts', () => {
    const requestParameters = { secretId: 'arn:aws:secretsmanager:eu-west-1:999988887777:secret:app' };
    const body = apiCall('PutSecretValue', { requestParameters, responseElements: { arn: `${ARN}:app` } });

    expect(change(body).keys).toEqual([inRegion('app')]);
  });

  test('as `name` only when it creates it', () => {
    const requestParameters = { name: 'app' };

    expect(change(apiCall('CreateSecret', { requestParameters })).keys).toEqual([inRegion('app')]);
    expect(() => parseSecretChange(apiCall('UpdateSecret', { requestParameters }))).toThrow('names no secret');
  });

  test('and the replicas it adds or removes, skipping what is no Region', () => {
    const added = { secretId: 'app', addReplicaRegions: [{ region: 'us-east-1' }, { kmsKeyId: 'k' }, null] };
    const removed = { secretId: 'app', removeReplicaRegions: ['us-east-1'] };
    const both = [inRegion('app'), inRegion('app', 'us-east-1')];

    expect(change(apiCall('ReplicateSecretToRegions', { requestParameters: added })).keys).toEqual(both);
    expect(change(apiCall('RemoveRegionsFromReplication', { requestParameters: removed })).keys).toEqual(both);
  });

  test.each([
    ['nothing', {}],
    ['a request too large to be recorded, without an answer', { requestParameters: undefined, responseElements: null }],
    ['ids that are no text', { requestParameters: { secretId: 7 }, additionalEventData: { SecretId: '' } }],
  ])('nowhere: %s, so somebody must look', (_, detail) => {
    expect(() => parseSecretChange(apiCall('PutSecretValue', detail))).toThrow(
      'event e-1 (aws.secretsmanager AWS API Call via CloudTrail) names no secret',
    );
  });
});

describe('a new current version is announced', () => {
  const token = { clientRequestToken: 'v-2' };
  const moved = { moveToVersionId: 'v-2' };

  test.each([
    ['by PutSecretValue', 'PutSecretValue', token],
    ['by one with more stages', 'PutSecretValue', { ...token, versionStages: ['AWSPENDING', 'AWSCURRENT'] }],
    ['by moving the stage', 'UpdateSecretVersionStage', { ...moved, versionStage: 'AWSCURRENT' }],
  ])('%s', (_, eventName, parameters) => {
    const body = apiCall(eventName, { requestParameters: { secretId: 'app', ...parameters } });

    expect(change(body).currentVersion).toBe('v-2');
  });

  test.each([
    ['of another stage [EV4]', 'PutSecretValue', { ...token, versionStages: ['blue'] }],
    ['without its id', 'PutSecretValue', {}],
    ['by moving another stage', 'UpdateSecretVersionStage', { ...moved, versionStage: 'blue' }],
    [
      'by taking the stage away',
      'UpdateSecretVersionStage',
      { removeFromVersionId: 'v-1', versionStage: 'AWSCURRENT' },
    ],
    ['by UpdateSecret, which may change a description only', 'UpdateSecret', token],
  ])('not %s', (_, eventName, parameters) => {
    const body = apiCall(eventName, { requestParameters: { secretId: 'app', ...parameters } });

    expect(change(body)).not.toHaveProperty('currentVersion');
  });
});

describe('an event is ignored', () => {
  test.each([
    [
      'of a kind nobody reads',
      eventBody({ source: 'aws.ec2', 'detail-type': 'State Change' }),
      'unknown kind of event: aws.ec2 State Change',
    ],
    [
      'of a kind named like a member of every object',
      eventBody({ source: '__proto__', 'detail-type': '' }),
      'unknown kind of event: __proto__ ',
    ],
    ['of a call that failed [EV2]', apiCall('PutSecretValue', { errorCode: 'AccessDenied' }), 'PutSecretValue failed'],
    ['of a call nobody knows', apiCall('DoNewThing', {}), 'DoNewThing changes nothing for readers'],
    [
      'of our own reads',
      apiCall('GetSecretValue', { requestParameters: { secretId: 'app' } }),
      'GetSecretValue changes nothing for readers',
    ],
  ])('%s', (_, body, ignored) => {
    expect(parseSecretChange(body)).toEqual({ ignored });
  });

  test('of an expiration that did not happen', () => {
    const detail = { 'parameter-name': '/a', 'policy-type': 'Expiration', 'action-status': 'Failed' };
    const body = eventBody({ source: 'aws.ssm', 'detail-type': 'Parameter Store Policy Action', detail });

    expect(parseSecretChange(body)).toEqual({ ignored: 'parameter policy Expiration changes no value' });
  });
});

describe('the same event', () => {
  test('has the same id however often it comes', () => {
    const body = readSample('sm-native-secret-label-updated-awscurrent');

    expect(change(body)).toEqual(change(body));
  });

  test('of CloudTrail is known by its own id, which every rule that matches it repeats', () => {
    expect(change(apiCall('PutSecretValue', { eventID: 'c-1', requestParameters: { secretId: 'app' } })).eventId).toBe(
      'c-1',
    );
    expect(change(apiCall('PutSecretValue', { requestParameters: { secretId: 'app' } })).eventId).toBe('e-1');
  });

  test('replayed from an archive is read as it was', () => {
    const { eventId, at } = change(labelUpdated({ 'replay-name': 'after-the-outage' }));

    expect({ eventId, at }).toEqual({ eventId: 'e-1', at: Date.parse('2026-10-05T09:00:02Z') });
  });
});

describe('a label event', () => {
  test('without its ARN is known by the name', () => {
    expect(change(labelUpdated({ resources: null })).keys).toEqual([inRegion('app')]);
    expect(change(labelUpdated({ resources: undefined })).keys).toEqual([inRegion('app')]);
  });
});

describe('a parameter', () => {
  test.each(['/prod/flags', 'flags'])('is known by its name as stored: %s', (name) => {
    expect(change(parameterChanged({ name, operation: 'Delete' })).keys).toEqual([`${ACCOUNT}#eu-west-1#ssm#${name}`]);
  });

  test('is looked at after an operation that is new', () => {
    const { keys, currentVersion } = change(parameterChanged({ name: '/a', operation: 'UnlabelParameterVersion' }));

    expect({ keys, currentVersion }).toEqual({ keys: [`${ACCOUNT}#eu-west-1#ssm#/a`], currentVersion: undefined });
  });
});

describe('every operation that a trail records', () => {
  const READ = [
    'CreateSecret',
    'PutSecretValue',
    'UpdateSecret',
    'UpdateSecretVersionStage',
    'DeleteSecret',
    'RestoreSecret',
    'TagResource',
    'UntagResource',
    'PutResourcePolicy',
    'DeleteResourcePolicy',
    'ReplicateSecretToRegions',
    'RemoveRegionsFromReplication',
    'StopReplicationToReplica',
    'RotationSucceeded',
    'EndSecretVersionDelete',
    'CancelSecretVersionDelete',
    'SecretVersionDeletion',
    'ReplicationSucceeded',
  ];
  const IGNORED = [
    'RotateSecret',
    'CancelRotateSecret',
    'RotationStarted',
    'RotationFailed',
    'RotationAbandoned',
    'TestRotationStarted',
    'TestRotationSucceeded',
    'TestRotationFailed',
    'StartSecretVersionDelete',
    'ReplicationStarted',
    'ReplicationFailed',
    'GetSecretValue',
    'BatchGetSecretValue',
    'DescribeSecret',
    'ListSecrets',
    'ListSecretVersionIds',
    'GetResourcePolicy',
    'GetRandomPassword',
    'ValidateResourcePolicy',
  ];
  const told = { requestParameters: { secretId: 'app' }, additionalEventData: { SecretId: `${ARN}:app-Xy12Zz` } };

  test.each(READ)('%s becomes remote keys [EV3]', (eventName) => {
    expect(change(apiCall(eventName, told)).keys).toContain(inRegion('app'));
  });

  test.each(IGNORED)('%s is ignored by its name [EV4]', (eventName) => {
    expect(parseSecretChange(apiCall(eventName, told))).toEqual({
      ignored: `${eventName} changes nothing for readers`,
    });
  });

  test.each(READ)('%s that failed is ignored [EV2]', (eventName) => {
    expect(parseSecretChange(apiCall(eventName, { ...told, errorCode: 'ThrottlingException' }))).toEqual({
      ignored: `${eventName} failed`,
    });
  });

  test('moving AWSPENDING is ignored, as putting a version there is [EV4]', () => {
    const moved = { requestParameters: { secretId: 'app', versionStage: 'AWSPENDING', moveToVersionId: 'v-2' } };

    expect(parseSecretChange(apiCall('UpdateSecretVersionStage', moved))).toEqual({
      ignored: 'UpdateSecretVersionStage of a pending version changes nothing for readers',
    });
  });
});

test('a name, a partial ARN and a full ARN of one secret meet in one key [EV5]', () => {
  const ids = ['app', `${ARN}:app`, `${ARN}:app-Xy12Zz`];

  for (const secretId of ids)
    expect(change(apiCall('PutSecretValue', { requestParameters: { secretId } })).keys).toContain(inRegion('app'));
  expect(change(labelUpdated({ resources: [`${ARN}:app-Xy12Zz`] })).keys).toContain(inRegion('app'));
});

describe('a version is mentioned, not announced', () => {
  const token = '4d383ea9-084a-49c9-8722-cbfb0f25c456';

  test.each([
    ['by UpdateSecret', 'UpdateSecret', { requestParameters: { secretId: 'app', clientRequestToken: token } }, token],
    ['by CreateSecret', 'CreateSecret', { requestParameters: { name: 'app', clientRequestToken: token } }, token],
    [
      'by a rotation, in the end of its request id',
      'RotationSucceeded',
      { additionalEventData: { SecretId: `${ARN}:app-Xy12Zz` }, requestID: `Rotation-${ARN}:app-Xy12Zz-${token}` },
      token,
    ],
    [
      'not by a rotation whose request id ends in something else',
      'RotationSucceeded',
      { additionalEventData: { SecretId: `${ARN}:app-Xy12Zz` }, requestID: token },
      undefined,
    ],
    [
      'not by a deletion',
      'DeleteSecret',
      { requestParameters: { secretId: 'app', clientRequestToken: token } },
      undefined,
    ],
  ])('%s', (_, ...[eventName, detail, mentions]) => {
    const parsed = change(apiCall(String(eventName), Object(detail)));

    expect(parsed.mentions).toBe(mentions);
    expect(parsed.currentVersion).toBeUndefined();
  });
});
