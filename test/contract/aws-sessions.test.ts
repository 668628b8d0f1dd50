import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ClosableSecretReaders, createSecretReaders } from '../../src/adapters/aws/secret-readers.ts';
import type { WebIdentity } from '../../src/app/ports/secret-reader.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';
import { ClusterForbiddenError } from '../../src/domain/sync-error.ts';
import { type AwsRequest, type AwsServer, startAwsServer } from '../support/aws-server.ts';
import { KNOWN_ACCOUNT, KNOWN_KEYS, stsError } from '../support/aws-server-sts.ts';
import { hop, hubPlan, roleArn, staticPlan } from '../support/identity-plan.ts';

let server: AwsServer;
let readers: ClosableSecretReaders;
let now: number;

beforeEach(async () => {
  server = await startAwsServer();
  now = Date.now();
  const { url } = server;
  readers = createSecretReaders({
    endpoints: { secretsManager: url, ssm: url, sts: url },
    hubCredentials: { accessKeyId: 'AKIAHUB', secretAccessKey: 'not-checked' },
    now: () => now,
  });
  server.manager.put('prod/db', { text: 'x' });
});

afterEach(async () => {
  readers.close();
  await server.stop();
});

const sent = (target: string): readonly AwsRequest[] => server.requests.filter((request) => request.target === target);
const assumed = (): readonly AwsRequest[] => sent('STS.AssumeRole');
const signers = (requests: readonly AwsRequest[]): readonly string[] =>
  requests.map(({ signer }) => server.sts.identityOf(signer));
const DB = { key: 'prod/db', version: '' };

test('static keys without a role sign the read themselves, and are asked for their account once [AWS2]', async () => {
  const first = await readers.open(staticPlan(), KNOWN_KEYS);
  await readers.open(staticPlan(), KNOWN_KEYS);
  await first.read(DB);

  expect(first.location.account).toBe(KNOWN_ACCOUNT);
  expect(sent('STS.GetCallerIdentity')).toHaveLength(1);
  expect(assumed()).toHaveLength(0);
  expect(signers(sent('secretsmanager.GetSecretValue'))).toEqual([KNOWN_KEYS.accessKeyId]);
});

test('a role on static keys is assumed by exactly its ARN, and its session signs the read [AWS3]', async () => {
  const reader = await readers.open(staticPlan({ hops: [hop('app')] }), KNOWN_KEYS);
  await reader.read(DB);

  expect(assumed().map(({ input }) => input['RoleArn'])).toEqual([roleArn('app')]);
  expect(assumed()[0]?.signer).toBe(KNOWN_KEYS.accessKeyId);
  expect(signers(sent('secretsmanager.GetSecretValue'))).toEqual([roleArn('app')]);
});

test('roles are assumed in order, each signed by the session before it [AWS4]', async () => {
  await readers.open(hubPlan('default', { hops: [hop('one'), hop('two'), hop('last')] }), undefined);

  expect(assumed().map(({ input }) => input['RoleArn'])).toEqual(
    ['default', 'one', 'two', 'last'].map((n) => roleArn(n)),
  );
  expect(signers(assumed())).toEqual(['AKIAHUB', roleArn('default'), roleArn('one'), roleArn('two')]);
});

test('two additional roles and a role on static keys are three calls, each signed by the session before it [AWS4]', async () => {
  await readers.open(staticPlan({ hops: [hop('one'), hop('two'), hop('last')] }), KNOWN_KEYS);

  expect(assumed().map(({ input }) => input['RoleArn'])).toEqual(['one', 'two', 'last'].map((n) => roleArn(n)));
  expect(signers(assumed())).toEqual([KNOWN_KEYS.accessKeyId, roleArn('one'), roleArn('two')]);
});

test('keys with a session token sign with it, and no session of theirs is shared with the keys alone', async () => {
  const temporary = { ...KNOWN_KEYS, sessionToken: 'of a person' };

  const reader = await readers.open(staticPlan(), temporary);
  await readers.open(staticPlan(), KNOWN_KEYS);
  await reader.read(DB);

  const tokens = ({ sessionToken }: AwsRequest) => sessionToken;
  expect(sent('STS.GetCallerIdentity').map(tokens)).toEqual(['of a person', undefined]);
  expect(sent('secretsmanager.GetSecretValue').map(tokens)).toEqual(['of a person']);
});

