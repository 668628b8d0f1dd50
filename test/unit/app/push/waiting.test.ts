import { describe, expect, test } from '@jest/globals';
import { KeyBusyError } from '../../../../src/domain/push/key-busy-error.ts';
import { DEFAULT_WRITE_BUDGET } from '../../../../src/domain/push/write-budget.ts';
import { ClusterUnreachableError, QuotaSpentError } from '../../../../src/domain/sync-error.ts';
import { pushed, pushSecret } from '../../../support/builders.ts';
import { createPushWorld, LOCATION, PS, putSource, remote, SYNCED } from '../../../support/push-world.ts';

const MINUTE = 60_000;

describe('a key that had too many versions lately', () => {
  test('gets the last value when its time has come; until then the condition says until when', async () => {
    const world = await createPushWorld();
    for (let change = 0; change < 50; change += 1) {
      putSource(world, { key: `value ${change}` });
      await world.settle();
      await world.clock.advance(1_000);
    }
    const made = world.secrets.manager.versionsOf('path/to/key').length;
    const until = new Date((await world.state(PS))?.dueAt ?? 0).toISOString();

    expect(made).toBe(DEFAULT_WRITE_BUDGET.burst);
    expect(world.ready(PS)).toBe(
      `False WriteBudgetSpent: writing path/to/key waits until ${until}: it was written so often that versions would pile up; the newest content is written then`,
    );
    await world.elapse(11 * MINUTE);
    expect(remote(world)).toBe('value 49');
    expect(world.ready(PS)).toBe(SYNCED);
    expect(world.secrets.manager.versionsOf('path/to/key')).toHaveLength(made + 1);
  });

  test('holds up none of the other keys', async () => {
    const world = await createPushWorld(
      pushSecret({ spec: { data: [pushed(), pushed('key', { remoteKey: 'other' })] } }),
    );
    const spent = `versions#${LOCATION.account}#${LOCATION.region}#secretsmanager#path/to/key`;
    const { burst, refillMilliseconds: stepMilliseconds } = DEFAULT_WRITE_BUDGET;
    for (let place = 0; place < burst; place += 1)
      await world.tables.quotas.reserve(spent, {
        now: world.clock.now(),
        latest: Number.MAX_SAFE_INTEGER,
        stepMilliseconds,
      });

    putSource(world, { key: 'two' });
    await world.settle();

    expect([remote(world), remote(world, 'other')]).toEqual(['value', 'two']);
    expect(world.ready(PS)).toContain('False WriteBudgetSpent');
  });
});

describe('a push that finds', () => {
  test.each<[string, () => Error]>([
    ['the account’s quota spent', () => new QuotaSpentError('spent')],
    ['somebody else at the key', () => new KeyBusyError('path/to/key', 'another')],
  ])('%s comes back later, and tells nobody', async (_, error) => {
    const world = await createPushWorld();
    world.secrets.fail({ operation: 'write' }, error, 1);

    putSource(world, { key: 'two' });
    await world.settle();
    expect(world.ready(PS)).toBe(SYNCED);

    await world.elapse(10_000);
    expect(remote(world)).toBe('two');
  });

  test('the cluster silent is due again', async () => {
    const world = await createPushWorld();
    world.cluster().fail('readSecret', new ClusterUnreachableError('no answer'));

    putSource(world, { key: 'two' });
    await world.settle();

    expect(world.ready(PS)).toBe('False Errored: could not get source secret');
    await world.elapse(2 * MINUTE);
    expect(remote(world)).toBe('two');
  });

  test('the registration changed meanwhile writes nothing on its word', async () => {
    const world = await createPushWorld();
    putSource(world, { key: 'two' });
    world.before = async (call) => {
      if (call !== 'writer.write') return;
      world.before = () => undefined;
      await world.register({ mode: 'paused' });
    };

    await world.settle();

    expect(remote(world)).toBe('value');
  });

  test('its object edited meanwhile leaves it to the next pass', async () => {
    const world = await createPushWorld();
    await world.clock.advance(20_000);
    putSource(world, { key: 'two' });
    world.cluster().put(PS, { spec: pushSecret({ spec: { data: [pushed('key', { remoteKey: 'other' })] } }).spec });

    await world.settle();

    expect([remote(world), remote(world, 'other')]).toEqual(['value', undefined]);
  });
});
