import { describe, expect, test } from '@jest/globals';
import type { MirroredObject } from '../../../src/domain/mirrored-object.ts';
import { isServedStore, parseSecretStore } from '../../../src/domain/secret-store.ts';
import { parseValidStore, storeRefreshMilliseconds } from '../../../src/domain/validate-store.ts';
import { secretStore, staticAuth, storeObject } from '../../support/secret-store.ts';

describe('reading a store', () => {
  test('what is absent has the API’s defaults', () => {
    const store = secretStore();

    expect(store).toMatchObject({
      kind: 'SecretStore',
      namespace: 'team-a',
      name: 'aws',
      controller: '',
      conditions: [],
    });
    expect(store.aws).toEqual({
      service: 'SecretsManager',
      region: 'eu-central-1',
      role: '',
      additionalRoles: [],
      externalID: '',
      sessionTags: [],
      transitiveTagKeys: [],
      sessionTagsPolicy: 'None',
      customSessionTags: {},
      prefix: '',
    });
  });

  test('what is written is kept, and fields nobody knows are ignored', () => {
    const store = secretStore({
      kind: 'ClusterSecretStore',
      aws: { role: 'arn:r', prefix: 'app/', auth: staticAuth('keys'), fromTomorrow: 1 },
      spec: {
        controller: 'hub',
        conditions: [{ namespaces: ['myapp'] }, { namespaceSelector: { matchLabels: { team: 'a' } } }],
        refreshInterval: 60,
        retrySettings: { maxRetries: 5, retryInterval: '2s' },
        fromTomorrow: {},
      },
    });

    expect(store).toMatchObject({ kind: 'ClusterSecretStore', namespace: '', controller: 'hub', refreshInterval: 60 });
    expect(store.conditions).toHaveLength(2);
    expect(store.aws).toMatchObject({ role: 'arn:r', prefix: 'app/' });
    expect(store.aws.auth?.secretRef?.accessKeyIDSecretRef).toEqual({
      name: 'aws-keys',
      namespace: 'keys',
      key: 'access-key',
    });
  });

  test.each([
    ['a number for a text', { aws: { region: 7 } }, 'spec.provider.aws.region must be a string'],
    [
      'an unknown policy',
      { aws: { sessionTagsPolicy: 'All' } },
      'spec.provider.aws.sessionTagsPolicy must be one of None, Simple, Custom',
    ],
    [
      'a tag without value',
      { aws: { sessionTags: [{ key: 'a' }] } },
      'spec.provider.aws.sessionTags[0].value must be a string',
    ],
    [
      'half a retry',
      { spec: { retrySettings: { maxRetries: 1.5 } } },
      'spec.retrySettings.maxRetries must be a whole number',
    ],
    ['a list for an interval', { spec: { refreshInterval: [] } }, 'spec.refreshInterval is of the wrong type'],
    ['a text for a provider', { spec: { provider: { aws: 'x' } } }, 'spec.provider.aws must be an object'],
  ])('%s is refused by the name of its field', (_, change, message) => {
    expect(() => secretStore(change)).toThrow(expect.objectContaining({ name: 'InvalidSpecError', message }));
  });

  test('a store without a spec is refused', () => {
    const { spec: _, ...object } = storeObject();

    expect(() => parseSecretStore(object)).toThrow('spec must be an object');
  });

  test.each([
    ['none [ES93]', {}, 0],
    ['two [ES93]', { aws: {}, vault: {} }, 2],
  ])('a store must have one provider: %s', (_, provider, found) => {
    expect(() => secretStore({ spec: { provider } })).toThrow(
      `store error for aws: secret stores must only have exactly one backend specified, found ${found}`,
    );
  });

  test('another provider is named', () => {
    expect(() => secretStore({ spec: { provider: { vault: { server: 'x' } } } })).toThrow(
      expect.objectContaining({
        name: 'UnsupportedError',
        message: 'provider vault of store aws is not supported yet',
      }),
    );
  });

  test.each([
    ['no controller', undefined, true],
    ['our class', 'hub', true],
    ['another class', 'other', false],
  ])('a store with %s is told to be ours or not whatever else it holds', (_, controller, ours) => {
    expect(isServedStore({ spec: { controller, provider: { vault: 1 } } }, 'hub')).toBe(ours);
  });
});

