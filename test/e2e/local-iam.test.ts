import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { type LocalAws, startLocalAws } from '../../local/aws/start-local-aws.ts';
import { type AccessKey, createProvider, type Provider } from './support/provider.ts';

/* What the local AWS evaluates of users' policies that its emulator does not. */

const ISSUER = 'https://oidc.iam.clusters.local';
const SUBJECT = 'system:serviceaccount:apps:reader';

let directory: string;
let aws: LocalAws;
let provider: Provider;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'secretcast-iam-'));
  aws = await startLocalAws({ directory, auth: true, log: () => undefined });
  provider = createProvider(aws);
  await provider.createSecret('apps/db', 'of apps', { team: 'apps' });
  await provider.createSecret('bank/db', 'of the bank', { team: 'bank' });
  for (const team of ['apps', 'bank']) {
    await provider.putParameter(`/${team}/db`, `of ${team}`);
    await provider.tagParameter(`/${team}/db`, { team });
  }
}, 120_000);

afterAll(async () => {
  provider?.close();
  await aws?.stop();
  await rm(directory, { recursive: true, force: true });
});

interface Keys extends AccessKey {
  readonly sessionToken?: string;
}

/** The value, or the name of the error. */
const told = (work: Promise<string | undefined>): Promise<string | undefined> =>
  work.catch((error: unknown) => (error instanceof Error ? error.name : String(error)));

const readSecret = (keys: Keys, SecretId: string) => {
  const client = new SecretsManagerClient({ endpoint: aws.endpoint, region: aws.region, credentials: keys });
  return told(client.send(new GetSecretValueCommand({ SecretId })).then(({ SecretString }) => SecretString));
};

const readParameter = (keys: Keys, Name: string) => {
  const client = new SSMClient({ endpoint: aws.endpoint, region: aws.region, credentials: keys });
  const command = new GetParameterCommand({ Name, WithDecryption: true });
  return told(client.send(command).then(({ Parameter }) => Parameter?.Value));
};

const sts = (credentials: Keys = aws.credentials) =>
  new STSClient({ endpoint: aws.endpoint, region: aws.region, credentials });

const assume = async (keys: Keys, RoleArn: string, tags: Readonly<Record<string, string>>): Promise<Keys> => {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  const { Credentials } = await sts(keys).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'x', Tags }));
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
};

describe('a policy by tag', () => {
  test.each(['secretsmanager:ResourceTag/team', 'aws:ResourceTag/team'])(
    'of secrets may be written with %s',
    async (key) => {
      const statement = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' } as const;
      const Condition = { StringEquals: { [key]: 'apps' } };
      const keys = await provider.createUser(`by-${key.split(':')[0]}`, [{ ...statement, Condition }]);

      expect(await readSecret(keys, 'apps/db')).toBe('of apps');
      expect(await readSecret(keys, 'bank/db')).toBe('AccessDeniedException');
    },
  );

  test('of parameters may be written with ssm:ResourceTag, which says nothing of secrets', async () => {
    const Condition = { StringEquals: { 'ssm:ResourceTag/team': 'apps' } };
    const Action = ['ssm:GetParameter', 'secretsmanager:GetSecretValue'];
    const keys = await provider.createUser('by-ssm', [{ Effect: 'Allow', Action, Resource: '*', Condition }]);

    expect(await readParameter(keys, '/apps/db')).toBe('of apps');
    expect(await readParameter(keys, '/bank/db')).toBe('AccessDeniedException');
    expect(await readSecret(keys, 'apps/db')).toBe('AccessDeniedException');
  });
});

