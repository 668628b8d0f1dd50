import { describe, expect, test } from '@jest/globals';
import type { Cluster } from '../../../src/domain/cluster.ts';
import {
  refuseCredentials,
  refuseKey,
  refuseOwnRoles,
  refuseRoles,
  refuseService,
} from '../../../src/domain/identity-guard.ts';
import type { StoreLocation } from '../../../src/domain/remote-key.ts';
import { isSameRole, parseRoleArn } from '../../../src/domain/role-arn.ts';
import { hop, hubPlan, roleArn, staticPlan } from '../../support/identity-plan.ts';

type Identity = Cluster['identity'];

const limits = (identity: Partial<Identity> = {}) => ({
  name: 'pay',
  identity: { allowRoles: [], sessionTags: true, ...identity },
});
const ACCOUNT = '111122223333';
const MANAGER: StoreLocation = { account: ACCOUNT, region: 'eu-central-1', service: 'secretsmanager' };
const PARAMETERS: StoreLocation = { ...MANAGER, service: 'ssm' };

/** What a refusal says and is counted as; undefined when there is none. */
const refusalOf = (check: () => void): string | undefined => {
  try {
    check();
    return undefined;
  } catch (error) {
    return error instanceof Error && 'reason' in error ? `${error.reason}: ${error.message}` : String(error);
  }
};

describe('the ARN of a role', () => {
  test.each([
    ['in each partition', 'arn:aws-cn:iam::111122223333:role/x', 'x'],
    ['of the GovCloud', 'arn:aws-us-gov:iam::111122223333:role/x', 'x'],
    ['with a path', 'arn:aws:iam::111122223333:role/a/b/x', 'x'],
    ['with every character that a name may have', 'arn:aws:iam::111122223333:role/a_B+=,.@-1', 'a_B+=,.@-1'],
  ])('is read %s', (_, arn, name) => {
    expect(parseRoleArn(arn)).toEqual({ account: ACCOUNT, name });
  });

  test.each([
    ['a bare name', 'team-b'],
    ['nothing', ''],
    ['a star in the name', 'arn:aws:iam::111122223333:role/x*'],
    ['a star that is the name', 'arn:aws:iam::111122223333:role/*'],
    ['a question mark', 'arn:aws:iam::111122223333:role/x?'],
    ['an account of one digit', 'arn:aws:iam::1:role/x'],
    ['an account of thirteen', 'arn:aws:iam::1111222233334:role/x'],
    ['a star for the account', 'arn:aws:iam::*:role/x'],
    ['a Region', 'arn:aws:iam:eu-west-1:111122223333:role/x'],
    ['another partition', 'arn:other:iam::111122223333:role/x'],
    ['capital letters in what is fixed', 'ARN:AWS:IAM::111122223333:ROLE/x'],
    ['a user', 'arn:aws:iam::111122223333:user/x'],
    ['a session', 'arn:aws:sts::111122223333:assumed-role/x/y'],
    ['no name after the path', 'arn:aws:iam::111122223333:role/a/'],
    ['an empty step in the path', 'arn:aws:iam::111122223333:role//x'],
    ['an escape', 'arn:aws:iam::111122223333:role/a%2Fx'],
    ['a second ARN behind it', 'arn:aws:iam::111122223333:role/x,arn:aws:iam::111122223333:role/y:z'],
    ['a space before it', ' arn:aws:iam::111122223333:role/x'],
    ['a line end behind it', 'arn:aws:iam::111122223333:role/x\n'],
    ['a letter that only looks like one', 'arn:aws:iam::111122223333:role/аdmin'],
    ['a name that is too long', `arn:aws:iam::111122223333:role/${'x'.repeat(65)}`],
    ['a path without end', `arn:aws:iam::111122223333:role/${'x/'.repeat(100_000)}x`],
  ])('is not %s', (_, text) => {
    expect(parseRoleArn(text)).toBeUndefined();
    expect(refusalOf(() => refuseRoles(staticPlan().base, [hop('x', { roleArn: text })], limits()))).toMatch(
      'InvalidSpec: role',
    );
  });

  test.each([
    ['the case of its name', 'arn:aws:iam::111122223333:role/HUB', true],
    ['a path', 'arn:aws:iam::111122223333:role/any/hub', true],
    ['a partition', 'arn:aws-cn:iam::111122223333:role/hub', true],
    ['another account', 'arn:aws:iam::444455556666:role/hub', false],
    ['a longer name', 'arn:aws:iam::111122223333:role/hub-2', false],
  ])('names one role whatever %s says: %s, %s', (_, text, same) => {
    const other = parseRoleArn(text);

    expect(other && isSameRole({ account: ACCOUNT, name: 'hub' }, other)).toBe(same);
  });
});

