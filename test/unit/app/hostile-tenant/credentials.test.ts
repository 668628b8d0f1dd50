import { describe, expect, test } from '@jest/globals';
import { awsProvider, clusterSecretStore, externalSecret, NAMESPACE, secretStore } from '../../../support/builders.ts';
import { ALL_ROLES, asAccount, keysIn, type Spec, STORE, STORES, tenantWorld } from './tenant-world.ts';

describe('credentials of another namespace', () => {
  const ofShared = externalSecret({ spec: { secretStoreRef: { name: 'shared', kind: 'ClusterSecretStore' } } });

  test.each<[string, Spec, string]>([
    ['a Secret', keysIn('team-b'), 'invalid Auth.SecretRef.AccessKeyID: namespace should either be empty or match'],
    ['a service account', asAccount('team-b'), 'invalid Auth.JWT.ServiceAccountRef: namespace should either be empty'],
  ])('are nothing that a SecretStore can name: %s [ES94 AWS11]', async (_, aws, message) => {
    const world = await tenantWorld(ALL_ROLES);

    await world.apply(secretStore({ spec: awsProvider(aws) }), externalSecret());
    await world.settle();

    expect(world.ready(STORE)).toContain(message);
    expect(world.target()).toBeUndefined();
    expect(world.secrets.calls()).toEqual([]);
    expect(world.cluster().requests.count({ resource: 'serviceaccounts/token' })).toBe(0);
  });

  test.each<[string, Spec]>([
    ['a Secret', keysIn()],
    ['a service account', asAccount()],
  ])('are not found by a ClusterSecretStore that takes those of its user: %s', async (_, aws) => {
    const world = await tenantWorld(ALL_ROLES);

    await world.apply(clusterSecretStore({ spec: awsProvider(aws) }), ofShared);
    await world.settle();

    expect(world.events().at(-1)).toMatch(/from namespace "team-a"|serviceaccounts "reader" not found/);
    expect(world.target()).toBeUndefined();
    expect(world.secrets.calls()).toEqual([]);
  });

  test.each<[string, Spec]>([
    ['a Secret', keysIn('team-b')],
    ['a service account', asAccount('team-b')],
  ])('which the registration leaves out are not taken, though a ClusterSecretStore names them: %s', async (_, aws) => {
    const world = await tenantWorld(ALL_ROLES, [NAMESPACE]);

    await world.apply(clusterSecretStore({ spec: awsProvider(aws) }), ofShared);
    await world.settle();

    expect(world.ready({ kind: 'ClusterSecretStore', namespace: '', name: 'shared' })).toBe(
      `False InvalidProviderConfig: ${STORES} may not take credentials from namespace team-b; allowed: team-a`,
    );
    expect(world.target()).toBeUndefined();
    expect(world.secrets.calls()).toEqual([]);
  });

  test('are not had by naming a store there', async () => {
    const world = await tenantWorld(ALL_ROLES);
    await world.apply(secretStore({ namespace: 'team-b', spec: awsProvider(keysIn()) }));

    await world.apply(externalSecret({ spec: { secretStoreRef: { name: 'aws', namespace: 'team-b' } } }));
    await world.settle();

    expect(world.target()).toBeUndefined();
  });

  test('are not had by a ClusterSecretStore whose conditions leave the tenant out [ES90 AWS61]', async () => {
    const world = await tenantWorld(ALL_ROLES);
    const ref = { kind: 'Namespace', namespace: '', name: NAMESPACE } as const;
    world.cluster().put(ref, { labels: { 'kubernetes.io/metadata.name': NAMESPACE } });
    const conditions = [{ namespaces: ['team-b'] }];

    await world.apply(clusterSecretStore({ spec: { ...awsProvider(keysIn('team-b')), conditions } }), ofShared);
    await world.settle();

    expect(world.events().at(-1)).toContain(
      'using cluster store "shared" is not allowed from namespace "team-a": denied by spec.condition',
    );
    expect(world.target()).toBeUndefined();
  });
});