describe('a policy by the tags of its session', () => {
  const read = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue' } as const;
  const OWN = '$' + '{aws:PrincipalTag/team}';

  test.each([
    ['in a resource', { ...read, Resource: `arn:aws:secretsmanager:*:*:secret:${OWN}/*` }],
    [
      'in a condition',
      { ...read, Resource: '*', Condition: { StringEquals: { 'secretsmanager:ResourceTag/team': OWN } } },
    ],
  ])('%s lets each read its own, and without a tag nothing', async (where, statement) => {
    const name = where.replaceAll(' ', '-');
    const role = await provider.createRole(name, [statement]);
    const keys = await provider.createUser(`assumes-${name}`, [
      { Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:TagSession'], Resource: role },
    ]);
    const [apps, nobody, all] = [
      await assume(keys, role, { team: 'apps' }),
      await assume(keys, role, {}),
      await assume(keys, role, { team: '*' }),
    ];

    expect(await readSecret(apps, 'apps/db')).toBe('of apps');
    expect(await readSecret(apps, 'bank/db')).toBe('AccessDeniedException');
    for (const session of [nobody, all]) expect(await readSecret(session, 'apps/db')).toBe('AccessDeniedException');
  });
});

describe('a user without any policy', () => {
  test('becomes a role of its account that names it, and none that names the account', async () => {
    const keys = await provider.createUser('bare', []);
    const Principal = { AWS: `arn:aws:iam::${aws.accountId}:user/bare` };
    const named = await provider.createTrustedRole('names-user', { Principal, Action: 'sts:AssumeRole' }, []);
    const unnamed = await provider.createRole('names-account', []);

    expect(await assume(keys, named, {})).toMatchObject({ sessionToken: expect.any(String) });
    await expect(assume(keys, unnamed, {})).rejects.toThrow('not authorized to perform: sts:AssumeRole');
  });

  test('becomes no role of another account, whatever that names', async () => {
    const other = createProvider(aws, '444455556666');
    const Principal = { AWS: `arn:aws:iam::${aws.accountId}:user/bare-abroad` };
    const foreign = await other.createTrustedRole('names-user', { Principal, Action: 'sts:AssumeRole' }, []);
    other.close();
    const keys = await provider.createUser('bare-abroad', []);

    await expect(assume(keys, foreign, {})).rejects.toThrow('not authorized to perform: sts:AssumeRole');
  });
});

describe('a web identity', () => {
  const token = (claims: Readonly<Record<string, unknown>> = {}) =>
    new SignJWT({ sub: SUBJECT, aud: ['sts.amazonaws.com'], iss: ISSUER, ...claims })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuedAt()
      .setExpirationTime('exp' in claims ? Number(claims['exp']) : '10m')
      .sign(Buffer.from('a key that nobody looks at, for its signature is not verified'));

  const assumeWith = async (
    claims?: Readonly<Record<string, unknown>>,
    RoleArn = role,
  ): Promise<string | undefined> => {
    const WebIdentityToken = await token(claims);
    const command = new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'x', WebIdentityToken });
    return told(
      sts()
        .send(command)
        .then(({ AssumedRoleUser }) => AssumedRoleUser?.Arn),
    );
  };

  let role: string;
  beforeAll(async () => {
    role = await provider.createWebIdentityRole('web', { issuer: ISSUER, subject: SUBJECT }, []);
  });

  test('of a provider, subject and audience that the role trusts is taken', async () => {
    expect(await assumeWith()).toBe(`arn:aws:sts::${aws.accountId}:assumed-role/web/x`);
  });

  test.each([
    [
      'of an issuer that is no provider of the account',
      { iss: 'https://elsewhere.example.com' },
      'InvalidIdentityTokenException',
    ],
    ['for an audience that the provider does not have', { aud: ['other'] }, 'InvalidIdentityTokenException'],
    ['that has ended', { exp: 1 }, 'ExpiredTokenException'],
    ['of another subject', { sub: 'system:serviceaccount:bank:reader' }, 'AccessDenied'],
  ])('%s is refused', async (_, claims, error) => {
    expect(await assumeWith(claims)).toBe(error);
  });

  test('of one account is nobody in another', async () => {
    const other = createProvider(aws, '444455556666');
    const trust = {
      Principal: { Federated: `arn:aws:iam::444455556666:oidc-provider/${ISSUER.replace('https://', '')}` },
      Action: 'sts:AssumeRoleWithWebIdentity',
    };
    const foreign = await other.createTrustedRole('web', trust, []);
    other.close();

    expect(await assumeWith({}, foreign)).toBe('InvalidIdentityTokenException');
  });
});
