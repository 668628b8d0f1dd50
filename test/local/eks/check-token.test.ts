import { describe, expect, test } from '@jest/globals';
import { checkToken } from '../../../local/eks/check-token.ts';
import type { Partition } from '../../../local/eks/sts-hosts.ts';
import { changeParameter, encodeToken, TOKEN_PARAMETERS } from '../../support/eks-token-text.ts';

const SIGNED_AT = Date.UTC(2026, 6, 1, 12, 0, 0);
const MINUTE = 60_000;
const HOST = 'sts.eu-west-1.amazonaws.com';
const QUERY = [
  'Action=GetCallerIdentity',
  'Version=2011-06-15',
  'X-Amz-Algorithm=AWS4-HMAC-SHA256',
  'X-Amz-Credential=ASIAEXAMPLE%2F20260701%2Feu-west-1%2Fsts%2Faws4_request',
  'X-Amz-Date=20260701T120000Z',
  'X-Amz-Expires=60',
  'X-Amz-Security-Token=session',
  `X-Amz-Signature=${'0a'.repeat(32)}`,
  'X-Amz-SignedHeaders=host%3Bx-k8s-aws-id',
].join('&');
const URL = `https://${HOST}/?${QUERY}`;

const check = (token: string, now = SIGNED_AT, partition: Partition = 'aws') => checkToken(token, { partition, now });
const checkUrl = (url: string) => check(encodeToken(url));
const setTo = (name: string, value: string) => changeParameter(URL, name, () => [`${name}=${value}`]);
/** A token of this length. */
const long = (bytes: number): string => {
  const token = encodeToken(setTo('X-Amz-Security-Token', 'x'.repeat(3_000)));
  for (let more = 0; ; more += 1) {
    const longer = encodeToken(setTo('X-Amz-Security-Token', 'x'.repeat(3_000 - token.length + bytes - more)));
    if (longer.length <= bytes)
      return longer.length === bytes ? longer : `${longer}${'A'.repeat(bytes - longer.length)}`;
  }
};

describe('a token that goes on to STS', () => {
  test('is asked with the host, path and query that were signed, as they are', () => {
    expect(checkUrl(URL)).toEqual({ ask: { host: HOST, pathAndQuery: `/?${QUERY}` } });
  });

  test.each<[what: string, host: string, partition: Partition]>([
    ['of no Region', 'sts.amazonaws.com', 'aws'],
    ['of a Region', 'sts.us-east-1.amazonaws.com', 'aws'],
    ['with FIPS', 'sts-fips.us-west-2.amazonaws.com', 'aws'],
    ['for both address families', 'sts.eu-central-1.api.aws', 'aws'],
    ['of China', 'sts.cn-north-1.amazonaws.com.cn', 'aws-cn'],
    ['of the US government', 'sts.us-gov-west-1.amazonaws.com', 'aws-us-gov'],
  ])('may ask the endpoint %s', (_, host, partition) => {
    expect(check(encodeToken(URL.replace(HOST, host)), SIGNED_AT, partition)).toHaveProperty('ask.host', host);
  });

  test.each<[what: string, token: string, now: number]>([
    ['is 15 minutes old', encodeToken(URL), SIGNED_AT + 15 * MINUTE],
    ['says it lasts no time', encodeToken(setTo('X-Amz-Expires', '0')), SIGNED_AT],
    ['says it lasts 15 minutes', encodeToken(setTo('X-Amz-Expires', '900')), SIGNED_AT],
    ['signs more headers', encodeToken(setTo('X-Amz-SignedHeaders', 'accept%3Bhost%3Bx-k8s-aws-id')), SIGNED_AT],
    ['was signed by keys of a user', encodeToken(changeParameter(URL, 'X-Amz-Security-Token', () => [])), SIGNED_AT],
  ])('may be one that %s', (_, token, now) => {
    expect(check(token, now)).toHaveProperty('ask');
  });
});

