import { describe, expect, test } from '@jest/globals';
import type { IdentityLimits } from '../../../../src/domain/cluster.ts';
import type { GeneratorObjectKind } from '../../../../src/domain/generator-ref.ts';
import { DEFAULT_ROLE, externalSecret, NAMESPACE, REGION, values } from '../../../support/builders.ts';
import { FAKE_ACCOUNT } from '../../../support/fake-secrets.ts';
import { ALL_ROLES, asAccount, keysIn, role, type Spec, STORES, TEAM_ROLES, tenantWorld } from './tenant-world.ts';

const HUB = role('secretcast-test-reconcile');
const generated = (kind: GeneratorObjectKind) =>
  externalSecret({
    spec: {
      secretStoreRef: undefined,
      data: undefined,
      dataFrom: [{ sourceRef: { generatorRef: { kind, name: 'token' } } }],
    },
  });

describe('a generator', () => {
  test.each<[string, IdentityLimits, GeneratorObjectKind, Spec, string]>([
    [
      'that names a role of the hub',
      ALL_ROLES,
      'ECRAuthorizationToken',
      { role: HUB },
      `${STORES} may not use role ${HUB}, which is the service's own; allowed: *`,
    ],
    [
      'that names a role of the hub on keys of its own',
      ALL_ROLES,
      'STSSessionToken',
      { ...keysIn(), role: HUB },
      `${STORES} may not use role ${HUB}, which is the service's own; allowed: *`,
    ],
    [
      'that names a role of another tenant',
      TEAM_ROLES,
      'ECRAuthorizationToken',
      { role: role('team-b') },
      `${STORES} may not use role ${role('team-b')}; allowed: ${role('team-a-*')}`,
    ],
    [
      'that names a pattern',
      ALL_ROLES,
      'ECRAuthorizationToken',
      { role: 'arn:aws:iam::1:role/x*' },
      'role arn:aws:iam::1:role/x* is not the ARN of a role: arn:aws:iam::111122223333:role/NAME',
    ],
    [
      'without auth, where the registration has no default role',
      { allowRoles: ['*'], sessionTags: true },
      'ECRAuthorizationToken',
      {},
      'ECRAuthorizationToken "token" has no auth and cluster "one" no default role',
    ],
    [
      'for registries, where the registration allows secrets alone',
      { ...ALL_ROLES, allowServices: ['secretsmanager'] },
      'ECRAuthorizationToken',
      {},
      `${STORES} may not use service ecr; allowed: secretsmanager`,
    ],
    [
      'for session tokens, where the registration allows registries alone',
      { ...ALL_ROLES, allowServices: ['ecr'] },
      'STSSessionToken',
      keysIn(),
      `${STORES} may not use service sts; allowed: ecr`,
    ],
  ])('%s is refused before any call', async (_, ...[identity, kind, spec, message]) => {
    const world = await tenantWorld(identity);
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'keys' }, { data: values({ id: 'AKIA', secret: 's' }) });
    world.cluster().putGenerator({ kind, namespace: NAMESPACE, name: 'token' }, { region: REGION, ...spec });

    await world.apply(generated(kind));
    await world.settle();

    expect(world.events().at(-1)).toContain(message);
    expect(world.target()).toBeUndefined();
    expect(world.issuer.issued).toEqual([]);
  });

  test.each<[string, GeneratorObjectKind, Spec]>([
    ['keys', 'STSSessionToken', keysIn('team-b')],
    ['a service account', 'ECRAuthorizationToken', asAccount('team-b')],
  ])('takes %s of no other namespace', async (_, kind, spec) => {
    const world = await tenantWorld(ALL_ROLES);
    world.cluster().putGenerator({ kind, namespace: NAMESPACE, name: 'token' }, { region: REGION, ...spec });

    await world.apply(generated(kind));
    await world.settle();

    expect(world.ready()).toContain('False SecretSyncedError');
    expect(world.target()).toBeUndefined();
    expect(world.issuer.issued).toEqual([]);
  });

  test('by a service account’s annotation is not let near the service’s own roles', async () => {
    const world = await tenantWorld(ALL_ROLES);
    const kind = 'ECRAuthorizationToken';
    const annotations = { 'eks.amazonaws.com/role-arn': HUB };
    world.cluster().serviceAccounts.put({ namespace: NAMESPACE, name: 'reader' }, annotations);
    world.cluster().putGenerator({ kind, namespace: NAMESPACE, name: 'token' }, { region: REGION, ...asAccount() });

    await world.apply(generated(kind));
    await world.settle();

    expect(world.events().at(-1)).toContain(`may not use role ${HUB}`);
    expect(world.issuer.issued).toEqual([]);
    expect(world.cluster().requests.count({ resource: 'serviceaccounts/token' })).toBe(0);
  });

  test('leads nowhere else by a member that the API does not have, or by its Region', async () => {
    const world = await tenantWorld(ALL_ROLES);
    const kind = 'ECRAuthorizationToken';
    const ref = { kind, namespace: NAMESPACE, name: 'token' } as const;
    world.cluster().putGenerator(ref, { region: REGION, endpoint: 'https://evil.example' });
    await world.apply(generated(kind));
    await world.settle();
    expect(world.issuer.issued).toEqual([
      { request: { type: 'registry', isPublic: false }, region: REGION, identity: DEFAULT_ROLE },
    ]);
    expect(DEFAULT_ROLE).toContain(FAKE_ACCOUNT);

    world.cluster().putGenerator(ref, { region: 'evil.example/' });
    await world.elapse(3 * 3_600_000);

    expect(world.events().at(-1)).toContain('region not found: evil.example/');
    expect(world.issuer.issued).toHaveLength(1);
  });

  test('that the registration allows generates', async () => {
    const world = await tenantWorld({ ...TEAM_ROLES, allowServices: ['ecr'] });
    const kind = 'ECRAuthorizationToken';
    const ref = { kind, namespace: NAMESPACE, name: 'token' } as const;
    world.cluster().putGenerator(ref, { region: REGION, role: role('team-a-pull') });

    await world.apply(generated(kind));
    await world.settle();

    expect(world.target()).toMatchObject({ password: 'token-1' });
    expect(world.metrics.total('Refusals')).toBe(0);
  });
});
