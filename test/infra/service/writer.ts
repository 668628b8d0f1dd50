import { expect, test } from '@jest/globals';
import { pushActions } from '../../../src/domain/push/push-actions.ts';
import { rolesIn, statement, tooWide } from '../policies.ts';
import { resolveTemplate } from '../resolve-template.ts';
import type { Template } from './synthesise.ts';

export const WITH_WRITER = {
  writerRole: 'true',
  writerPrefixes: 'pushed/,app-',
  writerMemberRoles: 'arn:aws:iam::*:role/secretcast-member-writer',
};

export interface WriterDeploys {
  readonly plain: Template;
  /** {@link WITH_WRITER} */
  readonly asked: Template;
}

const writerIn = (template: Template) => rolesIn(resolveTemplate(template)).find(({ id }) => id === 'WriterRole');

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)];

const SECRETS = [
  'arn:aws:secretsmanager:eu-west-1:111122223333:secret:pushed/*',
  'arn:aws:secretsmanager:eu-west-1:111122223333:secret:app-*',
];
const PARAMETERS = [
  'arn:aws:ssm:eu-west-1:111122223333:parameter/pushed/*',
  'arn:aws:ssm:eu-west-1:111122223333:parameter/app-*',
];

export const describeWriter = ({ plain, asked }: WriterDeploys): void => {
  const writer = writerIn(asked);

  test('is there only when it is asked for, and its ARN is an output then', () => {
    expect(writerIn(plain)).toBeUndefined();
    expect(asked.Outputs).toHaveProperty('WriterRoleArn.Condition', 'HasWriter');
  });

  test('can be assumed by the role of push, with session tags, and by nobody else', () => {
    expect(writer?.trust).toEqual([
      { Effect: 'Allow', Principal: { AWS: 'PushRole.Arn' }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
    ]);
    expect(writer?.managed).toEqual([]);
  });

  test.each(['secretsmanager', 'ssm', 'acm'] as const)(
    'may do with %s what the writers do, and nothing else',
    (service) => {
      const own = new RegExp(`^(${service}|tag|kms):`);
      const granted = writer?.statements.flatMap(({ Effect, Action }) => (Effect === 'Allow' ? Action : [])) ?? [];
      const used = pushActions(service);

      expect(used.filter((action) => !granted.includes(action))).toEqual([]);
      expect(granted.filter((action) => action.startsWith(`${service}:`) && !used.includes(action))).toEqual([]);
      expect(used.filter((action) => !own.test(action))).toEqual([]);
    },
  );

  test('names each action, and resources wherever AWS takes them', () => {
    expect(writer && tooWide(writer)).toEqual([]);
  });

  test.each([
    ['LookAtSecrets', SECRETS],
    ['CreateSecrets', SECRETS],
    ['ChangeOwnSecrets', SECRETS],
    ['LookAtParameters', PARAMETERS],
    ['CreateParameters', PARAMETERS],
    ['ChangeOwnParameters', PARAMETERS],
  ])('%s: is bounded by the prefixes', (sid, resources) => {
    expect(unique(statement(writer, sid).Resource)).toEqual(resources);
  });

  test.each(['CreateSecrets', 'CreateParameters'])('%s: what it makes is tagged as managed', (sid) => {
    expect(statement(writer, sid).Condition).toEqual({
      StringEquals: { 'aws:RequestTag/managed-by': 'external-secrets' },
    });
  });

  test.each(['ChangeOwnSecrets', 'ChangeOwnParameters'])('%s: it changes and deletes what is managed', (sid) => {
    expect(statement(writer, sid).Condition).toEqual({
      StringEquals: { 'aws:ResourceTag/managed-by': 'external-secrets' },
    });
  });

  test('of anything else below its prefixes it may see whether it is there', () => {
    const unconditioned = writer?.statements.filter(
      ({ Effect, Condition, Resource }) => Effect === 'Allow' && Condition === undefined && !Resource.includes('*'),
    );

    expect(unconditioned?.flatMap(({ Action }) => Action)).toEqual([
      'secretsmanager:DescribeSecret',
      'secretsmanager:GetSecretValue',
      'ssm:GetParameter',
      'ssm:ListTagsForResource',
      'sts:AssumeRole', // of the accounts that are named
      'sts:TagSession',
    ]);
  });

  test('certificates, which have no names, are bounded by the tag that holds the remote key', () => {
    const keys = ['pushed/*', 'app-*', 'pushed/*'];

    expect(statement(writer, 'ImportCertificates').Condition).toEqual({
      StringEquals: { 'aws:RequestTag/managed-by': 'external-secrets' },
      StringLike: { 'aws:RequestTag/external-secrets-remote-key': keys },
    });
    expect(statement(writer, 'ChangeOwnCertificates').Condition).toEqual({
      StringEquals: { 'aws:ResourceTag/managed-by': 'external-secrets' },
      StringLike: { 'aws:ResourceTag/external-secrets-remote-key': keys },
    });
  });

  test("never touches a cluster's token, whatever prefix and tag say", () => {
    expect(statement(writer, 'NeverConnections')).toEqual({
      Sid: 'NeverConnections',
      Effect: 'Deny',
      Action: ['secretsmanager:*'],
      Resource: ['arn:aws:secretsmanager:*:111122223333:secret:secretcast/*/clusters/*'],
    });
  });

  test('encrypts through the two services only', () => {
    expect(statement(writer, 'EncryptThroughStores')).toMatchObject({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Condition: {
        StringEquals: { 'kms:ViaService': ['secretsmanager.eu-west-1.amazonaws.com', 'ssm.eu-west-1.amazonaws.com'] },
      },
    });
  });

  test('becomes somebody in another account only where that is asked for', () => {
    expect(statement(writer, 'AssumeMemberRoles')).toMatchObject({
      Action: ['sts:AssumeRole', 'sts:TagSession'],
      Resource: [WITH_WRITER.writerMemberRoles],
    });
  });
};
