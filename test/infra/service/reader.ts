import { expect, test } from '@jest/globals';
import { rolesIn, type Statement, statement, tooWide } from '../policies.ts';
import { resolveTemplate } from '../resolve-template.ts';
import type { Template } from './synthesise.ts';

export const WITHOUT_READER = { readerRole: 'false' };
export const WITH_MEMBER_ROLES = {
  readerPrefixes: 'prod/,shared-',
  readerTag: 'none',
  memberRoles: 'arn:aws:iam::*:role/secretcast-member-*',
};

export interface ReaderDeploys {
  readonly plain: Template;
  /** {@link WITH_MEMBER_ROLES} */
  readonly narrowed: Template;
  /** {@link WITHOUT_READER} */
  readonly without: Template;
}

const readerIn = (template: Template) => rolesIn(resolveTemplate(template)).find(({ id }) => id === 'ReaderRole');

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

export const describeReader = ({ plain, narrowed, without }: ReaderDeploys): void => {
  const reader = readerIn(plain);
  const narrow = readerIn(narrowed);

  test('can be assumed by the role of reconcile, with session tags, and by nobody else', () => {
    expect(reader?.trust).toEqual([
      { Effect: 'Allow', Principal: { AWS: 'ReconcileRole.Arn' }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
    ]);
    expect(reader?.managed).toEqual([]);
  });

  test.each([
    ['by default', reader],
    ['narrowed', narrow],
  ])('names each action, and resources wherever AWS takes them: %s', (_, role) => {
    expect(role && tooWide(role)).toEqual([]);
  });

  test.each(['ReadSecrets', 'ReadParameters'])('by default %s takes the tag of the guides', (sid) => {
    expect(statement(reader, sid).Condition).toEqual({ StringEquals: { 'aws:ResourceTag/external-secrets': 'true' } });
  });

  test('by default it reads names of all kinds, in its own account and Region', () => {
    expect(unique(statement(reader, 'ReadSecrets').Resource)).toEqual([
      'arn:aws:secretsmanager:eu-west-1:111122223333:secret:*',
    ]);
    expect(unique(statement(reader, 'ReadParameters').Resource)).toEqual([
      'arn:aws:ssm:eu-west-1:111122223333:parameter/*',
    ]);
  });

  test('with prefixes it reads what begins with one of them', () => {
    expect(unique(statement(narrow, 'ReadSecrets').Resource)).toEqual([
      'arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/*',
      'arn:aws:secretsmanager:eu-west-1:111122223333:secret:shared-*',
    ]);
    for (const sid of ['ReadParameters', 'ReadParametersByPath'])
      expect(unique(statement(narrow, sid).Resource)).toEqual([
        'arn:aws:ssm:eu-west-1:111122223333:parameter/prod/*',
        'arn:aws:ssm:eu-west-1:111122223333:parameter/shared-*',
      ]);
  });

  test('with `none` no tag is asked for', () => {
    expect(statement(narrow, 'ReadSecrets')).not.toHaveProperty('Condition');
  });

  test('paths, whose parameters come whatever their tags are, are read only where no tag is asked for', () => {
    expect(reader?.statements.flatMap(({ Action }) => Action)).not.toContain('ssm:GetParametersByPath');
  });

  test('decrypts through the two services only', () => {
    const { Action, Condition }: Statement = statement(reader, 'DecryptThroughStores');

    expect(Action).toEqual(['kms:Decrypt']);
    expect(Condition).toEqual({
      StringEquals: { 'kms:ViaService': ['secretsmanager.eu-west-1.amazonaws.com', 'ssm.eu-west-1.amazonaws.com'] },
    });
  });

  test("never reads a cluster's token, whatever prefix and tag say", () => {
    expect(statement(reader, 'NeverConnections')).toEqual({
      Sid: 'NeverConnections',
      Effect: 'Deny',
      Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
      Resource: ['arn:aws:secretsmanager:*:111122223333:secret:secretcast/*/clusters/*'],
    });
  });

  test('becomes somebody in another account only where that is asked for', () => {
    expect(reader?.statements.flatMap(({ Action }) => Action)).not.toContain('sts:AssumeRole');
    expect(statement(narrow, 'AssumeMemberRoles')).toMatchObject({
      Action: ['sts:AssumeRole', 'sts:TagSession'],
      Resource: [WITH_MEMBER_ROLES.memberRoles],
    });
  });

  test('writes nothing', () => {
    const writes = /:(Put|Create|Update|Delete|Tag|Untag|Restore|Add|Remove|Label)/;
    const actions = narrow?.statements.flatMap(({ Action }) => Action) ?? [];

    expect(actions.filter((action) => action !== 'sts:TagSession' && writes.test(action))).toEqual([]);
  });

  test('its ARN is an output, and there is neither when it is turned off', () => {
    expect(plain.Outputs).toHaveProperty('ReaderRoleArn.Condition', 'HasReader');
    expect(readerIn(without)).toBeUndefined();
  });
};
