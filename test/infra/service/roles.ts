import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { functionsOf } from './functions.ts';
import { oneOrMore, pointsTo, resourcesOf, type Template } from './synthesise.ts';

const statementSchema = z.object({
  Effect: z.string(),
  Action: oneOrMore(z.string()),
  Resource: oneOrMore(z.unknown()),
});

const roleSchema = z.object({
  AssumeRolePolicyDocument: z.unknown(),
  ManagedPolicyArns: z.optional(z.array(z.unknown())),
  Policies: z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(statementSchema) }) })),
});

const SECRET_FREE = ['OnSecretChangeRole', 'OnScheduleRole'];

export const describeRoles = (template: Template): void => {
  const roles = resourcesOf(template, 'AWS::IAM::Role', roleSchema).map(({ id, properties }) => {
    const statements = properties.Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    return { id, properties, statements, actions: statements.flatMap(({ Action }) => Action) };
  });
  const allowed = (action: string) =>
    roles
      .filter(({ actions }) => actions.includes(action))
      .map(({ id }) => id)
      .sort();

  test('each function has a role of its own, and no role is without a function', () => {
    const used = functionsOf(template).map(({ properties }) => pointsTo(properties.Role));

    expect(new Set(used).size).toBe(used.length);
    expect([...used].sort()).toEqual(roles.map(({ id }) => id).sort());
  });

  describe.each(roles)('$id', ({ properties, statements, actions }) => {
    test('is for Lambda alone, and is all written here', () => {
      expect(properties.AssumeRolePolicyDocument).toMatchObject({
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      });
      expect(properties.ManagedPolicyArns ?? []).toEqual([]);
    });

    test('allows nothing on everything', () => {
      expect(statements.flatMap(({ Resource }) => Resource).filter((resource) => resource === '*')).toEqual([]);
    });

    test('names each action', () => {
      expect(actions.filter((action) => action.includes('*'))).toEqual([]);
    });
  });

  test.each(SECRET_FREE)('%s can neither read secrets nor become somebody else', (id) => {
    const { actions = [] } = roles.find((role) => role.id === id) ?? {};

    expect(actions).not.toHaveLength(0);
    expect(actions.filter((action) => /^(secretsmanager|ssm|sts|kms|iam):/.test(action))).toEqual([]);
  });

  test.each(['sts:AssumeRole', 'sts:TagSession', 'secretsmanager:GetSecretValue'])(
    'only what speaks to clusters may %s',
    (action) => expect(allowed(action)).toEqual(['ReconcileRole', 'WatchClustersRole']),
  );

  test('secrets of the hub are read below its own path only', () => {
    const resources = roles.flatMap(({ statements }) =>
      statements
        .filter(({ Action }) => Action.includes('secretsmanager:GetSecretValue'))
        .flatMap(({ Resource }) => Resource),
    );

    for (const resource of resources)
      expect(resource).toEqual({ 'Fn::Sub': expect.stringMatching(/:secret:secretcast\/dev\/clusters\/\*$/) });
  });

  test('nothing here writes a secret or parameter, or deletes the table', () => {
    const actions = roles.flatMap((role) => role.actions);

    expect(
      actions.filter((action) => /:(PutSecretValue|CreateSecret|DeleteSecret|PutParameter|DeleteTable)$/.test(action)),
    ).toEqual([]);
  });
};
