import { describe, expect, test } from '@jest/globals';
import { ENVIRONMENT_VARIABLES, loadConfig } from '../../src/config.ts';
import { DEFAULT_WRITE_BUDGET } from '../../src/domain/push/write-budget.ts';

const CANARY = 'canary-7f3a';

const complete = {
  TABLE_NAME: 'secretcast-dev',
  RECONCILE_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/444455556666/secretcast-dev-reconcile',
  PUSH_QUEUE_URL: 'https://sqs.eu-west-1.amazonaws.com/444455556666/secretcast-dev-push',
  AWS_REGION: 'eu-west-1',
};

const failureOf = (environment: Readonly<Record<string, string | undefined>>): string => {
  try {
    loadConfig(environment);
    return '';
  } catch (error) {
    return String(error);
  }
};

describe('the environment', () => {
  test('that says only what it must gives the defaults', () => {
    expect(loadConfig(complete)).toEqual({
      tableName: 'secretcast-dev',
      reconcileQueueUrl: complete.RECONCILE_QUEUE_URL,
      pushQueueUrl: complete.PUSH_QUEUE_URL,
      region: 'eu-west-1',
      serviceRoles: [],
      endpoints: {
        secretsManager: undefined,
        ssm: undefined,
        acm: undefined,
        sts: undefined,
        ecr: undefined,
        ecrPublic: undefined,
      },
      watchHoldMilliseconds: 540_000,
      watchStopMilliseconds: 600_000,
      clusterDeadlineMilliseconds: 5_000,
      genericTargets: false,
      parameterRates: { reads: 40, describes: 3, writes: 3 },
      writeBudget: DEFAULT_WRITE_BUDGET,
    });
  });

  test('that says more gives what it says', () => {
    const endpoints = {
      AWS_SECRETSMANAGER_ENDPOINT: 'https://sm.example.com',
      AWS_SSM_ENDPOINT: 'https://ssm.example.com',
      AWS_ACM_ENDPOINT: 'https://acm.example.com',
      AWS_STS_ENDPOINT: 'https://sts.example.com',
      AWS_ECR_ENDPOINT: 'https://ecr.example.com',
      AWS_ECR_PUBLIC_ENDPOINT: 'https://public.ecr.example.com',
    };
    const seconds = {
      WATCH_HOLD_SECONDS: '10',
      WATCH_STOP_SECONDS: '20',
      CLUSTER_DEADLINE_SECONDS: '3',
      GENERIC_TARGETS: 'true',
    };

    expect(loadConfig({ ...complete, ...endpoints, ...seconds, HOME: '/root' })).toMatchObject({
      endpoints: {
        secretsManager: 'https://sm.example.com',
        ssm: 'https://ssm.example.com',
        acm: 'https://acm.example.com',
        sts: 'https://sts.example.com',
        ecr: 'https://ecr.example.com',
        ecrPublic: 'https://public.ecr.example.com',
      },
      watchHoldMilliseconds: 10_000,
      watchStopMilliseconds: 20_000,
      clusterDeadlineMilliseconds: 3_000,
      genericTargets: true,
    });
  });

  test('names the roles of the service', () => {
    const SERVICE_ROLES = 'arn:aws:iam::111122223333:role/one,arn:aws:iam::111122223333:role/two';

    expect(loadConfig({ ...complete, SERVICE_ROLES }).serviceRoles).toEqual([
      { account: '111122223333', name: 'one' },
      { account: '111122223333', name: 'two' },
    ]);
  });

  test('may leave an endpoint empty, which counts as not set', () => {
    expect(loadConfig({ ...complete, AWS_STS_ENDPOINT: '' }).endpoints.sts).toBeUndefined();
  });

  test.each(Object.keys(complete))('without %s is refused by its name', (name) => {
    expect(failureOf({ ...complete, [name]: undefined })).toContain(name);
    expect(failureOf({ ...complete, [name]: '' })).toContain(name);
  });

  test.each(ENVIRONMENT_VARIABLES.filter((name) => !(name in complete)))('with an impossible %s is refused', (name) => {
    const failure = failureOf({ ...complete, [name]: CANARY });

    expect(failure).toContain(name);
    expect(failure).not.toContain(CANARY);
  });

  test('is refused for all its faults at once', () => {
    const failure = failureOf({ WATCH_HOLD_SECONDS: '1.5' });

    for (const name of [...Object.keys(complete), 'WATCH_HOLD_SECONDS']) expect(failure).toContain(name);
  });
});