test('external id and tags go with the hop that has them, and an empty list of tags is not sent [AWS5]', async () => {
  const last = hop('last', {
    externalId: 'ext-1',
    sessionTags: [{ key: 'team', value: 'a' }],
    transitiveTagKeys: ['team'],
  });

  await readers.open(hubPlan('default', { hops: [last] }), undefined);

  const [first, second] = assumed().map(({ input }) => Object.keys(input).filter((key) => /Tag|External/.test(key)));
  expect(first).toEqual([]);
  expect(second).toEqual(expect.arrayContaining(['ExternalId', 'Tags.member.1.Key', 'TransitiveTagKeys.member.1']));
});

test('every session is asked for 900 seconds under the name secretcast', async () => {
  await readers.open(hubPlan('default', { hops: [hop('app')] }), undefined);

  expect(assumed().map(({ input }) => [input['DurationSeconds'], input['RoleSessionName']])).toEqual([
    ['900', 'secretcast'],
    ['900', 'secretcast'],
  ]);
});

describe('a service account', () => {
  const SERVICE_ACCOUNT = { type: 'service-account', namespace: 'team-a', name: 'app', audiences: [] } as const;
  const account = (change: Partial<WebIdentity> = {}): WebIdentity => ({
    roleArn: roleArn('irsa'),
    subject: 'payments/team-a/app/uid-1',
    audiences: ['sts.amazonaws.com'],
    token: async () => SecretValue.fromText('the-token'),
    ...change,
  });
  const exchanged = (): readonly AwsRequest[] => sent('STS.AssumeRoleWithWebIdentity');

  test('gets the session of its role for its token, in a call that nobody signs', async () => {
    const reader = await readers.open(staticPlan({ base: SERVICE_ACCOUNT }), account());
    await reader.read(DB);

    expect(exchanged().map(({ signer, input }) => ({ signer, ...input }))).toEqual([
      {
        signer: '',
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: roleArn('irsa'),
        RoleSessionName: 'external-secrets-provider-aws',
        WebIdentityToken: 'the-token',
      },
    ]);
    expect(signers(sent('secretsmanager.GetSecretValue'))).toEqual([roleArn('irsa')]);
    expect(reader.location.account).toBe('111122223333');
  });

  test('begins a chain: the session of its role assumes the store’s, and is shared by all chains of the account', async () => {
    const plan = staticPlan({ base: SERVICE_ACCOUNT, hops: [hop('app', { roleArn: roleArn('app', '444455556666') })] });

    const { location } = await readers.open(plan, account());
    await readers.open({ ...plan, hops: [hop('other')] }, account());

    expect(exchanged()).toHaveLength(1);
    expect(signers(assumed())).toEqual([roleArn('irsa'), roleArn('irsa')]);
    expect(location.account).toBe('444455556666');
  });

  test.each<[string, Partial<WebIdentity>]>([
    ['another of its name, made later', { subject: 'payments/team-a/app/uid-2' }],
    ['one of another cluster', { subject: 'orders/team-a/app/uid-1' }],
    ['itself with another role', { roleArn: roleArn('other') }],
    ['itself for other audiences', { audiences: ['vault'] }],
  ])('shares no session with %s', async (_, other) => {
    await readers.open(staticPlan({ base: SERVICE_ACCOUNT }), account());
    await readers.open(staticPlan({ base: SERVICE_ACCOUNT }), account(other));

    expect(exchanged()).toHaveLength(2);
  });

  test('whose token STS does not take is told in the words of the reference', async () => {
    server.sts.refuse(roleArn('irsa'));

    await expect(readers.open(staticPlan({ base: SERVICE_ACCOUNT }), account())).rejects.toMatchObject({
      reason: 'StoreAccessDenied',
      message: expect.stringMatching(
        /^failed to refresh cached credentials, failed to retrieve credentials, operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 403/,
      ),
    });
  });

  test.each([
    ['InvalidIdentityToken', 'No OpenIDConnect provider found in your account for https://oidc.example.com'],
    ['IDPRejectedClaim', 'The claim was refused'],
    ['ExpiredTokenException', 'Token expired'],
  ])('whose token is refused as %s is told with that code, as the reference does', async (code, message) => {
    server.intercept(({ target }) =>
      target === 'STS.AssumeRoleWithWebIdentity' ? stsError(400, code, message) : undefined,
    );

    await expect(readers.open(staticPlan({ base: SERVICE_ACCOUNT }), account())).rejects.toMatchObject({
      message: `failed to refresh cached credentials, failed to retrieve credentials, operation error STS: AssumeRoleWithWebIdentity, https response error StatusCode: 400, RequestID: request-1, ${code}: ${message}`,
    });
  });

  test('that the cluster gives no token says why, and nothing is asked of STS', async () => {
    const token = async () => {
      throw new ClusterForbiddenError('create serviceaccounts/token in namespace team-a is forbidden');
    };

    await expect(readers.open(staticPlan({ base: SERVICE_ACCOUNT }), account({ token }))).rejects.toMatchObject({
      reason: 'ClusterForbidden',
      message: 'failed to refresh cached credentials, create serviceaccounts/token in namespace team-a is forbidden',
    });
    expect(exchanged()).toEqual([]);
  });
});

