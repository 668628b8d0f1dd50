import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';

const template = parse(await readFile(join(import.meta.dirname, '../../infra/table.yml'), 'utf8'));

test('the table is not lost with its stack, by mistake or by an accident', () => {
  expect(template.Resources.Table).toMatchObject({
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    },
  });
});

test('items expire by the attribute the adapters write', () => {
  expect(template.Resources.Table.Properties.TimeToLiveSpecification).toEqual({ AttributeName: 'ttl', Enabled: true });
});
