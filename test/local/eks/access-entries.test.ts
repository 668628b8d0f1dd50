import { expect, test } from '@jest/globals';
import { type AccessEntry, toReviewedUser } from '../../../local/eks/access-entries.ts';

const caller = (arn: string) => ({ account: '111122223333', arn, userId: 'AROAEXAMPLE:session' });
const SESSION = caller('arn:aws:sts::111122223333:assumed-role/writer/session');
const entry = (principalArn: string, more: Partial<AccessEntry> = {}): AccessEntry => ({
  principalArn,
  kubernetesGroups: ['writers'],
  ...more,
});

test('a session is the user that the entry of its role makes it', () => {
  expect(toReviewedUser(SESSION, [entry('arn:aws:iam::111122223333:role/writer')])).toEqual({
    username: 'arn:aws:sts::111122223333:assumed-role/writer/session',
    uid: 'aws-iam-authenticator:111122223333:AROAEXAMPLE',
    groups: ['writers'],
    extra: {
      arn: ['arn:aws:sts::111122223333:assumed-role/writer/session'],
      canonicalArn: ['arn:aws:iam::111122223333:role/writer'],
      sessionName: ['session'],
      principalId: ['AROAEXAMPLE:session'],
    },
  });
});

test.each<[what: string, arn: string, principalArn: string]>([
  ['a role with a path', SESSION.arn, 'arn:aws:iam::111122223333:role/a/b/writer'],
  ['a user', 'arn:aws:iam::111122223333:user/a/ann', 'arn:aws:iam::111122223333:user/a/ann'],
])('%s is found', (_, arn, principalArn) => {
  expect(toReviewedUser(caller(arn), [entry(principalArn)])).toMatchObject({ username: arn });
});

test('a name of its own has the session in it, and no at sign of its', () => {
  const entries = [entry('arn:aws:iam::111122223333:role/writer', { username: 'ops:{{SessionName}}' })];
  const arn = 'arn:aws:sts::111122223333:assumed-role/writer/ann@example.com';

  expect(toReviewedUser(caller(arn), entries)).toMatchObject({ username: 'ops:ann-example.com' });
});

test.each([
  ['another role', 'arn:aws:iam::111122223333:role/reader'],
  ['a role whose name begins so', 'arn:aws:iam::111122223333:role/writer2'],
  ['a role of another account', 'arn:aws:iam::444455556666:role/writer'],
  ['a role of another partition', 'arn:aws-cn:iam::111122223333:role/writer'],
  ['a user of that name', 'arn:aws:iam::111122223333:user/writer'],
  ['the account', 'arn:aws:iam::111122223333:root'],
])('an entry of %s lets nobody else in', (_, principalArn) => {
  expect(toReviewedUser(SESSION, [entry(principalArn)])).toBeUndefined();
});
