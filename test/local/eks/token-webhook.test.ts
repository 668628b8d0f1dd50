import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createEksAuthenticator } from '../../../local/eks/authenticator.ts';
import { startTokenWebhook, type TokenWebhook } from '../../../local/eks/token-webhook.ts';
import { createEksToken } from '../../../src/adapters/kubernetes/eks-token.ts';
import { type StubAnswer, type StubApiServer, startStubApiServer } from '../../support/stub-api-server.ts';

const ARN = 'arn:aws:sts::111122223333:assumed-role/writer/session';
const identity = (arn: string): string =>
  `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>${arn}</Arn><UserId>AROAEXAMPLE:session</UserId>` +
  '<Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>';
const xml =
  (code: number, body: string): StubAnswer =>
  (_, response) => {
    response.writeHead(code, { 'content-type': 'text/xml' }).end(body);
  };

let sts: StubApiServer;
let webhook: TokenWebhook;

beforeEach(async () => {
  sts = await startStubApiServer();
  sts.answer(xml(200, identity(ARN)));
  const accessEntries = () => [
    { principalArn: 'arn:aws:iam::111122223333:role/writer', kubernetesGroups: ['writers'] },
  ];
  webhook = await startTokenWebhook(createEksAuthenticator({ clusterName: 'blue', accessEntries, sts: sts.url }));
});
afterEach(async () => {
  await webhook.stop();
  await sts.stop();
});

const sign = (): Promise<string> =>
  createEksToken({
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    region: 'eu-west-1',
    clusterName: 'green', // what it is signed for is for STS to find out
    clock: { now: Date.now },
  }).get();

const review = async (token: string, kind = 'TokenReview') => {
  const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind, spec: { token } });
  const response = await fetch(webhook.url, { method: 'POST', body });
  return { code: response.status, answer: response.ok ? await response.json() : undefined };
};

describe('the token webhook', () => {
  test('asks STS what the token asks, with its own cluster in the header and the host that was signed', async () => {
    const { answer } = await review(await sign());

    expect(answer).toMatchObject({
      kind: 'TokenReview',
      status: { authenticated: true, user: { groups: ['writers'] } },
    });
    expect(sts.requests).toHaveLength(1);
    expect(sts.requests[0]).toMatchObject({
      method: 'GET',
      headers: { host: 'sts.eu-west-1.amazonaws.com', 'x-k8s-aws-id': 'blue' },
    });
    expect(sts.requests[0]?.url).toMatch(/^\/\?Action=GetCallerIdentity&/);
  });

  test('asks nobody about a token that fails before', async () => {
    const { answer } = await review(`${await sign()}=`);

    expect(answer).toMatchObject({ status: { authenticated: false } });
    expect(sts.requests).toEqual([]);
  });

  test.each<[what: string, answer: StubAnswer, why: string]>([
    ['STS refuses', xml(403, '<Error><Code>ExpiredToken</Code></Error>'), 'STS answered 403 (ExpiredToken)'],
    ['STS fails', xml(500, identity(ARN)), 'STS answered 500 (no code)'],
    ['STS names nobody', xml(200, '<html></html>'), 'STS named nobody'],
    [
      'no entry names',
      xml(200, identity(ARN.replace('writer', 'reader'))),
      `no access entry names ${ARN.replace('writer', 'reader')}`,
    ],
  ])('lets nobody in whom %s', async (_, answer, why) => {
    sts.answer(answer);

    expect((await review(await sign())).answer).toMatchObject({ status: { authenticated: false } });
    expect(webhook.verdicts).toEqual([{ why }]);
  });

  test('goes nowhere else when STS says so', async () => {
    sts.answer((_, response) => {
      response.writeHead(302, { location: `${sts.url}/elsewhere` }).end();
    });

    await review(await sign());

    expect(sts.requests).toHaveLength(1);
    expect(webhook.verdicts).toEqual([{ why: 'STS answered 302 (no code)' }]);
  });

  test('says that it failed when STS cannot be asked, or when it is asked something else', async () => {
    sts.answer((_, response) => {
      response.destroy();
    });

    expect(await review(await sign())).toEqual({ code: 500, answer: undefined });
    expect(await review(await sign(), 'SubjectAccessReview')).toEqual({ code: 500, answer: undefined });
    expect(webhook.verdicts).toEqual([]);
  });
});
