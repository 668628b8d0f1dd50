import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { isAlias, parseDocument, visit } from 'yaml';
import * as z from 'zod/mini';
import { CHANGING_OPERATIONS } from '../../src/events/cloudtrail-secret-event.ts';
import { matchesPattern } from '../support/event-pattern.ts';
import { queueSamples } from '../support/event-samples.ts';
import { resource, terraformModule, terraformPolicy, terraformResources } from './member-account/terraform-policies.ts';
import { type Role, rolesIn, statement, tooWide } from './policies.ts';
import { ROOT, readYaml } from './read-crds.ts';
import { type Answers, resolveTemplate } from './resolve-template.ts';

const FILE = 'infra/member-account/template.yml';
const MEMBER = '444455556666';
const HUB_READER = 'arn:aws:iam::111122223333:role/secretcast-prod-reader';
const HUB_BUS = 'arn:aws:events:eu-west-1:111122223333:event-bus/secretcast-prod';

const template = readYaml(FILE);
const least = { 'AWS::AccountId': MEMBER, HubReaderRoleArn: HUB_READER, ExternalId: 'e-77' };
const everything = {
  ...least,
  SecretPrefixes: 'prod/,shared-',
  Namespaces: 'orders,team-*',
  HubEventBusArn: HUB_BUS,
  WriterPrincipalArn: 'arn:aws:iam::111122223333:role/pusher',
  WriterPrefixes: 'pushed/',
};

const deployed = (answers: Answers) => resolveTemplate(template, answers);
const role = (id: string, answers: Answers = everything): Role | undefined =>
  rolesIn(deployed(answers)).find((found) => found.id === id);
const unique = (texts: readonly string[] = []): readonly string[] => [...new Set(texts)];

const ruleSchema = z.object({ EventPattern: z.record(z.string(), z.unknown()), Targets: z.array(z.unknown()) });
const rulesOf = (answers: Answers) =>
  Object.entries(deployed(answers)).flatMap(([id, { Type, Properties }]) =>
    Type === 'AWS::Events::Rule' ? [{ id, ...z.parse(ruleSchema, Properties) }] : [],
  );

describe('the CloudFormation template', () => {
  test('is written without YAML aliases, which CloudFormation does not read', () => {
    const aliases: string[] = [];
    visit(parseDocument(readFileSync(join(ROOT, FILE), 'utf8')), (_, node) => {
      if (isAlias(node)) aliases.push(node.source);
    });

    expect(aliases).toEqual([]);
  });

  test('makes a reader alone when only the hub is named', () => {
    expect(Object.keys(deployed(least))).toEqual(['ReaderRole']);
  });

  test('makes no reader and no writer in further Regions', () => {
    expect(rolesIn(deployed({ ...everything, CreateRoles: 'no' })).map(({ id }) => id)).toEqual(['ForwardRole']);
  });

  test.each(rolesIn(deployed(everything)))('$id names each action, and resources wherever AWS takes them', (made) => {
    expect(tooWide(made)).toEqual([]);
    expect(made.managed).toEqual([]);
  });

  test('refuses a writer of everything', () => {
    const rules = z.parse(z.looseObject({ Rules: z.record(z.string(), z.unknown()) }), template).Rules;

    expect(rules).toHaveProperty('WriterIsBounded.Assertions.0.Assert', {
      'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'WriterPrefixes' }, ''] }],
    });
  });
});

describe('the reader', () => {
  test('trusts the reader of the hub, with the external id, and lets it tag its sessions', () => {
    expect(role('ReaderRole', least)?.trust).toEqual([
      {
        Effect: 'Allow',
        Principal: { AWS: HUB_READER },
        Action: ['sts:AssumeRole'],
        Condition: { StringEquals: { 'sts:ExternalId': 'e-77' } },
      },
      { Effect: 'Allow', Principal: { AWS: HUB_READER }, Action: ['sts:TagSession'] },
    ]);
  });

  test('is for sessions of the named namespaces, where some are named', () => {
    expect(role('ReaderRole')?.trust[0]?.Condition).toEqual({
      StringEquals: { 'sts:ExternalId': 'e-77' },
      StringLike: { 'aws:RequestTag/esoNamespace': ['orders', 'team-*'] },
    });
  });

  test('reads what begins with a prefix and is tagged, in every Region', () => {
    const { Resource, Condition } = statement(role('ReaderRole'), 'ReadSecrets');

    expect(unique(Resource)).toEqual([
      `arn:aws:secretsmanager:*:${MEMBER}:secret:prod/*`,
      `arn:aws:secretsmanager:*:${MEMBER}:secret:shared-*`,
    ]);
    expect(Condition).toEqual({ StringEquals: { 'aws:ResourceTag/external-secrets': 'true' } });
    expect(unique(statement(role('ReaderRole'), 'ReadParameters').Resource)).toEqual([
      `arn:aws:ssm:*:${MEMBER}:parameter/prod/*`,
      `arn:aws:ssm:*:${MEMBER}:parameter/shared-*`,
    ]);
  });

  test('asks for no tag where none is wanted', () => {
    const untagged = role('ReaderRole', { ...least, RequiredTag: 'none' });

    expect(statement(untagged, 'ReadSecrets')).not.toHaveProperty('Condition');
  });
});

