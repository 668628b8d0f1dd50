import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ClosableTokenIssuer, createTokenIssuer } from '../../src/adapters/aws/token-issuer.ts';
import type { TokenRequest } from '../../src/domain/aws-generator.ts';
import type { Credentials } from '../../src/domain/identity-plan.ts';
import type { GenerationPlan } from '../../src/domain/plan-generation.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';
import { StoreAccessDeniedError } from '../../src/domain/sync-error.ts';
import { type AwsAnswer, type AwsServer, startAwsServer } from '../support/aws-server.ts';
import { failure, success } from '../support/aws-server-secrets.ts';
import { KNOWN_KEYS, stsError } from '../support/aws-server-sts.ts';
import { ECR_PUBLIC_TARGET, ECR_TARGET } from '../support/aws-server-tokens.ts';
import { texts } from '../support/builders.ts';
import { createFakeTokenIssuer } from '../support/fake-token-issuer.ts';
import { hop, hubPlan, roleArn, staticPlan } from '../support/identity-plan.ts';
import { describeTokenIssuer } from './token-issuer.ts';

const WITH_KEYS: Omit<GenerationPlan, 'request'> = staticPlan();
const REGISTRY: TokenRequest = { type: 'registry', isPublic: false };
const PUBLIC: TokenRequest = { type: 'registry', isPublic: true };
const SESSION: TokenRequest = { type: 'session' };

const issuerAt = ({ url }: AwsServer): ClosableTokenIssuer =>
  createTokenIssuer({
    endpoints: { ecr: url, ecrPublic: url, sts: url },
    hubCredentials: { accessKeyId: 'AKIAHUB', secretAccessKey: 'not-checked' },
  });

describeTokenIssuer('the fake', async () => {
  const issuer = createFakeTokenIssuer();
  return {
    issuer,
    user: KNOWN_KEYS,
    plan: WITH_KEYS,
    denyAll: () => issuer.fail(() => new StoreAccessDeniedError('denied')),
    stop: async () => undefined,
  };
});

describeTokenIssuer('AWS by its SDK', async () => {
  const server = await startAwsServer();
  const issuer = issuerAt(server);
  return {
    issuer,
    user: KNOWN_KEYS,
    plan: WITH_KEYS,
    denyAll: () => server.intercept(() => failure('AccessDeniedException', 'not authorized')),
    stop: async () => {
      issuer.close();
      await server.stop();
    },
  };
});