describe('roles', () => {
  test('on a chain of the hub are refused with what is allowed', () => {
    const allowRoles = ['arn:aws:iam::*:role/pay-*', 'arn:aws:iam::*:role/shared'];

    expect(refusalOf(() => refuseRoles(hubPlan('d').base, [hop('pay-a'), hop('other')], limits({ allowRoles })))).toBe(
      `RoleNotAllowed: stores of cluster "pay" may not use role ${roleArn('other')}; allowed: arn:aws:iam::*:role/pay-*, arn:aws:iam::*:role/shared`,
    );
  });

  test.each(['arn:aws:iam::111122223333:role/pay-x/admin', 'arn:aws:iam::111122223333:role/a/pay-x'])(
    'with a path are not those that a pattern without one means: %s',
    (text) => {
      const allowRoles = ['arn:aws:iam::*:role/pay-*'];

      expect(
        refusalOf(() => refuseRoles(hubPlan('d').base, [hop('x', { roleArn: text })], limits({ allowRoles }))),
      ).toMatch('RoleNotAllowed');
    },
  );

  test('on the tenant’s own chain are its own affair', () => {
    expect(refusalOf(() => refuseRoles(staticPlan().base, [hop('other')], limits()))).toBeUndefined();
  });

  test.each([roleArn('hub'), 'arn:aws:iam::111122223333:role/x/HUB'])(
    'of the service are refused, though a pattern allows all: %s',
    (named) => {
      const own = [{ account: ACCOUNT, name: 'hub' }];

      expect(refusalOf(() => refuseOwnRoles([roleArn('a'), named], own, limits({ allowRoles: ['*'] })))).toBe(
        `RoleNotAllowed: stores of cluster "pay" may not use role ${named}, which is the service's own; allowed: *`,
      );
      expect(refusalOf(() => refuseOwnRoles([roleArn('a')], own, limits()))).toBeUndefined();
    },
  );
});

describe('services', () => {
  test.each([
    ['are all allowed when none is named', undefined, undefined],
    ['that are named are allowed', ['ssm', 'secretsmanager'], undefined],
    [
      'that are not are refused',
      ['ssm'],
      'ServiceNotAllowed: stores of cluster "pay" may not use service secretsmanager; allowed: ssm',
    ],
  ])('%s', (_, allowServices, refusal) => {
    const given = limits(allowServices === undefined ? {} : { allowServices });

    expect(refusalOf(() => refuseService('secretsmanager', given))).toBe(refusal);
  });
});

describe('credentials', () => {
  const bases = [
    staticPlan().base,
    { type: 'service-account', namespace: 'team-a', name: 'x', audiences: [] },
    { type: 'static', accessKeyId: at('ours'), secretAccessKey: at('ours'), sessionToken: at('team-a') },
  ] as const;

  test.each(bases)('of a namespace that the registration leaves out are refused: $type', (base) => {
    expect(refusalOf(() => refuseCredentials(base, { name: 'pay', namespaces: ['ours', 'other'] }))).toBe(
      'NamespaceNotAllowed: stores of cluster "pay" may not take credentials from namespace team-a; allowed: ours, other',
    );
    expect(refusalOf(() => refuseCredentials(base, { name: 'pay', namespaces: [] }))).toBeUndefined();
    expect(refusalOf(() => refuseCredentials(base, { name: 'pay', namespaces: ['team-a', 'ours'] }))).toBeUndefined();
  });

  test('of the hub are in no namespace', () => {
    expect(
      refusalOf(() => refuseCredentials(hubPlan('d').base, { name: 'pay', namespaces: ['ours'] })),
    ).toBeUndefined();
  });

  function at(namespace: string) {
    return { namespace, name: 'n', key: 'k' };
  }
});

