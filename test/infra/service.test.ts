import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { ROOT, readYaml } from './read-crds.ts';
import { describeAlarms } from './service/alarms.ts';
import { describeFunctions, WITH_ENDPOINTS } from './service/functions.ts';
import { describeQueues } from './service/queues.ts';
import { describeReader, WITH_MEMBER_ROLES, WITHOUT_READER } from './service/reader.ts';
import { describeRoles } from './service/roles.ts';
import { describeRules, WITH_ACCOUNTS, WITH_ORGANIZATION } from './service/rules.ts';
import { synthesise } from './service/synthesise.ts';
import { describeTableKeys } from './service/table-keys.ts';
import { describeWriter, WITH_WRITER } from './service/writer.ts';

const template = await synthesise();
const accounts = await synthesise({ ...WITH_ACCOUNTS, ...WITH_MEMBER_ROLES, ...WITH_WRITER, ...WITH_ENDPOINTS });
const organization = await synthesise({ ...WITH_ORGANIZATION, ...WITHOUT_READER });

describe('queues', () => describeQueues(template));
describe('functions', () => describeFunctions(template, accounts));
describe('roles', () => describeRoles(template));
describe('the reader', () => describeReader({ plain: template, narrowed: accounts, without: organization }));
describe('the writer', () => describeWriter({ plain: template, asked: accounts }));
describe('rules', () => describeRules({ plain: template, accounts, organization }));
describe('alarms', () => describeAlarms(template));
describe('table', () => describeTableKeys(template));

test('the framework is pinned to the minor version that is installed', () => {
  const { frameworkVersion } = z.parse(z.object({ frameworkVersion: z.string() }), readYaml('serverless.yml'));
  const installed: unknown = JSON.parse(readFileSync(join(ROOT, 'node_modules/osls/package.json'), 'utf8'));
  const { version } = z.parse(z.object({ version: z.string() }), installed);

  expect(frameworkVersion).toMatch(/^~\d+\.\d+\.\d+$/);
  expect(version.split('.').slice(0, 2)).toEqual(frameworkVersion.slice(1).split('.').slice(0, 2));
});
