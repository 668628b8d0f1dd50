import { describe, expect, test } from '@jest/globals';
import { awsProvider, externalSecret, secretStore } from '../../../support/builders.ts';
import { ALL_ROLES, role, STORE, tenantWorld } from './tenant-world.ts';

describe('a store', () => {
  test.each(['endpoint', 'endpointUrl', 'customEndpoint', 'sts'])(
    'leads nowhere else by a member that the API does not have: %s',
    async (member) => {
      const world = await tenantWorld(ALL_ROLES);
      const plans: unknown[] = [];
      const { open } = world.deps.readers;
      Object.assign(world.deps.readers, {
        open: (...args: Parameters<typeof open>) => {
          plans.push(args[0]);
          return open(...args);
        },
      });

      await world.apply(secretStore({ spec: awsProvider({ [member]: 'https://evil.example' }) }), externalSecret());
      await world.settle();

      expect(plans).not.toEqual([]);
      expect(JSON.stringify(plans)).not.toContain('evil');
    },
  );

  test.each(['evil.example/', 'evil.example#', 'x@evil.example', 'eu-central-1.evil.example'])(
    'leads nowhere else by its Region: %s [AWS62]',
    async (region) => {
      const world = await tenantWorld(ALL_ROLES);

      await world.apply(secretStore({ spec: awsProvider({ region }) }), externalSecret());
      await world.settle();

      expect(world.ready(STORE)).toContain(`region not found: ${region}`);
      expect(world.secrets.calls()).toEqual([]);
    },
  );

  test('without auth reads nothing where the registration has no default role', async () => {
    const world = await tenantWorld({ allowRoles: ['*'], sessionTags: true });

    await world.apply(secretStore({ spec: awsProvider({ role: role('team-a-reader') }) }), externalSecret());
    await world.settle();

    expect(world.ready(STORE)).toContain('has no auth and cluster "one" no default role');
    expect(world.secrets.calls()).toEqual([]);
    expect(world.target()).toBeUndefined();
  });
});
