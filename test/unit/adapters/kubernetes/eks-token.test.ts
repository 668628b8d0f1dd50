import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createEksToken, type EksTokenOptions } from '../../../../src/adapters/kubernetes/eks-token.ts';

const CREDENTIALS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  sessionToken: 'session/token+with=signs',
};
const TIME = Date.UTC(2026, 6, 1, 12, 0, 0);

const build = (options: Partial<EksTokenOptions> = {}) => {
  let time = TIME;
  const token = createEksToken({
    credentials: CREDENTIALS,
    region: 'eu-central-1',
    clusterName: 'prod-1',
    clock: { now: () => time },
    ...options,
  });
  return {
    token,
    advance: (milliseconds: number) => {
      time += milliseconds;
    },
  };
};

const urlOf = (token: string): URL => {
  const [prefix, encoded = ''] = token.split(/(?<=^k8s-aws-v1\.)/);
  expect(prefix).toBe('k8s-aws-v1.');
  return new URL(Buffer.from(encoded, 'base64url').toString());
};

/** Signature Version 4 by its description, without the library under test. */
const expectedSignature = (url: URL, secretKey: string): string => {
  const encode = (text: string) => encodeURIComponent(text);
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const headers = `host:${url.host}\nx-k8s-aws-id:prod-1\n`;
  const emptyHash = createHash('sha256').update('').digest('hex');
  const canonical = ['GET', '/', query, headers, 'host;x-k8s-aws-id', emptyHash].join('\n');
  const scope = '20260701/eu-central-1/sts/aws4_request';
  const hash = createHash('sha256').update(canonical).digest('hex');
  const key = scope
    .split('/')
    .reduce<Buffer>(
      (parent, part) => createHmac('sha256', parent).update(part).digest(),
      Buffer.from(`AWS4${secretKey}`),
    );
  return createHmac('sha256', key)
    .update(['AWS4-HMAC-SHA256', '20260701T120000Z', scope, hash].join('\n'))
    .digest('hex');
};

describe('an EKS token', () => {
  test('is a presigned question to the Region who it is, with no parameter EKS does not know', async () => {
    const url = urlOf(await build().token.get());

    expect(url.origin + url.pathname).toBe('https://sts.eu-central-1.amazonaws.com/');
    expect([...url.searchParams.keys()].sort()).toEqual([
      'Action',
      'Version',
      'X-Amz-Algorithm',
      'X-Amz-Credential',
      'X-Amz-Date',
      'X-Amz-Expires',
      'X-Amz-Security-Token',
      'X-Amz-Signature',
      'X-Amz-SignedHeaders',
    ]);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Credential': 'AKIDEXAMPLE/20260701/eu-central-1/sts/aws4_request',
      'X-Amz-Date': '20260701T120000Z',
      'X-Amz-Expires': '60',
      'X-Amz-Security-Token': CREDENTIALS.sessionToken,
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
    });
  });

  test('is base64url without padding', async () => {
    expect(await build().token.get()).toMatch(/^k8s-aws-v1\.[\w-]+$/);
  });

  test('for another cluster has another signature', async () => {
    const signature = async (clusterName: string) =>
      urlOf(await build({ clusterName }).token.get()).searchParams.get('X-Amz-Signature');

    expect(await signature('prod-1')).not.toBe(await signature('prod-2'));
  });

  test('has the signature that AWS computes', async () => {
    const { sessionToken: _, ...credentials } = CREDENTIALS;

    const url = urlOf(await build({ credentials }).token.get());

    expect(url.searchParams.get('X-Amz-Signature')).toBe(expectedSignature(url, credentials.secretAccessKey));
  });

  test.each([
    ['cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
    ['us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'],
    ['us-iso-east-1', 'sts.us-iso-east-1.c2s.ic.gov'],
    ['us-isob-east-1', 'sts.us-isob-east-1.sc2s.sgov.gov'],
    ['eusc-de-east-1', 'sts.eusc-de-east-1.amazonaws.eu'],
    ['eu-isoe-west-1', 'sts.eu-isoe-west-1.cloud.adc-e.uk'],
    ['us-isof-south-1', 'sts.us-isof-south-1.csp.hci.ic.gov'],
  ])('of %s asks %s', async (region, host) => {
    expect(urlOf(await build({ region }).token.get()).host).toBe(host);
  });

  test('can be signed for another endpoint, its port included', async () => {
    const url = urlOf(await build({ stsEndpoint: 'http://127.0.0.1:4566' }).token.get());

    expect(url.origin).toBe('http://127.0.0.1:4566');
  });

  test('is kept for 14 minutes', async () => {
    const { token, advance } = build();

    const first = await token.get();
    advance(14 * 60_000 - 1);
    const second = await token.get();
    advance(1);
    const third = await token.get();

    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  test('is kept no longer than the session that signed it: STS knows that no more', async () => {
    let session = 0;
    const credentials = async () => {
      session += 1;
      return { ...CREDENTIALS, accessKeyId: `ASIA${session}`, expiration: new Date(TIME + session * 5 * 60_000) };
    };
    const { token, advance } = build({ credentials });
    const signer = async () =>
      urlOf(await token.get())
        .searchParams.get('X-Amz-Credential')
        ?.split('/')[0];

    expect(await signer()).toBe('ASIA1');
    advance(4 * 60_000 - 1);
    expect(await signer()).toBe('ASIA1');
    advance(1);
    expect(await signer()).toBe('ASIA2');
  });

  test('is signed once for all that ask at a time', async () => {
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return CREDENTIALS;
    };
    const { token, advance } = build({ credentials });

    await Promise.all([token.get(), token.get()]);
    advance(14 * 60_000);
    await Promise.all([token.get(), token.get()]);

    expect(asked).toBe(2);
  });

  test('is signed anew when forgotten', async () => {
    const { token, advance } = build();

    const first = await token.get();
    advance(1_000);
    token.forget();

    expect(await token.get()).not.toBe(first);
  });

  test('is tried again after the credentials failed', async () => {
    let failing = true;
    const credentials = async () => {
      if (failing) throw new Error('no credentials');
      return CREDENTIALS;
    };
    const { token } = build({ credentials });

    await expect(token.get()).rejects.toThrow('no credentials');
    failing = false;

    expect(await token.get()).toMatch(/^k8s-aws-v1\./);
  });

  test('longer than EKS takes is refused here', async () => {
    const { token } = build({ credentials: { ...CREDENTIALS, sessionToken: 'x'.repeat(3_500) } });

    await expect(token.get()).rejects.toMatchObject({ name: 'ClusterForbiddenError' });
  });
});