describe('the writer', () => {
  test('trusts who is named, and writes below its own prefixes only', () => {
    const writer = role('WriterRole');
    const named = writer?.statements.filter(({ Sid }) => /(Secrets|Parameters)$/.test(Sid ?? '')) ?? [];

    expect(writer?.trust[0]?.Principal).toEqual({ AWS: everything.WriterPrincipalArn });
    expect(unique(named.flatMap(({ Resource }) => Resource))).toEqual([
      `arn:aws:secretsmanager:*:${MEMBER}:secret:pushed/*`,
      `arn:aws:ssm:*:${MEMBER}:parameter/pushed/*`,
    ]);
  });

  test.each(['CreateSecrets', 'CreateParameters'])('%s: what it makes is tagged as managed', (sid) => {
    expect(statement(role('WriterRole'), sid).Condition).toEqual({
      StringEquals: { 'aws:RequestTag/managed-by': 'external-secrets' },
    });
  });

  test.each(['ChangeOwnSecrets', 'ChangeOwnParameters'])('%s: it changes and deletes what it manages', (sid) => {
    expect(statement(role('WriterRole'), sid).Condition).toEqual({
      StringEquals: { 'aws:ResourceTag/managed-by': 'external-secrets' },
    });
  });

  test('may do what the writer of the hub may, statement by statement', () => {
    const asked = JSON.stringify(readYaml('infra/writer.yml')).replace(`\${param:writerRole}`, 'true');
    const hub = rolesIn(resolveTemplate(JSON.parse(asked))).find(({ id }) => id === 'WriterRole');
    const outline = (made: Role | undefined) =>
      made?.statements
        .filter(({ Sid }) => Sid !== 'NeverConnections' && Sid !== 'AssumeMemberRoles') // of the hub's account alone
        .map(({ Sid, Action, Condition = {} }) => [Sid, Action, Object.values(Condition).flatMap(Object.keys)]);

    expect(outline(role('WriterRole'))).toEqual(outline(hub));
  });
});

describe('events', () => {
  test("go to the hub's bus with a role that can do that alone", () => {
    expect(role('ForwardRole')?.statements).toEqual([
      { Sid: 'PutEvents', Effect: 'Allow', Action: ['events:PutEvents'], Resource: [HUB_BUS] },
    ]);
    for (const { Targets } of rulesOf(everything))
      expect(Targets).toEqual([{ Id: 'hub', Arn: HUB_BUS, RoleArn: 'ForwardRole.Arn' }]);
  });

  test.each(queueSamples.filter(({ outcome }) => 'keys' in outcome))('$name of the account goes, once', ({ body }) => {
    const sentFrom = (account: string) =>
      rulesOf(everything).filter(({ EventPattern }) => matchesPattern(EventPattern, { ...JSON.parse(body), account }));

    expect(sentFrom(MEMBER)).toHaveLength(1);
    expect(sentFrom('999988887777')).toHaveLength(0); // what another account sent here is not sent on
  });

  test('are those of the operations that the parser takes for changes', () => {
    const [names] = rulesOf(everything).flatMap(({ EventPattern }) => {
      const parsed = z.safeParse(z.looseObject({ eventName: z.array(z.string()) }), EventPattern['detail']);
      return parsed.success ? [parsed.data.eventName] : [];
    });

    expect([...(names ?? [])].sort()).toEqual([...CHANGING_OPERATIONS].sort());
  });
});

