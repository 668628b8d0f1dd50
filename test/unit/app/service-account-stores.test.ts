import { describe, expect, test } from '@jest/globals';
import { decodeJwt } from 'jose';
import { findCredentials } from '../../../src/app/find-credentials.ts';
import type { WebIdentity } from '../../../src/app/ports/secret-reader.ts';
import type { ServedRef } from '../../../src/domain/object-ref.ts';
import { ClusterForbiddenError } from '../../../src/domain/sync-error.ts';
import { awsProvider, clusterSecretStore, externalSecret, NAMESPACE, secretStore } from '../../support/builders.ts';
import { createFakeCluster } from '../../support/fake-cluster.ts';
import { createWorld, type World } from '../../support/world.ts';

const STORE: ServedRef = { kind: 'SecretStore', namespace: NAMESPACE, name: 'aws' };
const ROLE = 'arn:aws:iam::111122223333:role/irsa';
const READER = { namespace: NAMESPACE, name: 'reader' };
const asReader = (change: Readonly<Record<string, unknown>> = {}) =>
  awsProvider({ auth: { jwt: { serviceAccountRef: { name: 'reader', ...change } } } });
const withRole = (annotations: Readonly<Record<string, string>> = {}) => ({
  'eks.amazonaws.com/role-arn': ROLE,
  ...annotations,
});

const worldWith = async (annotations?: Readonly<Record<string, string>>, ref = READER): Promise<World> => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', { text: 'one' });
  if (annotations !== undefined) world.cluster().serviceAccounts.put(ref, annotations);
  return world;
};

describe('a store that reads as a service account', () => {
  test('is Valid and read under the role of the account', async () => {
    const world = await worldWith(withRole());

    await world.apply(secretStore({ spec: asReader() }), externalSecret());
    await world.settle();

    expect(world.ready(STORE)).toBe('True Valid: store validated');
    expect(world.target()).toEqual({ password: 'one' });
    expect(world.secrets.calls({ operation: 'read' }).map(({ identity }) => identity)).toEqual([ROLE]);
  });

  test.each([
    ['does not exist', undefined, 'unable to create session: serviceaccounts "reader" not found'],
    [
      'names no role [AWS14]',
      {},
      `unable to create session: an IAM role must be associated with service account reader (namespace: ${NAMESPACE})`,
    ],
  ])('says so when the account %s', async (_, annotations, message) => {
    const world = await worldWith(annotations);

    await world.apply(secretStore({ spec: asReader() }));
    await world.settle();

    expect(world.ready(STORE)).toBe('False InvalidProviderConfig: unable to create client');
    expect(world.events()).toEqual([`Warning InvalidProviderConfig: ${message}`]);
  });

  test('says so when the service may not ask for the token', async () => {
    const world = await worldWith(withRole());
    world.cluster().forbid('create', 'serviceaccounts/token');

    await world.apply(secretStore({ spec: asReader() }));
    await world.settle();

    expect(world.ready(STORE)).toBe('False InvalidProviderConfig: unable to validate store');
    expect(world.events().at(-1)).toMatch(
      /failed to retrieve jwt from provide source, error creating service account token: create serviceaccounts\/token in namespace .* is forbidden$/,
    );
  });

  test('of a ClusterSecretStore reads the account in the namespace it names [AWS16]', async () => {
    const world = await worldWith(withRole(), { namespace: 'platform', name: 'reader' });
    const ofShared = externalSecret({ spec: { secretStoreRef: { name: 'shared', kind: 'ClusterSecretStore' } } });

    await world.apply(clusterSecretStore({ spec: asReader({ namespace: 'platform' }) }), ofShared);
    await world.settle();

    expect(world.target()).toEqual({ password: 'one' });
  });

  test('of a ClusterSecretStore without a namespace is Valid unasked, and reads as the account of each user’s namespace [AWS13]', async () => {
    const world = await worldWith(withRole());
    const ofShared = externalSecret({ spec: { secretStoreRef: { name: 'shared', kind: 'ClusterSecretStore' } } });

    await world.apply(clusterSecretStore({ spec: asReader() }));
    await world.settle();
    expect(world.secrets.calls()).toEqual([]);
    await world.apply(ofShared);
    await world.settle();

    expect(world.ready({ kind: 'ClusterSecretStore', namespace: '', name: 'shared' })).toBe(
      'True Valid: store validated',
    );
    expect(world.target()).toEqual({ password: 'one' });
  });

  test('is asked for anew each time: an account that was removed reads no more', async () => {
    const world = await worldWith(withRole());
    await world.apply(secretStore({ spec: asReader() }), externalSecret());
    await world.settle();
    world.cluster().serviceAccounts.delete(READER);

    await world.sync(STORE);

    expect(world.ready(STORE)).toBe('False InvalidProviderConfig: unable to create client');
  });
});

describe('the token of a service account', () => {
  const identityOf = async (annotations: Readonly<Record<string, string>>, audiences: readonly string[]) => {
    const { client, serviceAccounts } = createFakeCluster();
    serviceAccounts.put(READER, annotations);
    const base = { type: 'service-account', ...READER, audiences } as const;
    const found = await findCredentials(base, { doing: '', cluster: 'one', client, readSecret: async () => undefined });
    if (found === undefined || !('token' in found)) throw new Error('no web identity');
    return found;
  };
  const audiencesOf = async ({ token }: WebIdentity) => decodeJwt((await token()).revealText()).aud;

  test.each([
    { title: 'STS alone', annotations: {}, audiences: [], expected: ['sts.amazonaws.com'] },
    {
      title: 'STS and those of the store',
      annotations: {},
      audiences: ['a', 'b'],
      expected: ['sts.amazonaws.com', 'a', 'b'],
    },
    {
      title: 'the one annotated, and those of the store [AWS15]',
      annotations: { 'eks.amazonaws.com/audience': 'mine' },
      audiences: ['a', 'b'],
      expected: ['mine', 'a', 'b'],
    },
  ])('is for $title', async ({ annotations, audiences, expected }) => {
    expect(await audiencesOf(await identityOf(withRole(annotations), audiences))).toEqual(expected);
  });

  test('is nobody’s secret in an error', async () => {
    const { client, serviceAccounts } = createFakeCluster();
    serviceAccounts.put(READER, withRole());
    const failing = { ...client, requestToken: () => Promise.reject(new ClusterForbiddenError('no')) };
    const base = { type: 'service-account', ...READER, audiences: [] } as const;
    const found = await findCredentials(base, {
      doing: '',
      cluster: 'one',
      client: failing,
      readSecret: async () => undefined,
    });

    await expect(found !== undefined && 'token' in found ? found.token() : undefined).rejects.toMatchObject({
      reason: 'ClusterForbidden',
      retryable: false,
      message: 'failed to retrieve jwt from provide source, error creating service account token: no',
    });
  });
});