describe('validating a store', () => {
  test.each([
    ['a plain one', {}],
    ['Parameter Store', { aws: { service: 'ParameterStore' } }],
    ['an unknown Region [AWS62]', { aws: { region: 'mars-north-1' } }],
    ['a FIPS pseudo-region [ES95]', { aws: { region: 'us-east-1-fips' } }],
    ['a FIPS pseudo-region written the other way [ES95]', { aws: { region: 'fips-us-east-1' } }],
    ['a recovery window of 7 days [AWS18]', { aws: { secretsManager: { recoveryWindowInDays: 7 } } }],
    ['a recovery window of 30 days [ES95 AWS18]', { aws: { secretsManager: { recoveryWindowInDays: 30 } } }],
    [
      'force alone, with an unset recovery window [ES95 AWS18]',
      { aws: { secretsManager: { recoveryWindowInDays: 0, forceDeleteWithoutRecovery: true } } },
    ],
    ['credentials of its own namespace, by name', { aws: { auth: staticAuth('team-a') } }],
    [
      'credentials of any namespace, for the cluster [AWS12]',
      { kind: 'ClusterSecretStore', aws: { auth: staticAuth('keys') } } as const,
    ],
  ])('%s is good', (_, change) => {
    expect(() => parseValidStore(storeObject(change))).not.toThrow();
  });

  const N = 'namespace should either be empty or match the namespace of the SecretStore for a namespaced SecretStore';
  const foreign = { name: 'x', namespace: 'team-b', key: 'k' };
  test.each([
    [
      'reserved session tags [AWS8]',
      { aws: { customSessionTags: { esoNamespace: 'x' } } },
      'customSessionTags cannot contain automatically injected reserved keys: esoNamespace, esoStoreName, esoStoreKind',
    ],
    [
      'an expression that does not compile [ES92]',
      { spec: { conditions: [{}, { namespaceRegexes: ['ok', '['] }] } },
      'failed to compile 1th namespace regex in 1th condition: error parsing regexp: missing closing ]: `[`',
    ],
    [
      'a negative interval [ES91]',
      { spec: { refreshInterval: -1 } },
      'invalid refreshInterval -1: must not be negative',
    ],
    [
      'a negative duration [ES91]',
      { spec: { refreshInterval: '-1s' } },
      'invalid refreshInterval "-1s": must not be negative',
    ],
    [
      'an interval without unit [ES91]',
      { spec: { refreshInterval: '10' } },
      'invalid refreshInterval "10": time: missing unit in duration "10"',
    ],
    [
      'an interval of a word [ES91]',
      { spec: { refreshInterval: 'nonsense' } },
      'invalid refreshInterval "nonsense": time: invalid duration "nonsense"',
    ],
    [
      'two expressions that do not compile, a line each [ES92]',
      { spec: { conditions: [{ namespaceRegexes: ['\\1', '['] }] } },
      [
        'failed to compile 0th namespace regex in 0th condition: error parsing regexp: invalid escape sequence: `\\1`',
        'failed to compile 1th namespace regex in 0th condition: error parsing regexp: missing closing ]: `[`',
      ].join('\n'),
    ],
    [
      'a retry interval that is none [AWS19]',
      { spec: { retrySettings: { retryInterval: 'Invalid' } } },
      'unable to initialize aws provider: time: invalid duration "Invalid"',
    ],
    [
      'a retry interval without unit',
      { spec: { retrySettings: { retryInterval: '10' } } },
      'unable to initialize aws provider: time: missing unit in duration "10"',
    ],
    ['an unknown service [AWS17]', { aws: { service: 'S3' } }, 'unknown AWS Provider Service: S3'],
    ['a Region that is no host name', { aws: { region: 'eu west' } }, 'region not found: eu west'],
    ['a Region that leads to another host', { aws: { region: 'x.example.com/' } }, 'region not found: x.example.com/'],
    [
      'a recovery window of 6 days [ES95 AWS18]',
      { aws: { secretsManager: { recoveryWindowInDays: 6 } } },
      'invalid DeleteSecretInput: RecoveryWindowInDays must be between 7 and 30 days',
    ],
    [
      'a recovery window of 31 days [ES95 AWS18]',
      { aws: { secretsManager: { recoveryWindowInDays: 31, forceDeleteWithoutRecovery: true } } },
      'invalid DeleteSecretInput: RecoveryWindowInDays must be between 7 and 30 days',
    ],
    [
      'a recovery window and none [ES95]',
      { aws: { secretsManager: { recoveryWindowInDays: 7, forceDeleteWithoutRecovery: true } } },
      'invalid DeleteSecretInput: ForceDeleteWithoutRecovery conflicts with RecoveryWindowInDays',
    ],
    [
      'a key id of another namespace [ES94 AWS11]',
      { aws: { auth: { secretRef: { accessKeyIDSecretRef: foreign, secretAccessKeySecretRef: foreign } } } },
      `invalid Auth.SecretRef.AccessKeyID: ${N}`,
    ],
    [
      'a secret key of another namespace [ES94 AWS11]',
      { aws: { auth: { secretRef: { secretAccessKeySecretRef: foreign } } } },
      `invalid Auth.SecretRef.SecretAccessKey: ${N}`,
    ],
    [
      'a token of another namespace [ES94 AWS11]',
      { aws: { auth: { secretRef: { sessionTokenSecretRef: foreign } } } },
      `invalid Auth.SecretRef.SessionToken: ${N}`,
    ],
    [
      'a service account of another namespace [ES94]',
      { aws: { auth: { jwt: { serviceAccountRef: foreign } } } },
      `invalid Auth.JWT.ServiceAccountRef: ${N}`,
    ],
  ])('%s is refused', (_, change, message) => {
    expect(() => parseValidStore(storeObject(change))).toThrow(
      expect.objectContaining({ name: 'InvalidSpecError', message }),
    );
  });

  test('jwt without a service account is refused', () => {
    expect(() => parseValidStore(storeObject({ aws: { auth: { jwt: {} } } }))).toThrow(
      'spec.provider.aws.auth.jwt.serviceAccountRef is missing',
    );
  });

  test('of several problems the first in order is told', () => {
    const change = (more: object = {}) =>
      storeObject({
        spec: { conditions: [{ namespaceRegexes: ['['] }], refreshInterval: -1, provider: {}, ...more },
      });
    const messageOf = (object: MirroredObject): string => {
      try {
        parseValidStore(object);
        return '';
      } catch (error) {
        return error instanceof Error ? error.message : '';
      }
    };

    expect(messageOf(change())).toMatch('failed to compile 0th namespace regex in 0th condition');
    expect(messageOf(change({ conditions: [] }))).toBe('invalid refreshInterval -1: must not be negative');
    expect(messageOf(change({ conditions: [], refreshInterval: 0 }))).toMatch('exactly one backend');
    expect(messageOf(storeObject({ aws: { service: 'S3', region: 'eu west' } }))).toMatch(
      'unknown AWS Provider Service',
    );
  });
});

test.each([
  ['seconds [ES91]', 300, 300_000],
  ['a duration [ES91]', '1h', 3_600_000],
  ['a shorter one [ES91]', '90s', 90_000],
  ['one of two units', '1h30m', 5_400_000],
  ['zero, which is unset [ES91]', 0, undefined],
  ['a duration of zero, which is unset', '0s', undefined],
  ['nothing [ES91]', undefined, undefined],
])('the refresh interval may be %s', (_, refreshInterval, milliseconds) => {
  expect(storeRefreshMilliseconds(secretStore({ spec: { refreshInterval } }))).toBe(milliseconds);
});
