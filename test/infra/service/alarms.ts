import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { ROOT } from '../read-crds.ts';
import { queuesOf } from './queues.ts';
import { pointsTo, resourcesOf, type Template } from './synthesise.ts';

const alarmSchema = z.object({
  AlarmName: z.string(),
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions: z.array(z.object({ Name: z.string(), Value: z.unknown() })),
  Threshold: z.number(),
  ComparisonOperator: z.string(),
  TreatMissingData: z.string(),
  AlarmDescription: z.string(),
  AlarmActions: z.unknown(),
});

export const describeAlarms = (template: Template): void => {
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm', alarmSchema).map(({ properties }) => properties);
  const watched = (metric: string) =>
    alarms
      .filter(({ Namespace, MetricName }) => Namespace === 'AWS/SQS' && MetricName === metric)
      .map(({ Dimensions }) => pointsTo(Dimensions[0]?.Value))
      .sort();
  const queues = queuesOf(template);

  test('each dead-letter queue raises an alarm by its first message', () => {
    const deadLetters = queues.flatMap(({ properties }) =>
      properties.RedrivePolicy === undefined ? [] : [pointsTo(properties.RedrivePolicy.deadLetterTargetArn)],
    );

    expect(watched('ApproximateNumberOfMessagesVisible')).toEqual(deadLetters.sort());
    for (const { MetricName, Threshold } of alarms)
      if (MetricName === 'ApproximateNumberOfMessagesVisible') expect(Threshold).toBe(0);
  });

  test('messages that wait raise an alarm, in every queue that feeds a function', () => {
    const feeding = queues.flatMap(({ id, properties }) => (properties.RedrivePolicy === undefined ? [] : [id]));

    expect(watched('ApproximateAgeOfOldestMessage')).toEqual(feeding.sort());
  });

  test('clusters not heard from raise an alarm, and so does a schedule that no longer runs', () => {
    expect(alarms.find(({ MetricName }) => MetricName === 'SilentClusters')).toMatchObject({
      Namespace: 'secretcast',
      Dimensions: [{ Name: 'service', Value: 'secretcast' }], // what the function publishes, and nothing more
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'breaching',
    });
  });

  test('each is explained to operators', () => {
    const explained = readFileSync(join(ROOT, 'docs/operate.md'), 'utf8').matchAll(/^\| `([a-z-]+)` \|/gm);
    const names = alarms.map(({ AlarmName }) => AlarmName.replace('secretcast-dev-', ''));

    expect([...explained].map(([, name]) => name).sort()).toEqual(names.sort());
  });

  test('all tell the topic, if there is one, and say what is wrong', () => {
    for (const { AlarmActions, AlarmDescription } of alarms) {
      expect(AlarmActions).toMatchObject({ 'Fn::If': ['HasAlarmTopic', expect.anything(), { Ref: 'AWS::NoValue' }] });
      expect(AlarmDescription).toMatch(/\.$/);
    }
    expect(template.Conditions).toHaveProperty('HasAlarmTopic');
  });
};
