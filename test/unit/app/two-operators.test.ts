import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { externalSecret, NAMESPACE, secretStore, texts, values } from '../../support/builders.ts';
import { syncAsReference } from '../../support/reference-operator.ts';
import { createWorld, DB, type World } from '../../support/world.ts';

type Texts = Readonly<Record<string, string>>;

/** What the provider holds, and the labels of the ExternalSecret. */
interface Content {
  readonly data: Texts;
  readonly labels?: Texts;
}

const SECRET = { namespace: NAMESPACE, name: 'db' };
const POLICIES = ['Owner', 'Orphan', 'Merge', 'CreateOrMerge'] as const;
const keepsForeign = (policy: string): boolean => policy === 'Merge' || policy === 'CreateOrMerge';

const manifest = (creationPolicy: string, labels: Texts = {}) =>
  externalSecret({
    labels,
    spec: {
      data: undefined,
      dataFrom: [{ extract: { key: 'prod/db' } }],
      target: { creationPolicy, deletionPolicy: 'Merge' },
    },
  });

/** A Secret of Helm's, and an ExternalSecret for it that nobody worked on yet. */
const worldWithHelm = async (policy: string): Promise<World> => {
  const world = await createWorld();
  world.cluster().putSecret(SECRET, { data: values({ mine: 'helm', shared: 'helm' }), labels: { app: 'x' } }, 'helm');
  world.cluster().put(DB, manifest(policy));
  world.cluster().put(secretStore().ref, secretStore());
  return world;
};
const byUs = async (world: World, policy: string, { data, labels = {} }: Content): Promise<void> => {
  world.secrets.manager.put('prod/db', { text: JSON.stringify(data) });
  await world.apply(secretStore(), manifest(policy, labels));
  await world.sync();
  await world.settle();
};
const byReference = (world: World, policy: string, content: Content): void =>
  syncAsReference(world.cluster(), { name: 'db', uid: world.object().uid, creationPolicy: policy, ...content });
const secret = (world: World) => {
  const found = world.cluster().secret(NAMESPACE, 'db');
  if (found === undefined) throw new Error('no Secret');
  return found;
};

describe.each(POLICIES)('a target of the reference operator under %s', (policy) => {
  const kept = keepsForeign(policy) ? { mine: 'helm' } : {};

  test('is taken over: what it wrote and the provider lost goes, what is others’ stays [ES72 ES77]', async () => {
    const world = await worldWithHelm(policy);
    byReference(world, policy, { data: { shared: 'one', old: 'one' }, labels: { team: 'a' } });

    await byUs(world, policy, { data: { shared: 'two', new: 'two' } });

    expect(world.target()).toEqual({ ...kept, shared: 'two', new: 'two' });
    expect(secret(world).labels).not.toHaveProperty('team');
    expect(secret(world).labels).toHaveProperty('app', 'x');
  });

  test('is handed back: what we wrote and the provider lost goes, what is others’ stays [ES72 ES77]', async () => {
    const world = await worldWithHelm(policy);
    await byUs(world, policy, { data: { shared: 'one', old: 'one' }, labels: { team: 'a' } });

    byReference(world, policy, { data: { shared: 'two', new: 'two' } });

    expect(world.target()).toEqual({ ...kept, shared: 'two', new: 'two' });
    expect(secret(world).labels).not.toHaveProperty('team');
  });

  test('is not written at all by either when the other left it right [ES76]', async () => {
    const world = await worldWithHelm(policy);
    byReference(world, policy, { data: { shared: 'one' } });
    const before = secret(world).resourceVersion;

    await byUs(world, policy, { data: { shared: 'one' } });
    expect(secret(world).resourceVersion).toBe(before);
    byReference(world, policy, { data: { shared: 'one' } });

    expect(secret(world).resourceVersion).toBe(before);
  });

  test('is collected with its object exactly when it is owned by it [ES83]', async () => {
    const world = await worldWithHelm(policy);
    byReference(world, policy, { data: { shared: 'one' } });
    await byUs(world, policy, { data: { shared: 'two' } });

    world.cluster().delete(DB);

    expect(world.target() === undefined).toBe(policy === 'Owner');
  });
});

describe('a policy that changes hands', () => {
  const pairs = POLICIES.flatMap((from) => POLICIES.map((to) => [from, to] as const));

  test.each(pairs)('from the reference’s %s to our %s has the owner and label that ours has', async (from, to) => {
    const world = await worldWithHelm(from);
    byReference(world, from, { data: { shared: 'one' } });

    await byUs(world, to, { data: { shared: 'one' } });

    expect(secret(world).ownerReferences).toHaveLength(to === 'Owner' ? 1 : 0);
    expect(Object.hasOwn(secret(world).labels, 'reconcile.external-secrets.io/created-by')).toBe(to === 'Owner');
  });
});

describe('whatever the order of passes and edits', () => {
  interface Step extends Content {
    readonly by: 'us' | 'reference' | 'helm';
  }
  const key = fc.constantFrom('a', 'b', 'c');
  const content = (...found: readonly string[]) =>
    fc.dictionary(key, fc.constantFrom(...found), { noNullPrototype: true, maxKeys: 3 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ by: fc.constantFrom('us' as const, 'reference' as const), data: content('one', 'two') }),
    fc.record({ by: fc.constant('helm' as const), data: content('helm', 'chart') }),
  );

  /** What ought to be there, and which of it is the ExternalSecret's. */
  const expected = (policy: string, steps: readonly Step[]): Texts => {
    let model: readonly (readonly [string, { readonly value: string; readonly ours: boolean }])[] = [
      ['mine', { value: 'helm', ours: false }],
    ];
    for (const { by, data } of steps) {
      const kept = by === 'helm' ? model : model.filter(([, { ours }]) => !ours && keepsForeign(policy));
      const put = Object.entries(data).map(([name, value]) => [name, { value, ours: by !== 'helm' }] as const);
      model = [...new Map([...kept, ...put])];
    }
    return Object.fromEntries(model.map(([name, { value }]) => [name, value]));
  };

  test.each(POLICIES)(
    'no key of others is lost, and none of ours is left behind, under %s [ES72 ES73]',
    async (policy) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 6 }), content('last'), async (steps, last) => {
          const world = await createWorld();
          world.cluster().putSecret(SECRET, { data: values({ mine: 'helm' }) }, 'helm');
          world.cluster().put(DB, manifest(policy));
          const all = [...steps, { by: 'us' as const, data: last }];
          for (const one of all) {
            if (one.by === 'us') await byUs(world, policy, one);
            else if (one.by === 'reference') byReference(world, policy, one);
            else {
              const data = new Map([...secret(world).data, ...values(one.data)]);
              world.cluster().putSecret(SECRET, { data }, 'helm');
            }
            await world.clock.advance(1_000);
          }

          expect(texts(secret(world).data)).toEqual(expected(policy, all));
        }),
        { numRuns: 40 },
      );
    },
  );
});