test('the location is the account of the last role', async () => {
  const elsewhere = hop('app', { roleArn: roleArn('app', '444455556666') });

  const { location } = await readers.open(hubPlan('default', { hops: [elsewhere], service: 'ssm' }), undefined);

  expect(location).toEqual({ account: '444455556666', region: 'eu-central-1', service: 'ssm' });
});

test.each([['us-east-1-fips'], ['fips-us-east-1']])(
  'a FIPS pseudo-region reads the Region behind it: %s',
  async (region) => {
    const { location } = await readers.open(hubPlan('default', { region }), undefined);

    expect(location.region).toBe('us-east-1');
  },
);

test('a session serves everybody with the same chain, opened at once or later', async () => {
  const plan = hubPlan('default', { hops: [hop('app')] });

  await Promise.all([readers.open(plan, undefined), readers.open(plan, undefined)]);
  await readers.open({ ...plan, service: 'ssm' }, undefined);

  expect(assumed()).toHaveLength(2);
});

test('chains share the links they have in common', async () => {
  await readers.open(hubPlan('default', { hops: [hop('one')] }), undefined);
  await readers.open(hubPlan('default', { hops: [hop('two')] }), undefined);

  expect(assumed().map(({ input }) => input['RoleArn'])).toEqual(['default', 'one', 'two'].map((n) => roleArn(n)));
});

test.each([
  ['session tags', hop('app', { sessionTags: [{ key: 'esoNamespace', value: 'team-b' }] })],
  ['external id', hop('app', { externalId: 'other' })],
  ['transitive tags', hop('app', { transitiveTagKeys: ['team'] })],
])('no session is shared between chains that differ in their %s', async (_, other) => {
  const plain = await readers.open(hubPlan('default', { hops: [hop('app')] }), undefined);
  const tagged = await readers.open(hubPlan('default', { hops: [other] }), undefined);
  await plain.read(DB);
  await tagged.read(DB);

  const [a, b] = sent('secretsmanager.GetSecretValue').map(({ signer }) => signer);
  expect(assumed()).toHaveLength(3);
  expect(a).not.toBe(b);
});

test('no session is shared between keys that differ in their secret alone', async () => {
  const plan = staticPlan({ hops: [hop('app')] });

  await readers.open(plan, KNOWN_KEYS);
  await readers.open(plan, { ...KNOWN_KEYS, secretAccessKey: 'rotated' });

  expect(assumed()).toHaveLength(2);
});

test('a session is renewed two minutes before it ends, and readers opened before go on with the new one', async () => {
  const reader = await readers.open(hubPlan('default'), undefined);
  await reader.read(DB);
  now += 779_000 - 1_000;
  await reader.read(DB);
  expect(assumed()).toHaveLength(1);

  now += 3_000;
  await readers.open(hubPlan('default'), undefined);

  expect(assumed()).toHaveLength(2);
});

test('a role that may not be assumed is an access problem, told in the words of STS', async () => {
  server.sts.refuse(roleArn('closed'));

  const opening = readers.open(hubPlan('default', { hops: [hop('closed')] }), undefined);

  await expect(opening).rejects.toMatchObject({
    name: 'StoreAccessDeniedError',
    message: `operation error STS: AssumeRole, https response error StatusCode: 403, RequestID: request-1, api error AccessDenied: User ${roleArn('default')} may not assume ${roleArn('closed')}`,
  });
});

