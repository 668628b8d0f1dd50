import { expect, test } from '@jest/globals';
import { ownedAnnotations, ownedDataKeys, ownedLabels } from '../../../src/domain/owned-fields.ts';
import { SecretValue } from '../../../src/domain/secret-value.ts';
import type { TargetSecret } from '../../../src/domain/target-secret.ts';
import type { ContractContext } from '../cluster-client.ts';
import { EXTERNAL_SECRET, eventually, externalSecretRef, MANAGER, newSecret, textsOf, values } from './builders.ts';

export const describeSecrets = ({ client, world, newNamespace }: ContractContext): void => {
  const read = async (namespace: string, name: string): Promise<TargetSecret> => {
    const secret = await client().readSecret({ namespace, name });
    if (secret === undefined) throw new Error(`Secret ${namespace}/${name} is missing`);
    return secret;
  };
  const create = async (secret: TargetSecret): Promise<TargetSecret> => {
    await client().createSecret(secret, MANAGER);
    return read(secret.namespace, secret.name);
  };

  test('that does not exist is undefined', async () => {
    const namespace = await newNamespace();

    expect(await client().readSecret({ namespace, name: 'none' })).toBeUndefined();
    expect(await client().readSecret({ namespace: `${namespace}-none`, name: 'none' })).toBeUndefined();
  });

  test('is read as it was created', async () => {
    const namespace = await newNamespace();
    const secret = newSecret(namespace, 'db', {
      labels: { app: 'shop' },
      annotations: { note: 'x' },
      finalizers: ['example.com/keep'],
      data: { password: 'älter', user: '' },
    });

    const written = await client().createSecret(secret, MANAGER);

    const found = await read(namespace, 'db');
    expect(found).toMatchObject({
      ...written,
      namespace,
      name: 'db',
      type: 'Opaque',
      immutable: false,
      labels: { app: 'shop' },
      annotations: { note: 'x' },
      finalizers: ['example.com/keep'],
    });
    expect(found.deletionTimestamp).toBeUndefined();
    expect(textsOf(found)).toEqual({ password: 'älter', user: '' });
  });

  test('keeps bytes that are no text', async () => {
    const namespace = await newNamespace();
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);

    const found = await create({ ...newSecret(namespace, 'db'), data: new Map([['b', SecretValue.fromBytes(bytes)]]) });

    expect([...(found.data.get('b')?.reveal() ?? [])]).toEqual([...bytes]);
  });

  test('has the type it was created with, for good', async () => {
    const namespace = await newNamespace();
    const found = await create(
      newSecret(namespace, 'db', { type: 'kubernetes.io/basic-auth', data: { username: 'a', password: 'b' } }),
    );

    expect(found.type).toBe('kubernetes.io/basic-auth');
    await expect(client().replaceSecret({ ...found, type: 'Opaque' }, MANAGER)).rejects.toMatchObject({
      name: 'ClusterRejectedError',
    });
  });

  test('is created once', async () => {
    const namespace = await newNamespace();
    const secret = newSecret(namespace, 'db', { data: { a: '1' } });

    const outcomes = await Promise.allSettled([1, 2, 3].map(() => client().createSecret(secret, MANAGER)));

    const failures = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason);
    expect(failures).toHaveLength(2);
    for (const failure of failures)
      expect(failure).toMatchObject({ name: 'WriteConflictError', message: expect.stringContaining('AlreadyExists') });
  });

  test('is refused in a namespace that does not exist', async () => {
    const secret = newSecret('contract-no-such-namespace', 'db');

    await expect(client().createSecret(secret, MANAGER)).rejects.toMatchObject({
      name: 'ClusterRejectedError',
      message: expect.stringContaining('the namespace does not exist'),
    });
  });

  test('is replaced as a whole', async () => {
    const namespace = await newNamespace();
    const found = await create(newSecret(namespace, 'db', { labels: { a: '1' }, data: { x: '1', y: '2' } }));

    const written = await client().replaceSecret({ ...found, labels: { b: '2' }, data: values({ y: '3' }) }, MANAGER);

    const replaced = await read(namespace, 'db');
    expect(replaced).toMatchObject(written);
    expect(replaced.uid).toBe(found.uid);
    expect(replaced.resourceVersion).not.toBe(found.resourceVersion);
    expect(replaced.labels).toEqual({ b: '2' });
    expect(textsOf(replaced)).toEqual({ y: '3' });
  });

  test('keeps its resourceVersion when an equal one replaces it', async () => {
    const namespace = await newNamespace();
    const found = await create(newSecret(namespace, 'db', { data: { x: '1' } }));

    expect(await client().replaceSecret(found, MANAGER)).toEqual({
      uid: found.uid,
      resourceVersion: found.resourceVersion,
    });
  });

  test('is not replaced when somebody wrote it since', async () => {
    const namespace = await newNamespace();
    const found = await create(newSecret(namespace, 'db', { data: { x: '1' } }));
    await world().putSecret({ namespace, name: 'db' }, { data: { x: 'theirs' } });

    await expect(client().replaceSecret({ ...found, data: values({ x: 'ours' }) }, MANAGER)).rejects.toMatchObject({
      name: 'WriteConflictError',
    });
    expect(textsOf(await read(namespace, 'db'))).toEqual({ x: 'theirs' });
  });

  test('is not replaced when it was deleted since, nor when it was made anew', async () => {
    const namespace = await newNamespace();
    const found = await create(newSecret(namespace, 'db', { data: { x: '1' } }));

    await world().deleteObject({ kind: 'Secret', namespace, name: 'db' });
    await expect(client().replaceSecret(found, MANAGER)).rejects.toMatchObject({ name: 'WriteConflictError' });
    await world().putSecret({ namespace, name: 'db' }, { data: { x: 'theirs' } });
    await expect(client().replaceSecret(found, MANAGER)).rejects.toMatchObject({ name: 'WriteConflictError' });

    expect(textsOf(await read(namespace, 'db'))).toEqual({ x: 'theirs' });
  });

  test('says which manager owns what: who changed a member last', async () => {
    const namespace = await newNamespace();
    await create(
      newSecret(namespace, 'db', { labels: { l: '1' }, annotations: { n: '1' }, data: { a: '1', b: '1', c: '1' } }),
    );

    await world().putSecret({ namespace, name: 'db' }, { data: { a: 'theirs', b: '1' }, labels: { l: '1', m: '1' } });

    const found = await read(namespace, 'db');
    expect([...ownedDataKeys(found, MANAGER)]).toEqual(['b']);
    expect([...ownedLabels(found, MANAGER)]).toEqual(['l']);
    expect([...ownedAnnotations(found, MANAGER)]).toEqual(['n']);
    expect([...ownedDataKeys(found, 'somebody')]).toEqual(['a']);
    expect([...ownedLabels(found, 'somebody')]).toEqual(['m']);
  });

  test('that is immutable refuses other data, and does not tell it', async () => {
    const namespace = await newNamespace();
    const found = await create({ ...newSecret(namespace, 'db', { data: { x: 'old-canary' } }), immutable: true });

    const error = await client()
      .replaceSecret({ ...found, data: values({ x: 'new-canary' }) }, MANAGER)
      .catch((thrown: unknown) => thrown);

    expect(found.immutable).toBe(true);
    expect(error).toMatchObject({ name: 'ClusterRejectedError', message: expect.stringContaining('data') });
    expect(error).toMatchObject({ message: expect.not.stringContaining('canary') });
  });

  test('is deleted only if it is the one that was meant', async () => {
    const namespace = await newNamespace();
    const found = await create(newSecret(namespace, 'db'));
    const ref = { namespace, name: 'db' };

    await client().deleteSecret(ref, { uid: '7a6b1f0e-0000-4000-8000-000000000000' });
    expect(await client().readSecret(ref)).toBeDefined();
    await expect(client().deleteSecret(ref, { uid: found.uid, resourceVersion: '1' })).rejects.toMatchObject({
      name: 'WriteConflictError',
    });
    expect(await client().readSecret(ref)).toBeDefined();
    await client().deleteSecret(ref, found);
    expect(await client().readSecret(ref)).toBeUndefined();
    await client().deleteSecret(ref, { uid: found.uid });
  });

  test('goes with its owner', async () => {
    const namespace = await newNamespace();
    const ref = externalSecretRef(namespace, 'db');
    await world().putObject(ref, EXTERNAL_SECRET);
    const owner = await client().readObject(ref);
    const ownerReferences = [
      {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        name: 'db',
        uid: owner?.uid ?? '',
        controller: true,
        blockOwnerDeletion: true,
      },
    ];

    const found = await create(newSecret(namespace, 'db', { ownerReferences }));
    await world().deleteObject(ref);

    expect(found.ownerReferences).toEqual(ownerReferences);
    const left = await eventually(
      () => client().readSecret({ namespace, name: 'db' }),
      (secret) => secret === undefined,
    );
    expect(left).toBeUndefined();
  }, 90_000);

  test('is found by its labels, without values', async () => {
    const namespace = await newNamespace();
    await create(newSecret(namespace, 'mine', { labels: { by: 'us' }, data: { x: 'canary' } }));
    await create(newSecret(namespace, 'other', { labels: { by: 'them' } }));

    const found = await client().findSecrets(namespace, 'by=us');

    expect(found.map(({ ref }) => ref)).toEqual([{ kind: 'Secret', namespace, name: 'mine' }]);
    expect(JSON.stringify(found)).not.toContain('data');
  });
};