describe('the Terraform module says what the template says', () => {
  const outline = ({ Sid = '', Effect, Action, Condition = {} }: Partial<Role['statements'][number]>) => ({
    sid: Sid,
    effect: Effect,
    actions: Action,
    asks: Object.entries(Condition)
      .flatMap(([operator, keys]) => Object.keys(keys).map((key) => `${operator} ${key}`))
      .sort(),
  });

  test.each([
    ['reader', 'ReaderRole'],
    ['writer', 'WriterRole'],
    ['forward', 'ForwardRole'],
  ])('of the role %s', (name, id) => {
    const trust = z
      .parse(
        z.looseObject({
          AssumeRolePolicyDocument: z.looseObject({ Statement: z.array(z.looseObject({ Sid: z.string() })) }),
        }),
        deployed(everything)[id]?.['Properties'],
      )
      .AssumeRolePolicyDocument.Statement.map(({ Sid }) => Sid);
    const trusted = role(id)?.trust.map((one, index) => outline({ ...one, Sid: trust[index] ?? '' }));

    expect(terraformPolicy(name)).toEqual(role(id)?.statements.map(outline));
    expect(terraformPolicy(`${name}_trust`)).toEqual(trusted);
    expect(resource('aws_iam_role', name).attributes['name']).toBe(
      role(id)?.name.replace('eu-west-1', `\${data.aws_region.this.name}`),
    );
  });

  test.each([
    ['reader', 'ReadSecrets', `var.secret_prefixes : "\${local.secrets}\${prefix}*"`],
    ['reader', 'ReadParameters', `var.secret_prefixes : "\${local.parameters}\${prefix}*"`],
    ['writer', 'LookAtSecrets', `var.writer_prefixes : "\${local.secrets}\${prefix}*"`],
    ['writer', 'CreateSecrets', `var.writer_prefixes : "\${local.secrets}\${prefix}*"`],
    ['writer', 'ChangeOwnSecrets', `var.writer_prefixes : "\${local.secrets}\${prefix}*"`],
    ['writer', 'LookAtParameters', `var.writer_prefixes : "\${local.parameters}\${prefix}*"`],
    ['writer', 'CreateParameters', `var.writer_prefixes : "\${local.parameters}\${prefix}*"`],
    ['writer', 'ChangeOwnParameters', `var.writer_prefixes : "\${local.parameters}\${prefix}*"`],
  ])('%s: %s is bounded by prefixes', (policy, sid, names) => {
    expect(terraformResources(policy, sid)).toBe(`[ for prefix in ${names} ]`);
  });

  test('of names in ARNs', () => {
    const locals = terraformModule().find(({ type }) => type === 'locals')?.attributes;

    expect(locals).toMatchObject({
      secrets: `arn:\${local.partition}:secretsmanager:*:\${local.account}:secret:`,
      parameters: `arn:\${local.partition}:ssm:*:\${local.account}:parameter/`,
      certificates: `arn:\${local.partition}:acm:*:\${local.account}:certificate/*`,
      keys: `arn:\${local.partition}:kms:*:\${local.account}:key/*`,
    });
  });

  test.each([
    ['secret_label', 'SecretLabelRule'],
    ['secret_api', 'SecretApiRule'],
    ['parameter', 'ParameterRule'],
  ])('of the rule %s', (name, id) => {
    const { EventPattern } = rulesOf(everything).find((rule) => rule.id === id) ?? {};

    expect(resource('aws_cloudwatch_event_rule', name).attributes['event_pattern']).toEqual({
      ...EventPattern,
      account: ['local.account'],
    });
    expect(resource('aws_cloudwatch_event_target', name).attributes).toMatchObject({
      arn: 'var.hub_event_bus_arn',
      role_arn: 'aws_iam_role.forward [ 0 ] . arn',
    });
  });

  test('of parameters, and has one for each', () => {
    const parameters = Object.keys(
      z.parse(z.looseObject({ Parameters: z.record(z.string(), z.unknown()) }), template).Parameters,
    );
    const snake = (name: string) => name.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
    const variables = terraformModule().flatMap(({ type, labels }) => (type === 'variable' ? labels : []));

    expect(variables).toEqual(parameters.map(snake));
  });

  test('and uses no variable, local or resource that is not there', () => {
    const known = terraformModule().flatMap(({ type, labels, attributes }) => {
      if (type === 'variable') return labels.map((label) => `var.${label}`);
      if (type === 'locals') return Object.keys(attributes).map((name) => `local.${name}`);
      return type === 'data' ? [`data.${labels.join('.')}`] : [labels.join('.')];
    });
    const text = JSON.stringify(terraformModule());
    const used = text.match(/\b(?:var|local)\.\w+|\bdata\.aws_\w+\.\w+|(?<!data\.)\baws_\w+\.\w+(?=[ .[])/g) ?? [];

    expect(used.length).toBeGreaterThan(40);
    expect(unique(used).filter((name) => !known.includes(name))).toEqual([]);
  });
});

test("the example of a secret's policy lets the reader in, by the name the template gives it", () => {
  const policy: unknown = JSON.parse(readFileSync(join(ROOT, 'infra/member-account/secret-policy.json'), 'utf8'));

  expect(policy).toMatchObject({ Statement: [{ Effect: 'Deny', Condition: { ArnNotEquals: {} } }] });
  expect(JSON.stringify(policy)).toContain(`arn:aws:iam::${MEMBER}:role/${role('ReaderRole')?.name}`);
});