test('a failure is not remembered', async () => {
  let broken = true;
  server.intercept(({ target }) =>
    broken && target === 'STS.AssumeRole' ? stsError(403, 'AccessDenied', 'not yet') : undefined,
  );
  await expect(readers.open(hubPlan('default'), undefined)).rejects.toThrow('not yet');
  broken = false;

  await expect(readers.open(hubPlan('default'), undefined)).resolves.toBeDefined();
});

test('whoever stops waiting for a session leaves it to the others', async () => {
  const caller = new AbortController();
  const leaving = readers.open(hubPlan('default'), undefined, caller.signal);
  const staying = readers.open(hubPlan('default'), undefined);
  caller.abort();

  await expect(leaving).rejects.toMatchObject({
    name: 'StoreUnavailableError',
    message: 'opening the session was canceled',
  });
  await expect(staying).resolves.toBeDefined();
  expect(assumed()).toHaveLength(1);
});

test('each endpoint redirects its own service only [AWS20]', async () => {
  await using stsOnly = await startAwsServer();
  await using managerOnly = await startAwsServer();
  await using ssmOnly = await startAwsServer();
  await using acmOnly = await startAwsServer();
  managerOnly.manager.put('prod/db', { text: 'x' });
  ssmOnly.parameters.put('/prod/url', 'y');
  const split = createSecretReaders({
    endpoints: { secretsManager: managerOnly.url, ssm: ssmOnly.url, acm: acmOnly.url, sts: stsOnly.url },
    hubCredentials: { accessKeyId: 'AKIAHUB', secretAccessKey: 'not-checked' },
  });

  await (await split.open(hubPlan('default'), undefined)).read(DB);
  await (await split.open(hubPlan('default', { service: 'ssm' }), undefined)).read({ key: '/prod/url', version: '' });
  const certificates = await split.open(hubPlan('default', { service: 'acm' }), undefined);
  const key = `arn:aws:acm:eu-central-1:${KNOWN_ACCOUNT}:certificate/none`;
  await expect(certificates.read({ key, version: '' })).rejects.toThrow();
  split.close();

  const targets = [stsOnly, managerOnly, ssmOnly, acmOnly].map(({ requests }) => requests.map(({ target }) => target));
  expect(targets).toEqual([
    ['STS.AssumeRole'],
    ['secretsmanager.GetSecretValue'],
    ['AmazonSSM.GetParameter'],
    [expect.stringMatching(/^CertificateManager\./)],
  ]);
});

describe('who reads', () => {
  const identityOf = async (...[plan, keys]: Parameters<typeof readers.open>) =>
    (await readers.open(plan, keys)).identity;
  const tag = (key: string, value: string) => ({ key, value });

  test('is the last role, however it was reached', async () => {
    const direct = await identityOf(hubPlan('app', {}), undefined);

    expect(await identityOf(hubPlan('default', { hops: [hop('app')] }), undefined)).toBe(direct);
    expect(await identityOf(staticPlan({ hops: [hop('app')] }), KNOWN_KEYS)).toBe(direct);
  });

  test('is another with other tags, inherited ones included', async () => {
    const inherited = { ...hop('one'), sessionTags: [tag('team', 'a')], transitiveTagKeys: ['team'] };
    const forgotten = { ...inherited, transitiveTagKeys: [] };
    const tagged = { ...hop('app'), sessionTags: [tag('team', 'a')] };
    const plain = await identityOf(hubPlan('default', { hops: [hop('app')] }), undefined);
    const withTag = await identityOf(hubPlan('default', { hops: [tagged] }), undefined);

    expect(withTag).not.toBe(plain);
    expect(await identityOf(hubPlan('default', { hops: [inherited, hop('app')] }), undefined)).toBe(withTag);
    expect(await identityOf(hubPlan('default', { hops: [forgotten, hop('app')] }), undefined)).toBe(plain);
  });

  test('is another in another Region, and shows no key', async () => {
    const keys = await identityOf(staticPlan(), KNOWN_KEYS);

    expect(await identityOf({ ...staticPlan(), region: 'us-east-1' }, KNOWN_KEYS)).not.toBe(keys);
    expect(keys).not.toContain(KNOWN_KEYS.accessKeyId);
  });
});
