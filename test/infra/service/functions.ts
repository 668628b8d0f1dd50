import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { ENVIRONMENT_VARIABLES, loadConfig } from '../../../src/config.ts';
import { ROOT } from '../read-crds.ts';
import { pointsTo, resourcesOf, type Template } from './synthesise.ts';

const functionSchema = z.object({
  FunctionName: z.string(),
  Handler: z.string(),
  Runtime: z.string(),
  Architectures: z.array(z.string()),
  Timeout: z.number(),
  MemorySize: z.number(),
  Role: z.unknown(),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
});

const logGroupSchema = z.object({ LogGroupName: z.string(), RetentionInDays: z.number() });

const ruleSchema = z.object({
  ScheduleExpression: z.optional(z.string()),
  State: z.optional(z.string()),
  Targets: z.array(z.object({ Arn: z.unknown() })),
});

export const functionsOf = (template: Template) => resourcesOf(template, 'AWS::Lambda::Function', functionSchema);

/** Read by Node and by Powertools themselves. */
const OTHER_VARIABLES = ['NODE_OPTIONS', 'POWERTOOLS_LOG_LEVEL'];

/** A function's variables with references as some text, and what Lambda itself sets. */
const environmentOf = (variables: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> => ({
  AWS_REGION: 'eu-west-1',
  ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, pointsTo(value)])),
});

const shortName = (functionName: string): string => functionName.replace('secretcast-dev-', '');

const ENDPOINTS = [
  ['secretsManagerEndpoint', 'AWS_SECRETSMANAGER_ENDPOINT'],
  ['ssmEndpoint', 'AWS_SSM_ENDPOINT'],
  ['stsEndpoint', 'AWS_STS_ENDPOINT'],
  ['acmEndpoint', 'AWS_ACM_ENDPOINT'],
  ['taggingEndpoint', 'AWS_RESOURCE_GROUPS_TAGGING_API_ENDPOINT'],
  ['ecrEndpoint', 'AWS_ECR_ENDPOINT'],
  ['ecrPublicEndpoint', 'AWS_ECR_PUBLIC_ENDPOINT'],
] as const;

export const WITH_ENDPOINTS: Readonly<Record<string, string>> = Object.fromEntries(
  ENDPOINTS.map(([name]) => [name, `https://${name.toLowerCase()}.example.com`]),
);

export const describeFunctions = (template: Template, withEndpoints: Template): void => {
  const functions = functionsOf(template).map(({ id, properties }) => ({
    id,
    name: shortName(properties.FunctionName),
    properties,
  }));
  const byName = new Map(functions.map(({ name, properties }) => [name, properties]));

  test('each file of functions/ is deployed, and nothing else', () => {
    const files = readdirSync(join(ROOT, 'functions')).map((file) => file.replace('.ts', ''));

    expect([...byName.keys()].sort()).toEqual(files.sort());
  });

  describe.each(functions)('$name', ({ name, properties }) => {
    test('runs on Node 24 on Arm', () => {
      expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    });

    test('starts its own bundle', () => {
      expect(properties.Handler).toBe(`dist/${name}/index.handler`);
    });

    test('finds everything it needs in its environment', () => {
      expect(() => loadConfig(environmentOf(properties.Environment.Variables))).not.toThrow();
    });

    test('has no variable that nobody reads', () => {
      const known = [...ENVIRONMENT_VARIABLES, ...OTHER_VARIABLES];

      expect(Object.keys(properties.Environment.Variables).filter((variable) => !known.includes(variable))).toEqual([]);
    });

    test('logs into a group of its own that does not grow for ever', () => {
      const groups = resourcesOf(template, 'AWS::Logs::LogGroup', logGroupSchema);
      const own = groups.filter(
        ({ properties: { LogGroupName } }) => LogGroupName === `/aws/lambda/${properties.FunctionName}`,
      );

      expect(own).toHaveLength(1);
      expect(own[0]?.properties.RetentionInDays).toBeGreaterThan(0);
    });
  });

  test.each(['push', 'reconcile', 'watch-clusters'])('%s can be told where STS is', (name) => {
    expect(byName.get(name)?.Environment.Variables).toHaveProperty('AWS_STS_ENDPOINT');
  });

  test.each(
    ENDPOINTS.flatMap(([name, variable]) =>
      // Only what is written has to be searched for by its tags.
      (name === 'taggingEndpoint' ? ['push'] : ['push', 'reconcile']).map((one) => [name, variable, one] as const),
    ),
  )('the parameter %s says where the service is that %s of %s names, and is empty else', (name, variable, one) => {
    const variables = (of: Template) =>
      functionsOf(of).find(({ properties }) => shortName(properties.FunctionName) === one)?.properties.Environment
        .Variables;

    expect(variables(template)?.[variable]).toBe('');
    expect(variables(withEndpoints)?.[variable]).toBe(WITH_ENDPOINTS[name]);
  });

  test.each(['push', 'reconcile'])('%s knows the role of each function, which no store may name', (one) => {
    const { Environment } = byName.get(one) ?? {};

    const { serviceRoles } = loadConfig(environmentOf(Environment?.Variables ?? {}));

    expect(serviceRoles.map(({ name }) => name).sort()).toEqual(
      [...byName.keys()].map((it) => `secretcast-dev-${it}`).sort(),
    );
  });

  test('the feed has time to hand over after its last second of holding', () => {
    const { Timeout = 0, Environment } = byName.get('watch-clusters') ?? {};
    const { watchHoldMilliseconds, watchStopMilliseconds } = loadConfig(environmentOf(Environment?.Variables ?? {}));

    expect(watchHoldMilliseconds).toBeLessThan(watchStopMilliseconds);
    expect(watchStopMilliseconds + 30_000).toBeLessThanOrEqual(Timeout * 1_000);
    expect(Timeout).toBeLessThanOrEqual(900);
  });

  test.each(['on-schedule', 'watch-clusters'])('%s runs each minute', (name) => {
    const id = functions.find((one) => one.name === name)?.id;
    const rules = resourcesOf(template, 'AWS::Events::Rule', ruleSchema).filter(({ properties }) =>
      properties.Targets.some(({ Arn }) => pointsTo(Arn) === id),
    );

    expect(rules.map(({ properties: { ScheduleExpression, State } }) => ({ ScheduleExpression, State }))).toEqual([
      { ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' },
    ]);
  });
};