describe('keys', () => {
  const manager = (name: string, account = ACCOUNT, region = 'eu-central-1') =>
    `arn:aws:secretsmanager:${region}:${account}:secret:${name}`;
  const parameter = (path: string, account = ACCOUNT) => `arn:aws:ssm:eu-central-1:${account}:parameter${path}`;

  /** A key and where the store reads it. */
  type Asked = readonly [string, StoreLocation];
  const refusal = (key: string, location: StoreLocation, identity: Partial<Identity>) =>
    refusalOf(() => refuseKey(key, location, limits(identity)));

  test.each<[string, Asked, readonly string[]]>([
    ['the name itself', ['pay', MANAGER], ['pay']],
    ['a name below', ['pay/db', MANAGER], ['other/', 'pay/']],
    ['the full ARN of one', [manager('pay/db-AbCdEf'), MANAGER], ['pay/']],
    ['an ARN where an ARN says', [manager('pay/db', '444455556666'), MANAGER], [manager('pay/', '444455556666')]],
    ['a parameter', ['/pay/url:3', PARAMETERS], ['/pay/']],
    ['the ARN of a parameter', [parameter('/pay/url'), PARAMETERS], ['/pay/']],
    ['a secret through Parameter Store', ['/aws/reference/secretsmanager/pay/db', PARAMETERS], ['pay/']],
  ])('that begin as the registration says are allowed: %s', (_, [key, location], allowKeys) => {
    expect(refusal(key, location, { allowKeys })).toBeUndefined();
  });

  test.each<[string, Asked, readonly string[]]>([
    ['another name', ['hr/db', MANAGER], ['pay/']],
    ['a name that has it further on', ['hr/pay/db', MANAGER], ['pay/']],
    ['a name that lacks the end of it', ['pay', MANAGER], ['pay/']],
    ['its case', ['Pay/db', MANAGER], ['pay/']],
    ['nothing', ['', MANAGER], ['pay/']],
    ['no prefix at all', ['pay/db', MANAGER], []],
    ['an ARN of another name', [manager('hr/db-AbCdEf'), MANAGER], ['pay/']],
    ['an ARN of another account', [manager('pay/db-AbCdEf', '444455556666'), MANAGER], ['pay/']],
    ['an ARN of another Region', [manager('pay/db-AbCdEf', ACCOUNT, 'us-east-1'), MANAGER], ['pay/']],
    ['an ARN of the other service', [parameter('/pay/db'), MANAGER], ['/pay/']],
    ['a name where an ARN says another account', ['pay/db', MANAGER], [manager('pay/', '444455556666')]],
    ['an ARN whose shorter reading is outside', [manager('pay/db-AbCdEf'), MANAGER], ['pay/db-A']],
    [
      'an ARN that only AWS may understand',
      ['arn:aws:secretsmanager:EU-WEST-1:111122223333:secret:hr', MANAGER],
      ['a'],
    ],
    ['an ARN in capitals', ['ARN:aws:secretsmanager:eu-central-1:111122223333:secret:hr', MANAGER], ['ARN']],
    ['a parameter without the slash', ['pay/url', PARAMETERS], ['/pay/']],
    ['a secret through Parameter Store', ['/aws/reference/secretsmanager/hr/db', PARAMETERS], ['/aws/', 'pay/']],
    ['the same by ARN', [parameter('/aws/reference/secretsmanager/hr/db'), PARAMETERS], ['/aws/', 'pay/']],
    ['the same in capitals', ['/AWS/Reference/SecretsManager/hr/db', PARAMETERS], ['/AWS/', 'pay/']],
  ])('that begin otherwise are refused: %s', (_, [key, location], allowKeys) => {
    expect(refusal(key, location, { allowKeys })).toBe(
      `KeyNotAllowed: stores of cluster "pay" may not read key ${key}; allowed: ${allowKeys.map((it) => `${it}*`).join(', ') || 'none'}`,
    );
  });

  test.each(['/aws/reference/secretsmanager/db', 'aws/reference/secretsmanager/db'])(
    'by which Parameter Store would read Secrets Manager need both services: %s',
    (key) => {
      expect(refusal(key, PARAMETERS, { allowServices: ['ssm'] })).toBe(
        'ServiceNotAllowed: stores of cluster "pay" may not use service secretsmanager; allowed: ssm',
      );
      expect(refusal(key, PARAMETERS, { allowServices: ['ssm', 'secretsmanager'] })).toBeUndefined();
      expect(refusal('/aws/service/ami', PARAMETERS, { allowServices: ['ssm'] })).toBeUndefined();
    },
  );

  test.each<[string, string, StoreLocation]>([
    ['by name', 'secretcast/prod/clusters/blue', MANAGER],
    ['of another stage', 'secretcast/dev/clusters/blue', MANAGER],
    ['by ARN', manager('secretcast/prod/clusters/blue-AbCdEf'), MANAGER],
    [
      'by an ARN that only AWS may understand',
      'ARN:aws:secretsmanager:x:1:secret:secretcast/prod/clusters/blue',
      MANAGER,
    ],
    ['through Parameter Store', '/aws/reference/secretsmanager/secretcast/prod/clusters/blue', PARAMETERS],
    ['by ARN from Parameter Store', manager('secretcast/prod/clusters/blue'), PARAMETERS],
  ])('that open clusters are refused though any may be read: %s', (_, key, location) => {
    expect(refusal(key, location, {})).toBe(
      `KeyNotAllowed: stores of cluster "pay" may not read key ${key}, which is the service's own; allowed: *`,
    );
    expect(refusal(key, location, { allowKeys: ['secretcast/'] })).toContain("which is the service's own");
  });

  test('are all allowed when the registration names none', () => {
    expect(refusal(manager('hr', '444455556666'), MANAGER, {})).toBeUndefined();
  });
});
