import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { deadLettersOf, HUB_QUEUES, HUB_RULES } from '../../src/domain/doctor/hub.ts';

const named = (file: string, member: string): readonly string[] =>
  [
    ...readFileSync(join(import.meta.dirname, '../../infra', file), 'utf8').matchAll(
      new RegExp(`^ +${member}: secretcast-\\$\\{sls:stage\\}-(\\S+)$`, 'gm'),
    ),
  ].map(([, name = '']) => name);

test('doctor looks at the rules that are deployed', () => {
  expect(HUB_RULES.map(({ suffix }) => suffix)).toEqual(named('rules.yml', 'Name'));
});

test('doctor looks at the queues that are deployed, and their dead letters', () => {
  expect(HUB_QUEUES.flatMap((queue) => [queue, deadLettersOf(queue)])).toEqual(named('queues.yml', 'QueueName'));
});
