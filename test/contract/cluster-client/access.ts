import { expect, test } from '@jest/globals';
import type { ContractContext } from '../cluster-client.ts';
import { MANAGER, newSecret, storeRef } from './builders.ts';

export const describeAccess = ({ client, world, newNamespace }: ContractContext): void => {
  test('that is missing is told by verb, resource and namespace', async () => {
    const namespace = await newNamespace();
    const { stranger } = world();
    const forbidden = (message: string) => ({ name: 'ClusterForbiddenError', retryable: false, message });

    await expect(stranger.readSecret({ namespace, name: 'db' })).rejects.toMatchObject(
      forbidden(`get secrets in namespace ${namespace} is forbidden`),
    );
    await expect(stranger.createSecret(newSecret(namespace, 'db'), MANAGER)).rejects.toMatchObject(
      forbidden(`create secrets in namespace ${namespace} is forbidden`),
    );
    await expect(stranger.listObjects('ExternalSecret', { limit: 1 })).rejects.toMatchObject(
      forbidden('list externalsecrets cluster-wide is forbidden'),
    );
    await expect(
      stranger.replaceStatus({ ...storeRef(namespace, 'aws'), resourceVersion: '1' }, { conditions: [] }),
    ).rejects.toMatchObject(forbidden(`update secretstores/status in namespace ${namespace} is forbidden`));
    await expect(
      stranger
        .watchObjects('Secret', { resourceVersion: '1' }, new AbortController().signal)
        [Symbol.asyncIterator]()
        .next(),
    ).rejects.toMatchObject(forbidden('watch secrets cluster-wide is forbidden'));
  });

  test('can be asked about', async () => {
    const question = { group: '', resource: 'secrets', verb: 'create', namespace: 'default' };

    expect(await client().mayI(question)).toBe(true);
    expect(await world().stranger.mayI(question)).toBe(false);
    expect(
      await world().stranger.mayI({
        group: 'external-secrets.io',
        resource: 'externalsecrets',
        subresource: 'status',
        verb: 'update',
      }),
    ).toBe(false);
  });

  test('shows which cluster this is', async () => {
    const uid = await client().kubeSystemUid();

    expect(uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(await client().kubeSystemUid()).toBe(uid);
  });

  test('to a cluster that does not answer fails at the deadline, or when given up', async () => {
    const { hanging } = world();
    const ref = { namespace: 'default', name: 'db' };
    const unreachable = { name: 'ClusterUnreachableError', retryable: true };

    await expect(hanging.readSecret(ref)).rejects.toMatchObject(unreachable);
    await expect(hanging.listObjects('Secret', { limit: 1 }, AbortSignal.timeout(20))).rejects.toMatchObject(
      unreachable,
    );
    await expect(hanging.kubeSystemUid(AbortSignal.abort())).rejects.toMatchObject(unreachable);
  });

  test('to a watch that is never accepted fails at the deadline, and ends when given up', async () => {
    const watch = (signal: AbortSignal) =>
      world().hanging.watchObjects('Secret', { resourceVersion: '1' }, signal)[Symbol.asyncIterator]().next();

    await expect(watch(new AbortController().signal)).rejects.toMatchObject({ name: 'ClusterUnreachableError' });
    expect(await watch(AbortSignal.timeout(20))).toEqual({ done: true, value: undefined });
  });
};