describe('a token that STS never sees', () => {
  test.each<[what: string, token: string, why: string]>([
    ['is empty', '', 'does not begin with k8s-aws-v1.'],
    ['is of a service account', 'eyJhbGciOiJSUzI1NiJ9.e30.c2ln', 'does not begin with k8s-aws-v1.'],
    ['is of another version', encodeToken(URL).replace('v1', 'v2'), 'does not begin with k8s-aws-v1.'],
    ['is a prefix alone', 'k8s-aws-v1.', 'not base64url without padding'],
    ['is padded', `${encodeToken(`${URL}aa`).replace(/=*$/, '')}=`, 'not base64url without padding'],
    ['is base64 with + and /', 'k8s-aws-v1.aHR0+/8', 'not base64url without padding'],
    ['has a line break', `${encodeToken(URL)}\n`, 'not base64url without padding'],
    ['has a length that base64 never has', `k8s-aws-v1.${'A'.repeat(5)}`, 'not base64url without padding'],
    ['is 4097 bytes long', long(4_097), 'longer than 4096 bytes'],
    ['has 4096 characters of more bytes', `k8s-aws-v1.${'é'.repeat(4_085)}`, 'longer than 4096 bytes'],
  ])('%s', (_, token, why) => {
    expect(check(token)).toEqual({ why });
  });

  test('unlike one of 4096 bytes', () => {
    const token = long(4_096);

    expect(token).toHaveLength(4_096);
    expect(check(token).why).not.toBe('longer than 4096 bytes');
  });

  test.each<[what: string, url: string]>([
    ['speaks plain HTTP', URL.replace('https', 'http')],
    ['spells https otherwise', URL.replace('https', 'HTTPS')],
    ['has a port', URL.replace(HOST, `${HOST}:443`)],
    ['has a user', URL.replace(HOST, `user@${HOST}`)],
    ['has a fragment', `${URL}#more`],
    ['has no query', `https://${HOST}/`],
    ['begins with a space', ` ${URL}`],
    ['has a backslash', URL.replace('com/', 'com\\')],
    ['has a tab in it', URL.replace('Version', 'Ver\tsion')],
    ['has a space in it', URL.replace('Version', 'Ver sion')],
  ])('%s', (_, url) => {
    expect(checkUrl(url)).toEqual({ why: 'not an https URL' });
  });

  test.each<[what: string, host: string, partition: Partition]>([
    ['of somebody', 'sts.example.com', 'aws'],
    ['that begins like one', `${HOST}.example.com`, 'aws'],
    ['that ends like one', `example-${HOST}`, 'aws'],
    ['below one', `x.${HOST}`, 'aws'],
    ['in capitals', HOST.toUpperCase(), 'aws'],
    ['with a final dot', `${HOST}.`, 'aws'],
    ['of a Region there is not', 'sts.eu-nowhere-1.amazonaws.com', 'aws'],
    ['of no Region, nearly', 'sts..amazonaws.com', 'aws'],
    ['with FIPS where there is none', 'sts-fips.eu-west-1.amazonaws.com', 'aws'],
    ['of another service', 'iam.eu-west-1.amazonaws.com', 'aws'],
    ['of China, in a cluster elsewhere', 'sts.cn-north-1.amazonaws.com.cn', 'aws'],
    ['of no Region, in China', 'sts.amazonaws.com', 'aws-cn'],
    ['of no Region, for the US government', 'sts.amazonaws.com', 'aws-us-gov'],
    ['of an address', '127.0.0.1', 'aws'],
  ])('asks a host %s', (_, host, partition) => {
    const token = encodeToken(URL.replace(HOST, host));

    expect(check(token, SIGNED_AT, partition)).toEqual({ why: `${host} is no STS endpoint of ${partition}` });
  });

  test.each(['', '//', '/x', '/./'])('asks the path %j', (path) => {
    expect(checkUrl(URL.replace('com/?', `com${path}?`))).toEqual({ why: 'the path is not /' });
  });

  test.each(TOKEN_PARAMETERS)('has %s twice', (name) => {
    expect(checkUrl(changeParameter(URL, name, (pair) => [pair, pair]))).toEqual({
      why: `parameter ${name} is there twice`,
    });
  });

  test.each<[what: string, url: string, why: string]>([
    ['a parameter of an SDK', `${URL}&x-id=GetCallerIdentity`, 'parameter x-id is not expected'],
    ['a role', `${URL}&RoleArn=arn`, 'parameter RoleArn is not expected'],
    ['an escaped name', `${URL}&%78-id=1`, 'parameter x-id is not expected'],
    ['a parameter twice, once in small letters', `${URL}&action=GetCallerIdentity`, 'parameter action is not expected'],
    ['a parameter twice, once escaped', `${URL}&%41ction=GetCallerIdentity`, 'parameter Action is there twice'],
    ['an empty parameter', `${URL}&`, 'parameter  is not expected'],
    ['half a percent sign', setTo('Version', '%2'), 'parameter Version has no value'],
    ['no value', changeParameter(URL, 'Version', () => ['Version']), 'parameter Version has no value'],
    ['a semicolon', `${URL};x=1`, 'the query cannot be parsed'],
    ['another action', setTo('Action', 'GetSessionToken'), 'the action is not GetCallerIdentity'],
    ['an action in small letters', setTo('Action', 'getcalleridentity'), 'the action is not GetCallerIdentity'],
    ['no action', changeParameter(URL, 'Action', () => []), 'the action is not GetCallerIdentity'],
    ['the host signed alone', setTo('X-Amz-SignedHeaders', 'host'), 'the header x-k8s-aws-id is not signed'],
    [
      'another header signed',
      setTo('X-Amz-SignedHeaders', 'host%3Bx-k8s-aws-id2'),
      'the header x-k8s-aws-id is not signed',
    ],
    [
      'no signed headers',
      changeParameter(URL, 'X-Amz-SignedHeaders', () => []),
      'the header x-k8s-aws-id is not signed',
    ],
    ['901 seconds', setTo('X-Amz-Expires', '901'), 'X-Amz-Expires is not within 0 and 900'],
    ['less than no time', setTo('X-Amz-Expires', '-1'), 'X-Amz-Expires is not within 0 and 900'],
    ['a fraction of time', setTo('X-Amz-Expires', '60.5'), 'X-Amz-Expires is not within 0 and 900'],
    ['words for a time', setTo('X-Amz-Expires', 'long'), 'X-Amz-Expires is not within 0 and 900'],
    ['an empty time', setTo('X-Amz-Expires', ''), 'X-Amz-Expires is not within 0 and 900'],
    ['no time', changeParameter(URL, 'X-Amz-Expires', () => []), 'X-Amz-Expires is not within 0 and 900'],
    ['no date', changeParameter(URL, 'X-Amz-Date', () => []), 'X-Amz-Date is no date'],
    ['a date in another form', setTo('X-Amz-Date', '2026-07-01T12:00:00Z'), 'X-Amz-Date is no date'],
    ['a day there is not', setTo('X-Amz-Date', '20260231T120000Z'), 'X-Amz-Date is no date'],
    ['a month there is not', setTo('X-Amz-Date', '20261301T120000Z'), 'X-Amz-Date is no date'],
  ])('has %s', (_, url, why) => {
    expect(checkUrl(url)).toEqual({ why });
  });

  test('was signed more than 15 minutes ago, whatever it says', () => {
    expect(check(encodeToken(setTo('X-Amz-Expires', '900')), SIGNED_AT + 15 * MINUTE + 1)).toEqual({
      why: 'signed more than 15 minutes ago',
    });
  });
});
