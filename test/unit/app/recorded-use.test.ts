import { describe, expect, test } from '@jest/globals';
import type { ServedRef } from '../../../src/domain/object-ref.ts';
import { externalSecret, type Manifest, NAMESPACE, REGION, secretStore } from '../../support/builders.ts';
import { FAKE_ACCOUNT } from '../../support/fake-secrets.ts';
import { createWorld, DB, type World } from '../../support/world.ts';

const PLACE = { account: FAKE_ACCOUNT, region: REGION, service: 'secretsmanager' } as const;
const OTHER_STORE: ServedRef = { kind: 'SecretStore', namespace: NAMESPACE, name: 'other' };

const reading = (...keys: readonly string[]): Manifest =>
  externalSecret({ spec: { data: keys.map((key) => ({ secretKey: key, remoteRef: { key: `prod/${key}` } })) } });

interface Use {
  readonly with: Manifest;
  readonly without: Manifest;
  /** The call that forgets it. */
  readonly forgetting: string;
  /** Whom a change would wake. */
  readonly woken: (world: World) => Promise<readonly { readonly name: string }[]>;
}

const USES: readonly (readonly [string, Use])[] = [
  [
    'a key',
    {
      with: reading('db', 'other'),
      without: reading('db'),
      forgetting: 'dependants.remove',
      woken: async (world) =>
        (await world.tables.dependants.of({ ...PLACE, name: 'prod/other' })).map(({ ref }) => ref),
    },
  ],
  [
    'a search',
    {
      with: externalSecret({ spec: { dataFrom: [{ find: { name: { regexp: 'prod' }, path: 'prod/' } }] } }),
      without: externalSecret(),
      forgetting: 'finders.remove',
      woken: async (world) => (await world.tables.finders.of(PLACE)).map(({ ref }) => ref),
    },
  ],
  [
    'a store',
    {
      with: externalSecret({ spec: { secretStoreRef: { kind: 'SecretStore', name: 'other' } } }),
      without: externalSecret(),
      forgetting: 'users.remove',
      woken: (world) => world.tables.users.of('one', OTHER_STORE),
    },
  ],
];

/** `db` no longer uses it, and does so again before that is forgotten. */
const createFlickeringWorld = async (use: Use): Promise<World> => {
  const world = await createWorld();
  for (const key of ['prod/db', 'prod/other']) world.secrets.manager.put(key, { text: 'one' });
  await world.apply(secretStore(), secretStore({ name: 'other' }), use.with);
  await world.settle();
  expect(await use.woken(world)).toMatchObject([{ name: DB.name }]);
  await world.apply(use.without);
  world.before = async (call) => {
    if (call !== use.forgetting) return;
    world.before = () => undefined;
    await world.apply(use.with);
    for (const request of world.takeReady()) await world.reconcile(request);
  };
  return world;
};

describe.each(USES)('%s that an object uses again while it is being forgotten', (_, use) => {
  test('wakes the object', async () => {
    const world = await createFlickeringWorld(use);

    await world.settle();

    expect(await use.woken(world)).toMatchObject([{ name: DB.name }]);
  });

  test('wakes it although the process ended before it could see that', async () => {
    const world = await createFlickeringWorld(use);
    const meanwhile = world.before;
    world.before = async (call) => {
      await meanwhile(call);
      if (call !== use.forgetting) return;
      world.before = (next) => {
        if (next === 'states.put') throw new Error('the process ended');
      };
    };
    await expect(world.settle()).rejects.toThrow('the process ended');
    world.before = () => undefined;

    await world.settle();

    expect(await use.woken(world)).toMatchObject([{ name: DB.name }]);
  });
});
