import { describe, expect, test } from '@jest/globals';
import { createPacedReaders } from '../../../src/app/paced-readers.ts';
import { awsProvider, data, externalSecret, secretStore } from '../../support/builders.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeSecrets } from '../../support/fake-secrets.ts';
import { createFakeQuotas } from '../../support/fake-tables/fake-quotas.ts';
import { hubPlan } from '../../support/identity-plan.ts';
import { createWorld, DB, type World } from '../../support/world.ts';

const HOUR = 3_600_000;

/** Parameters `p-0` …, and readers that are paced by a clock which a test moves. */
const start = (count: number) => {
  const clock = createFakeClock({ sleeps: 'wait' });
  const secrets = createFakeSecrets(clock.now);
  const names = Array.from({ length: count }, (_, index) => `p-${index}`);
  for (const name of names) secrets.parameters.put(name, 'x');
  const quotas = createFakeQuotas();
  const containers = [1, 2].map(() =>
    createPacedReaders({ readers: secrets, quotas, clock, parameterRates: { reads: 40, describes: 3 } }),
  );
  const open = (container: number, service: 'ssm' | 'secretsmanager' = 'ssm') => {
    const readers = containers[container];
    if (readers === undefined) throw new Error('no such container');
    return readers.open(hubPlan('reader', { service }), undefined);
  };
  const begun = (operation: 'read' | 'listVersions') => secrets.calls({ operation }).length;
  return { clock, secrets, names, open, begun };
};

describe('reads of parameters', () => {
  test('begin at 40 a second, whatever container asks', async () => {
    const { clock, names, open, begun } = start(120);
    const readers = await Promise.all([open(0), open(1)]);
    const reading = names.map((key, index) => readers[index % 2]?.read({ key, version: '' }));

    await clock.advance(0);
    expect(begun('read')).toBe(1);
    await clock.advance(999);
    expect(begun('read')).toBe(40);
    await clock.advance(1_000);
    expect(begun('read')).toBe(80);
    await clock.advance(1_000);

    expect(begun('read')).toBe(120);
    await Promise.all(reading);
  });

  test('that would wait longer than five seconds are put off instead', async () => {
    const { clock, names, open, begun } = start(250);
    const reader = await open(0);
    const reading = Promise.allSettled(names.map((key) => reader.read({ key, version: '' })));
    await clock.advance(0);
    await clock.advance(10_000);

    const refused = (await reading).filter(({ status }) => status === 'rejected');

    expect(refused).toHaveLength(49);
    expect(refused[0]).toMatchObject({ reason: { name: 'QuotaSpentError', retryable: true } });
    expect(begun('read')).toBe(201);
  });

  test('do not slow those of secrets', async () => {
    const { secrets, open, begun } = start(0);
    secrets.manager.put('a', { text: 'x' });
    const reader = await open(0, 'secretsmanager');

    await Promise.all(Array.from({ length: 100 }, () => reader.read({ key: 'a', version: '' })));

    expect(begun('read')).toBe(100);
  });

  test('stop waiting when their caller does', async () => {
    const { open, begun } = start(2);
    const reader = await open(0);
    await reader.read({ key: 'p-0', version: '' });

    await expect(reader.read({ key: 'p-1', version: '' }, AbortSignal.abort())).rejects.toThrow();

    expect(begun('read')).toBe(1);
  });
});

test('pages of a listing of parameters are asked for at 3 a second', async () => {
  const { clock, open, begun } = start(300);
  const reader = await open(0);
  const listing = (async () => {
    const listed: string[] = [];
    for await (const page of reader.listing.pages()) listed.push(...page.map(({ name }) => name));
    return listed;
  })();

  await clock.advance(0);
  expect(begun('listVersions')).toBe(1);
  await clock.advance(1_000);
  expect(begun('listVersions')).toBeLessThanOrEqual(3);
  for (let step = 0; step < 20; step += 1) await clock.advance(100);

  expect(begun('listVersions')).toBe(6);
  await clock.advance(1_000); // only who asks knows that there is no more
  expect(await listing).toHaveLength(300);
});

describe('a fleet that reads parameters', () => {
  const fleet = async (count: number): Promise<World> => {
    const world = await createWorld();
    const names = Array.from({ length: count }, (_, index) => `p-${index}`);
    for (const name of names) world.secrets.parameters.put(name, 'one');
    await world.apply(
      secretStore({ spec: awsProvider({ service: 'ParameterStore' }) }),
      ...names.map((name) => externalSecret({ name, spec: { data: [data('value', { key: name })] } })),
    );
    return world;
  };
  const textIn = (world: World, name: string) => world.target(name)?.['value'];

  test('is verified by pages of 50, and what moved is read', async () => {
    const world = await fleet(100);
    await world.elapse(600_000);
    world.secrets.forgetCalls();
    world.cluster().requests.reset();
    world.secrets.parameters.put('p-7', 'two');

    await world.elapse(HOUR);

    expect(world.secrets.calls({ operation: 'listVersions' })).toHaveLength(2);
    expect(world.secrets.calls({ operation: 'read' }).map(({ key }) => key)).toEqual(['p-7']);
    expect(textIn(world, 'p-7')).toBe('two');
  });

  test('whose quota is spent waits, and nothing is unready for it', async () => {
    const world = await fleet(3);
    await world.settle();
    world.secrets.parameters.put('p-1', 'two');
    const now = world.clock.now();
    await world.tables.quotas.reserve('111122223333#eu-central-1#parameter-reads', {
      now,
      latest: now + HOUR,
      stepMilliseconds: 30_000,
    });

    await world.sync({ ...DB, name: 'p-1' });
    expect(textIn(world, 'p-1')).toBe('one');
    expect(world.ready({ ...DB, name: 'p-1' })).toBe('True SecretSynced: secret synced');
    await world.elapse(60_000);

    expect(textIn(world, 'p-1')).toBe('two');
    expect(world.events().filter((event) => event.startsWith('Warning'))).toEqual([]);
  });

  test('whose quota is spent at the interval waits too', async () => {
    const world = await fleet(1);
    await world.settle();
    await world.elapse(59 * 60_000);
    const now = world.clock.now();
    await world.tables.quotas.reserve('111122223333#eu-central-1#parameter-reads', {
      now,
      latest: now + HOUR,
      stepMilliseconds: 180_000,
    });
    world.cluster().requests.reset();

    await world.elapse(5 * 60_000);

    expect(world.ready({ ...DB, name: 'p-0' })).toBe('True SecretSynced: secret synced');
    expect(world.cluster().requests.count()).toBe(0);
    expect((await world.state({ ...DB, name: 'p-0' }))?.verifiedAt).toBeGreaterThan(now);
  });
});
