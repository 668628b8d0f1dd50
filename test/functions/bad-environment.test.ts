import { afterEach, expect, test } from '@jest/globals';

const complete = {
  TABLE_NAME: 'secretcast-test',
  RECONCILE_QUEUE_URL: 'http://127.0.0.1/queue',
  PUSH_QUEUE_URL: 'http://127.0.0.1/push',
  AWS_REGION: 'eu-west-1',
};
const before = { ...process.env };

afterEach(() => {
  process.env = { ...before };
});

const importers = {
  'on-secret-change': () => import('../../functions/on-secret-change.ts'),
  'on-schedule': () => import('../../functions/on-schedule.ts'),
  'watch-clusters': () => import('../../functions/watch-clusters.ts'),
  push: () => import('../../functions/push.ts'),
  reconcile: () => import('../../functions/reconcile.ts'),
};

test.each(Object.entries(importers))('%s fails at import and names every variable that is wrong', async (_, load) => {
  Object.assign(process.env, {
    ...complete,
    TABLE_NAME: '',
    AWS_STS_ENDPOINT: 'canary-7f3a',
    WATCH_STOP_SECONDS: 'soon',
  });
  delete process.env['RECONCILE_QUEUE_URL'];

  const failure: unknown = await load().catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(Error);
  for (const name of ['TABLE_NAME', 'RECONCILE_QUEUE_URL', 'AWS_STS_ENDPOINT', 'WATCH_STOP_SECONDS'])
    expect(String(failure)).toContain(name);
  expect(String(failure)).not.toMatch(/AWS_REGION|canary-7f3a/);
});
