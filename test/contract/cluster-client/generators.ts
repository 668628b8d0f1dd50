import { expect, test } from '@jest/globals';
import type { GeneratorObjectRef } from '../../../src/domain/generator-ref.ts';
import type { ContractContext } from '../cluster-client.ts';

const SECRET_REF = {
  accessKeyIDSecretRef: { name: 'keys', key: 'id' },
  secretAccessKeySecretRef: { name: 'keys', key: 'secret' },
};
const REGISTRY = { region: 'eu-central-1', role: 'arn:aws:iam::111122223333:role/pull', scope: 'private' };
const SESSION = {
  region: 'eu-central-1',
  auth: { secretRef: SECRET_REF },
  requestParameters: { sessionDuration: 3600, serialNumber: 'arn:aws:iam::111122223333:mfa/ann', tokenCode: '123456' },
};

export const describeGenerators = ({ client, world, newNamespace }: ContractContext): void => {
  test.each<readonly [GeneratorObjectRef['kind'], Readonly<Record<string, unknown>>]>([
    ['ECRAuthorizationToken', REGISTRY],
    ['STSSessionToken', SESSION],
  ])('%s is read with what its author wrote', async (kind, spec) => {
    const ref = { kind, namespace: await newNamespace(), name: 'token' };
    await world().putGenerator(ref, spec);

    expect(await client().readGenerator(ref)).toEqual({ spec });
  });

  test('ClusterGenerator is read from no namespace', async () => {
    const ref = { kind: 'ClusterGenerator', namespace: '', name: await newNamespace() } as const;
    const spec = { kind: 'ECRAuthorizationToken', generator: { ecrAuthorizationTokenSpec: REGISTRY } };
    await world().putGenerator(ref, spec);

    expect(await client().readGenerator(ref)).toEqual({ spec });
  });

  test('that does not exist is undefined', async () => {
    const namespace = await newNamespace();

    expect(await client().readGenerator({ kind: 'STSSessionToken', namespace, name: 'none' })).toBeUndefined();
  });

  test('may not be read by a stranger', async () => {
    const ref = { kind: 'ECRAuthorizationToken', namespace: await newNamespace(), name: 'token' } as const;

    await expect(world().stranger.readGenerator(ref)).rejects.toMatchObject({ name: 'ClusterForbiddenError' });
  });
};