describe('over the wire', () => {
  let server: AwsServer;
  let issuer: ClosableTokenIssuer;

  beforeEach(async () => {
    server = await startAwsServer();
    issuer = issuerAt(server);
  });
  afterEach(async () => {
    issuer.close();
    await server.stop();
  });

  const issue = (request: TokenRequest, plan = WITH_KEYS, credentials: Credentials | undefined = KNOWN_KEYS) =>
    issuer.issue({ ...plan, request }, credentials);
  const answering = (answer: AwsAnswer): void =>
    server.intercept(({ target }) => (/Token$/.test(target) ? answer : undefined));
  const asked = () => server.requests.map(({ target, signer }) => `${target} by ${server.sts.identityOf(signer)}`);

  test('keys sign for themselves, and nothing else is asked', async () => {
    await issue(REGISTRY);
    await issue(PUBLIC);
    await issue(SESSION);

    expect(asked()).toEqual([
      `${ECR_TARGET} by AKIAKNOWN`,
      `${ECR_PUBLIC_TARGET} by AKIAKNOWN`,
      'STS.GetSessionToken by AKIAKNOWN',
    ]);
  });

  test('duration and MFA go with the request for a session [AWS59]', async () => {
    await issue({ type: 'session', durationSeconds: 900, serialNumber: 'arn:aws:iam::1:mfa/ann', tokenCode: '123456' });

    expect(server.requests.at(-1)?.input).toMatchObject({
      DurationSeconds: '900',
      SerialNumber: 'arn:aws:iam::1:mfa/ann',
      TokenCode: '123456',
    });
  });

  test('a role is assumed first, plainly: no external id, no tags', async () => {
    await issue(REGISTRY, { ...WITH_KEYS, hops: [hop('pull')] });

    expect(asked()).toEqual(['STS.AssumeRole by AKIAKNOWN', `${ECR_TARGET} by ${roleArn('pull')}`]);
    expect(Object.keys(server.requests[0]?.input ?? {}).filter((key) => /Tag|External/.test(key))).toEqual([]);
  });

  test('without keys the hub assumes the default role', async () => {
    await issue(REGISTRY, hubPlan('default'), undefined);

    expect(asked()).toEqual(['STS.AssumeRole by AKIAHUB', `${ECR_TARGET} by ${roleArn('default')}`]);
  });

  test('the token of a service account gives the session that signs', async () => {
    const identity = {
      roleArn: roleArn('pull'),
      subject: 'one/team-a/puller/uid',
      audiences: ['sts.amazonaws.com'],
      token: async () => SecretValue.fromText('jwt'),
    };
    const base = { type: 'service-account', namespace: 'team-a', name: 'puller', audiences: [] } as const;

    await issuer.issue({ ...WITH_KEYS, base, request: REGISTRY }, identity);

    expect(asked()).toEqual([
      expect.stringMatching(/^STS\.AssumeRoleWithWebIdentity by /),
      `${ECR_TARGET} by ${roleArn('pull')}`,
    ]);
  });

  test('each endpoint redirects its own service only [AWS20]', async () => {
    await using ecr = await startAwsServer();
    await using ecrPublic = await startAwsServer();
    const split = createTokenIssuer({ endpoints: { ecr: ecr.url, ecrPublic: ecrPublic.url, sts: server.url } });

    for (const request of [REGISTRY, PUBLIC, SESSION]) await split.issue({ ...WITH_KEYS, request }, KNOWN_KEYS);
    split.close();

    expect([ecr, ecrPublic, server].map(({ requests }) => requests.map(({ target }) => target))).toEqual([
      [ECR_TARGET],
      [ECR_PUBLIC_TARGET],
      ['STS.GetSessionToken'],
    ]);
  });

  test('user and password are what the token says [AWS58]', async () => {
    answering(
      success({
        authorizationData: [{ authorizationToken: Buffer.from('uuser:pass').toString('base64'), expiresAt: 5_000.9 }],
      }),
    );

    expect(texts((await issue(REGISTRY)).values)).toEqual({
      username: 'uuser',
      password: 'pass',
      proxy_endpoint: '',
      expires_at: '5000',
    });
  });

  const tokenOf = (text: string) => ({ authorizationToken: Buffer.from(text).toString('base64'), expiresAt: 5_000 });
  test.each<[string, TokenRequest, Readonly<Record<string, unknown>>, string]>([
    ['no token', REGISTRY, {}, 'unexpected number of authorization tokens. expected 1, found 0'],
    [
      'two tokens',
      REGISTRY,
      { authorizationData: [tokenOf('a:b'), tokenOf('a:b')] },
      'unexpected number of authorization tokens. expected 1, found 2',
    ],
    ['a token without colon', REGISTRY, { authorizationData: [tokenOf('canary')] }, 'unexpected token format'],
    ['a token with two', REGISTRY, { authorizationData: [tokenOf('a:canary:c')] }, 'unexpected token format'],
    [
      'a token that is not Base64',
      REGISTRY,
      { authorizationData: [{ authorizationToken: 'canary:!', expiresAt: 5_000 }] },
      'unexpected token format',
    ],
    [
      'a public token without end',
      PUBLIC,
      { authorizationData: { authorizationToken: 'YTpi' } },
      'unexpected token format',
    ],
    ['no public token', PUBLIC, {}, 'unexpected token format'],
  ])('%s is refused, and nothing of it is quoted', async (_, ...[request, answer, message]) => {
    answering(success(answer));

    await expect(issue(request)).rejects.toMatchObject({ name: 'InvalidSecretValueError', message });
  });

  test('a session without keys is refused', async () => {
    answering({
      status: 200,
      contentType: 'text/xml',
      body: '<GetSessionTokenResponse><GetSessionTokenResult></GetSessionTokenResult></GetSessionTokenResponse>',
    });

    await expect(issue(SESSION)).rejects.toMatchObject({
      name: 'InvalidSecretValueError',
      message: 'no credentials found',
    });
  });

  test.each([
    [
      'a registry',
      REGISTRY,
      'unable to get authorization token: operation error ECR: GetAuthorizationToken, https response error StatusCode: 400, RequestID: request-1, api error AccessDeniedException: no',
    ],
    [
      'the public registry',
      PUBLIC,
      'unable to get public authorization token: operation error ECR PUBLIC: GetAuthorizationToken, https response error StatusCode: 400, RequestID: request-1, api error AccessDeniedException: no',
    ],
  ])('%s that refuses is told in the reference’s words', async (_, request, message) => {
    answering(failure('AccessDeniedException', 'no'));

    await expect(issue(request)).rejects.toMatchObject({ name: 'StoreAccessDeniedError', message });
  });

  test('STS that refuses is told in the reference’s words', async () => {
    answering(stsError(403, 'AccessDenied', 'Cannot call GetSessionToken with session credentials'));

    await expect(issue(SESSION)).rejects.toMatchObject({
      name: 'StoreAccessDeniedError',
      message:
        'unable to get authorization token: operation error STS: GetSessionToken, https response error StatusCode: 403, RequestID: request-1, api error AccessDenied: Cannot call GetSessionToken with session credentials',
    });
  });

  test('a role that may not be assumed is told as the call’s credentials', async () => {
    server.sts.refuse(roleArn('pull'));

    await expect(issue(REGISTRY, { ...WITH_KEYS, hops: [hop('pull')] })).rejects.toMatchObject({
      name: 'StoreAccessDeniedError',
      message: expect.stringMatching(
        /^unable to get authorization token: operation error ECR: GetAuthorizationToken, get identity: get credentials: operation error STS: AssumeRole, /,
      ),
    });
  });

  test('a caller that stops waiting says so', async () => {
    server.intercept(() => 'hang');

    await expect(
      issuer.issue({ ...WITH_KEYS, request: REGISTRY }, KNOWN_KEYS, AbortSignal.timeout(20)),
    ).rejects.toMatchObject({ name: 'StoreUnavailableError' });
  });

  test('a plan with keys needs them', async () => {
    await expect(issuer.issue({ ...WITH_KEYS, request: REGISTRY }, undefined)).rejects.toThrow(TypeError);
  });
});
