import { ACCOUNT } from '../../support/event-samples.ts';

type Members = Readonly<Record<string, unknown>>;

/** The body of a message that holds an EventBridge event. */
export const eventBody = (overrides: Members = {}): string =>
  JSON.stringify({
    version: '0',
    id: 'e-1',
    source: 'aws.secretsmanager',
    'detail-type': 'Secret Label Updated',
    account: ACCOUNT,
    region: 'eu-west-1',
    time: '2026-10-05T09:00:02Z',
    resources: [],
    detail: {},
    ...overrides,
  });

export const labelUpdated = (overrides: Members = {}): string =>
  eventBody({ detail: { name: 'app', labelUpdated: 'AWSCURRENT', versionId: 'v-2' }, ...overrides });

export const apiCall = (eventName: string, detail: Members): string =>
  eventBody({
    'detail-type': 'AWS API Call via CloudTrail',
    detail: { eventSource: 'secretsmanager.amazonaws.com', eventName, ...detail },
  });

export const parameterChanged = (detail: Members): string =>
  eventBody({ source: 'aws.ssm', 'detail-type': 'Parameter Store Change', detail });
