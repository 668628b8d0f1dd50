import { describe, expect, test } from '@jest/globals';
import { rolesIn, tooWide } from '../policies.ts';
import { resolveTemplate } from '../resolve-template.ts';
import { functionsOf } from './functions.ts';
import { pointsTo, type Template } from './synthesise.ts';

const SECRET_FREE = ['OnSecretChangeRole', 'OnScheduleRole'];

export const describeRoles = (template: Template): void => {
  const roles = rolesIn(resolveTemplate(template))
    .filter(({ id }) => id !== 'ReaderRole' && id !== 'WriterRole') // no function's: reader.ts, writer.ts
    .map((role) => ({ ...role, actions: role.statements.flatMap(({ Action }) => Action) }));
  const allowed = (action: string) =>
    roles
      .filter(({ actions }) => actions.includes(action))
      .map(({ id }) => id)
      .sort();

  test('each function has a role of its own, and no role but reader and writer is without a function', () => {
    const used = functionsOf(template).map(({ properties }) => pointsTo(properties.Role));

    expect(new Set(used).size).toBe(used.length);
    expect([...used].sort()).toEqual(roles.map(({ id }) => id).sort());
  });

  describe.each(roles)('$id', (role) => {
    test('is for Lambda alone, and is all written here', () => {
      expect(role.trust).toEqual([
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: ['sts:AssumeRole'] },
      ]);
      expect(role.managed).toEqual([]);
    });

    test('names each action, and the resources of each', () => {
      expect(tooWide(role)).toEqual([]);
      expect(role.statements.flatMap(({ Resource }) => Resource)).not.toContain('*');
    });
  });

  test.each(SECRET_FREE)('%s can neither read secrets nor become somebody else', (id) => {
    const { actions = [] } = roles.find((role) => role.id === id) ?? {};

    expect(actions).not.toHaveLength(0);
    expect(actions.filter((action) => /^(secretsmanager|ssm|sts|kms|iam):/.test(action))).toEqual([]);
  });

  test.each(['sts:AssumeRole', 'sts:TagSession', 'secretsmanager:GetSecretValue', 'eks:DescribeCluster'])(
    'only what speaks to clusters may %s',
    (action) => expect(allowed(action)).toEqual(['PushRole', 'ReconcileRole', 'WatchClustersRole']),
  );

  test('secrets of the hub are read below its own path only', () => {
    const resources = roles.flatMap(({ statements }) =>
      statements
        .filter(({ Action }) => Action.includes('secretsmanager:GetSecretValue'))
        .flatMap(({ Resource }) => Resource),
    );

    for (const resource of resources) expect(resource).toMatch(/:secret:secretcast\/dev\/clusters\/\*$/);
  });

  test('nothing here writes a secret or parameter, or deletes the table', () => {
    const actions = roles.flatMap((role) => role.actions);

    expect(
      actions.filter((action) => /:(PutSecretValue|CreateSecret|DeleteSecret|PutParameter|DeleteTable)$/.test(action)),
    ).toEqual([]);
  });
};
