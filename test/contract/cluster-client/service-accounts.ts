import { expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import type { ContractContext } from '../cluster-client.ts';

export const describeServiceAccounts = ({ client, world, newNamespace }: ContractContext): void => {
  const newAccount = async (annotations: Readonly<Record<string, string>> = {}) => {
    const ref = { namespace: await newNamespace(), name: 'reader' };
    await world().putServiceAccount(ref, annotations);
    return ref;
  };

  test('are read with their uid and annotations', async () => {
    const ref = await newAccount({ 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/reader' });

    expect(await client().readServiceAccount(ref)).toEqual({
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/reader' },
    });
  });

  test('that do not exist are undefined', async () => {
    const namespace = await newNamespace();

    expect(await client().readServiceAccount({ namespace, name: 'nobody' })).toBeUndefined();
  });

  test('have tokens for the audiences asked for', async () => {
    const ref = await newAccount();

    const token = await client().requestToken(ref, ['sts.amazonaws.com', 'vault']);

    expect(decodeJwt(token.revealText())).toMatchObject({
      aud: ['sts.amazonaws.com', 'vault'],
      sub: `system:serviceaccount:${ref.namespace}:reader`,
    });
  });

  test('that do not exist have no tokens', async () => {
    const namespace = await newNamespace();

    await expect(client().requestToken({ namespace, name: 'nobody' }, ['sts.amazonaws.com'])).rejects.toThrow(
      `create serviceaccounts/token ${namespace}/nobody`,
    );
  });

  test('are nobody else’s: who may not ask for a token is told so', async () => {
    const ref = await newAccount();

    await expect(world().stranger.requestToken(ref, ['sts.amazonaws.com'])).rejects.toMatchObject({
      name: 'ClusterForbiddenError',
      message: `create serviceaccounts/token in namespace ${ref.namespace} is forbidden`,
    });
  });
};
