import { describe, expect, test } from '@jest/globals';
import { formatRemoteKey, parseRemoteKey, type RemoteKey, remoteKeysFor } from '../../../src/domain/remote-key.ts';

const HERE = { account: '111122223333', region: 'eu-central-1', service: 'secretsmanager' } as const;
const PARAMETERS = { ...HERE, service: 'ssm' } as const;
const THERE = { account: '444455556666', region: 'us-east-1' } as const;

describe('a key', () => {
  test.each<[string, RemoteKey]>([
    ['a secret', { ...HERE, name: 'prod/db' }],
    ['a parameter', { ...PARAMETERS, name: '/prod/db' }],
    ['a name with # in it', { ...HERE, name: 'a#b#c' }],
  ])('%s reads back as it was written', (_, key) => {
    expect(parseRemoteKey(formatRemoteKey(key))).toEqual(key);
  });

  test.each(['', 'a#b#vault#x', 'plain'])('%p is none', (text) => {
    expect(() => parseRemoteKey(text)).toThrow(TypeError);
  });
});

describe('what a name stands for', () => {
  test.each<[string, string, readonly RemoteKey[]]>([
    ['a plain name', 'prod/db', [{ ...HERE, name: 'prod/db' }]],
    [
      'a full ARN, or a partial one that looks like it',
      'arn:aws:secretsmanager:us-east-1:444455556666:secret:prod/db-AbCdEf',
      [
        { ...THERE, service: 'secretsmanager', name: 'prod/db' },
        { ...THERE, service: 'secretsmanager', name: 'prod/db-AbCdEf' },
      ],
    ],
    [
      'a partial ARN',
      'arn:aws:secretsmanager:us-east-1:444455556666:secret:prod/db',
      [{ ...THERE, service: 'secretsmanager', name: 'prod/db' }],
    ],
    [
      'the ARN of a parameter with levels',
      'arn:aws:ssm:us-east-1:444455556666:parameter/prod/db',
      [{ ...THERE, service: 'ssm', name: '/prod/db' }],
    ],
    [
      'the ARN of a parameter without',
      'arn:aws:ssm:us-east-1:444455556666:parameter/db',
      [{ ...THERE, service: 'ssm', name: 'db' }],
    ],
    ['an ARN of anything else is a name', 'arn:aws:s3:::bucket', [{ ...HERE, name: 'arn:aws:s3:::bucket' }]],
    [
      'so is one in a complete form',
      'arn:aws:s3:us-east-1:444455556666:prod/db',
      [{ ...HERE, name: 'arn:aws:s3:us-east-1:444455556666:prod/db' }],
    ],
    [
      'so is an ARN of no account',
      'arn:aws:secretsmanager:us-east-1:x:secret:db',
      [{ ...HERE, name: 'arn:aws:secretsmanager:us-east-1:x:secret:db' }],
    ],
    ['so is an ARN that ends early', 'arn:aws:ssm', [{ ...HERE, name: 'arn:aws:ssm' }]],
  ])('%s', (_, id, keys) => {
    expect(remoteKeysFor(id, HERE)).toEqual(keys);
  });
});
