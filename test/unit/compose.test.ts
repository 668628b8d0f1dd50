import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { composeOnSchedule } from '../../src/compose/on-schedule.ts';
import { composeOnSecretChange } from '../../src/compose/on-secret-change.ts';
import { composePush } from '../../src/compose/push.ts';
import { composeReconcile } from '../../src/compose/reconcile.ts';
import { composeWatchClusters } from '../../src/compose/watch-clusters.ts';
import { loadConfig } from '../../src/config.ts';

const ROOT = join(import.meta.dirname, '../..');

const config = loadConfig({
  TABLE_NAME: 'secretcast-test',
  RECONCILE_QUEUE_URL: 'http://127.0.0.1:1/queue',
  PUSH_QUEUE_URL: 'http://127.0.0.1:1/push',
  AWS_REGION: 'eu-west-1',
});

/** Nothing answers here: composing asks nobody. */
test.each([
  ['on-schedule', () => composeOnSchedule(config).findDue],
  ['on-secret-change', () => composeOnSecretChange(config).findAffected],
  ['push', () => composePush(config).push],
  ['reconcile', () => composeReconcile(config).reconcile],
  ['watch-clusters', () => composeWatchClusters(config).watchClusters],
])('%s is put together from its configuration alone', (_, compose) => {
  expect(compose()).toBeInstanceOf(Function);
});

test('each function is composed in a file of its name', () => {
  const composed = readdirSync(join(ROOT, 'src/compose'));

  expect(composed).toEqual(expect.arrayContaining(readdirSync(join(ROOT, 'functions'))));
});
