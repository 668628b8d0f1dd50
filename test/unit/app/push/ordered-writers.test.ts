import { describe, expect, it } from '@jest/globals';
import type { RemoteRemoval, RemoteWrite, SecretWriter } from '../../../../src/app/ports/secret-writer.ts';
import { createOrderedWriters, type OrderedWritersDeps } from '../../../../src/app/push/ordered-writers.ts';
import { createPacedWriters } from '../../../../src/app/push/paced-writers.ts';
import type { SecretService } from '../../../../src/domain/remote-key.ts';
import { StoreAccessDeniedError, TableUnavailableError } from '../../../../src/domain/sync-error.ts';
import { createFakeClock, type FakeClock } from '../../../support/fake-clock.ts';
import { createFakeLog } from '../../../support/fake-log.ts';
import { createFakeSecrets, type FakeSecrets } from '../../../support/fake-secrets.ts';
import { createFakeTables } from '../../../support/fake-tables.ts';
import { hubPlan } from '../../../support/identity-plan.ts';
import { oneKey, remoteRemoval, remoteWrite } from '../../../support/remote-write.ts';

const MINUTE = 60_000;
const BY_OTHER = 'PushSecret team-b/other of cluster two';
const KEY = { account: '111122223333', region: 'eu-central-1', service: 'secretsmanager', name: 'prod/db' } as const;

const start = (change: Partial<OrderedWritersDeps> = {}, clock: FakeClock = createFakeClock()) => {
  const secrets: FakeSecrets = createFakeSecrets();
  const tables = createFakeTables(clock);
  const log = createFakeLog();
  let holders = 0;
  const deps: OrderedWritersDeps = {
    ...tables,
    writers: secrets.writers,
    clock,
    log,
    newHolder: () => {
      holders += 1;
      return `holder-${holders}`;
    },
    random: () => 0.5,
    budget: { burst: 2, refillMilliseconds: 10 * MINUTE },
    ...change,
  };
  const writers = createOrderedWriters(deps);
  const open = (service: SecretService = 'secretsmanager'): Promise<SecretWriter> =>
    writers.open(hubPlan('writer', { service }), { credentials: undefined, settings: {} });
  const versions = (): number => secrets.manager.versionsOf('prod/db').length;
  return { secrets, tables, log, clock, open, versions };
};

const write = (text: string) => remoteWrite({ key: 'prod/db', content: oneKey(text) });

describe('writes of one key', () => {
  it('follow each other, so that eight that set other properties at once lose none', async () => {
    const { secrets, open } = start({ budget: { burst: 20, refillMilliseconds: MINUTE } });
    const properties = Array.from({ length: 8 }, (_, index) => `p${index}`);
    let under = 0;
    let most = 0;
    secrets.before({ operation: 'write' }, async () => {
      under += 1;
      most = Math.max(most, under);
      await new Promise(setImmediate);
      under -= 1;
    });

    await Promise.all(
      properties.map(async (property) =>
        (await open()).write(remoteWrite({ key: 'prod/db', property, content: oneKey(property) })),
      ),
    );

    const found = secrets.manager.read({ key: 'prod/db', version: '' }, KEY);
    const text = found === 'not-found' || 'rejected' in found ? '' : found.binary?.revealText();
    expect(Object.keys(JSON.parse(text ?? '')).sort()).toEqual(properties);
    expect(most).toBe(1);
  });

  it('do not wait for writes of another key, or of the same name in another service', async () => {
    const { tables, clock, open } = start();
    await tables.writeLeases.take(KEY, {
      holder: 'x',
      by: BY_OTHER,
      now: clock.now(),
      expiresAt: clock.now() + MINUTE,
    });

    await (await open()).write(remoteWrite({ key: 'prod/other' }));
    await (await open('ssm')).write(write('x'));

    expect(clock.slept).toEqual([]);
  });

  it('wait for whoever writes an ARN of the same secret', async () => {
    const { tables, clock, open } = start();
    await tables.writeLeases.take(KEY, {
      holder: 'x',
      by: BY_OTHER,
      now: clock.now(),
      expiresAt: clock.now() + MINUTE,
    });
    const arn = `arn:aws:secretsmanager:${KEY.region}:${KEY.account}:secret:prod/db-AbCdEf`;

    await expect((await open()).remove(remoteRemoval({ key: arn }))).rejects.toMatchObject({ name: 'KeyBusyError' });
  });

  it('wait no longer than ten seconds, and then say for whom', async () => {
    const { secrets, tables, clock, open } = start();
    const began = clock.now();
    await tables.writeLeases.take(KEY, { holder: 'x', by: BY_OTHER, now: began, expiresAt: began + MINUTE });

    const writing = (await open()).write(write('x'));

    await expect(writing).rejects.toMatchObject({
      name: 'KeyBusyError',
      retryable: true,
      message: `writing prod/db waits for ${BY_OTHER}, which is writing it too`,
    });
    expect(clock.now() - began).toBeGreaterThan(9_000);
    expect(clock.now() - began).toBeLessThanOrEqual(10_000);
    expect(secrets.calls({ operation: 'write' })).toEqual([]);
  });

  it('go on after a writer that crashed, once its lease has expired', async () => {
    const { tables, clock, open, versions } = start();
    await tables.writeLeases.take(KEY, { holder: 'x', by: BY_OTHER, now: clock.now(), expiresAt: clock.now() + 5_000 });

    await (await open()).write(write('x'));

    expect(versions()).toBe(1);
    expect(await tables.writeLeases.take(KEY, { holder: 'y', by: BY_OTHER, now: clock.now(), expiresAt: 0 })).toEqual({
      taken: true,
    });
  });

  it('give the key back when they fail', async () => {
    const { secrets, open, clock } = start();
    secrets.fail({ operation: 'write' }, () => new Error('boom'), 1);
    await expect((await open()).write(write('x'))).rejects.toThrow('boom');

    await (await open()).write(write('x'));

    expect(clock.slept).toEqual([]);
  });

  it('are done although the key could not be given back', async () => {
    const { tables } = start();
    const unavailable = async (): Promise<void> => {
      throw new TableUnavailableError('no answer');
    };
    const { open, log, versions } = start({ writeLeases: { ...tables.writeLeases, release: unavailable } });

    await (await open()).write(write('x'));

    expect(versions()).toBe(1);
    expect(log.lines).toMatchObject([
      { level: 'warn', message: 'a lease or a place in a budget stays until it expires' },
    ]);
  });

  it('let a bug of the table through', async () => {
    const { tables } = start();
    const broken = async (): Promise<void> => {
      throw new TypeError('bug');
    };
    const { open } = start({ writeLeases: { ...tables.writeLeases, release: broken } });

    await expect((await open()).write(write('x'))).rejects.toThrow('bug');
  });

  it('stop waiting when their caller does', async () => {
    const { open, secrets } = start();

    await expect((await open()).write(write('x'), AbortSignal.abort())).rejects.toMatchObject({
      name: 'StoreUnavailableError',
    });
    expect(secrets.calls({ operation: 'write' })).toEqual([]);
  });

  it('are not waited for by who only asks whether the key exists', async () => {
    const { tables, clock, open } = start();
    await tables.writeLeases.take(KEY, {
      holder: 'x',
      by: BY_OTHER,
      now: clock.now(),
      expiresAt: clock.now() + MINUTE,
    });

    expect(await (await open()).exists('prod/db')).toBe(false);
  });
});

describe('the version budget of a secret', () => {
  it('lets a burst through, then says until when the next version waits, and writes the newest content then', async () => {
    const { clock, open, versions } = start();
    const writer = await open();
    await writer.write(write('1'));
    await writer.write(write('2'));

    await expect(writer.write(write('3'))).rejects.toMatchObject({
      name: 'WriteBudgetError',
      until: clock.now() + 10 * MINUTE,
    });
    await clock.advance(10 * MINUTE - 1);
    await expect(writer.write(write('4'))).rejects.toMatchObject({ name: 'WriteBudgetError', until: clock.now() + 1 });
    await clock.advance(1);
    await writer.write(write('5'));

    expect(versions()).toBe(3);
  });

  it('is not spent by equal content, nor asked for it', async () => {
    const { open, versions } = start();
    const writer = await open();
    await writer.write(write('1'));
    await writer.write(write('2'));

    for (let repeat = 0; repeat < 5; repeat += 1)
      expect(await writer.write(write('2'))).toMatchObject({ wrote: false });

    expect(versions()).toBe(2);
  });

  it('allows no more than a burst and one for each ten minutes, however the changes come', async () => {
    const { clock, open, versions } = start();
    const writer = await open();
    let refused = 0;
    for (let minute = 0; minute < 60; minute += 1) {
      await writer.write(write(`${minute}`)).catch(() => {
        refused += 1;
      });
      await clock.advance(MINUTE);
    }

    expect(versions()).toBeLessThanOrEqual(2 + 6);
    expect(versions()).toBeGreaterThanOrEqual(7);
    expect(refused).toBe(60 - versions());
  });

  it('is given back by what fails for another reason, so that the reason stays the one that is told', async () => {
    const { secrets } = start();
    const denied = async ({ beforeVersion }: RemoteWrite | RemoteRemoval): Promise<never> => {
      await beforeVersion?.();
      throw new StoreAccessDeniedError('denied for PutSecretValue');
    };
    const denying: OrderedWritersDeps['writers'] = {
      open: async (...given) => ({ ...(await secrets.writers.open(...given)), write: denied, remove: denied }),
    };
    const { open } = start({ writers: denying });

    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect((await open()).write(write('x'))).rejects.toThrow('denied for PutSecretValue');
      await expect((await open()).remove(remoteRemoval({ key: 'prod/db' }))).rejects.toThrow(
        'denied for PutSecretValue',
      );
    }
  });

  it('is given back by what turns out to be there already', async () => {
    const { secrets } = start();
    const late: OrderedWritersDeps['writers'] = {
      open: async (...given) => ({
        ...(await secrets.writers.open(...given)),
        write: async ({ beforeVersion }) => {
          await beforeVersion?.();
          return { wrote: false };
        },
      }),
    };
    const { open } = start({ writers: late, budget: { burst: 1, refillMilliseconds: MINUTE } });

    for (let repeat = 0; repeat < 3; repeat += 1)
      expect(await (await open()).write(write('x'))).toEqual({ wrote: false });
  });

  it('counts the removal of a property, and keeps what the caller asked for', async () => {
    const { open } = start();
    const writer = await open();
    const asked: string[] = [];
    const note = (what: string) => async (): Promise<void> => void asked.push(what);
    await writer.write({
      ...remoteWrite({ key: 'prod/db', property: 'a' }),
      also: [{ property: 'b', content: oneKey('b') }],
      beforeVersion: note('write'),
    });
    await writer.remove(remoteRemoval({ key: 'prod/db', property: 'a', beforeVersion: note('remove') }));

    await expect(writer.write(write('x'))).rejects.toMatchObject({ name: 'WriteBudgetError' });
    expect(asked).toEqual(['write', 'remove']);
  });

  it('is of each secret for itself, and of no parameter', async () => {
    const { open } = start({ budget: { burst: 1, refillMilliseconds: MINUTE } });
    const [writer, parameters] = [await open(), await open('ssm')];
    await writer.write(write('1'));

    await writer.write(remoteWrite({ key: 'prod/other' }));
    for (const text of ['1', '2', '3']) await parameters.write(write(text));
  });

  it('is twenty versions, and one more in ten minutes, unless it is said otherwise', async () => {
    const { tables, secrets, clock, log } = start();
    const writers = createOrderedWriters({
      ...tables,
      writers: secrets.writers,
      clock,
      log,
      newHolder: () => 'x',
      random: () => 0,
    });
    const writer = await writers.open(hubPlan('writer'), { credentials: undefined, settings: {} });
    for (let index = 0; index < 20; index += 1) await writer.write(write(`${index}`));

    await expect(writer.write(write('one more'))).rejects.toMatchObject({ until: clock.now() + 10 * MINUTE });
  });
});

describe('paced writers', () => {
  const paced = async (service: SecretService) => {
    const clock = createFakeClock();
    const secrets = createFakeSecrets();
    const { quotas } = createFakeTables(clock);
    const writers = createPacedWriters({
      writers: secrets.writers,
      quotas,
      clock,
      parameterRates: { reads: 10, writes: 2 },
    });
    return {
      clock,
      secrets,
      writer: await writers.open(hubPlan('writer', { service }), { credentials: undefined, settings: {} }),
    };
  };

  it('wait for a place of what they read, and for one of what they write', async () => {
    const { clock, writer } = await paced('ssm');

    await writer.write(write('1'));
    expect(clock.slept).toEqual([]);
    await writer.write(write('1'));
    expect(clock.slept).toEqual([100]);
    await writer.write(write('2'));
    expect(clock.slept).toEqual([100, 100, 300]);
    await writer.exists('prod/db');
    await writer.remove(remoteRemoval({ key: 'prod/db' }));
    expect(clock.slept).toEqual([100, 100, 300, 100]);
  });

  it('come back later when a place would be long in coming', async () => {
    const { secrets, writer } = await paced('ssm');
    const many = Array.from({ length: 80 }, (_, index) => writer.write(remoteWrite({ key: `/${index}` })));

    const outcomes = await Promise.allSettled(many);

    const failed = outcomes.filter(({ status }) => status === 'rejected');
    expect(failed.length).toBeGreaterThan(0);
    for (const outcome of failed) expect(outcome).toMatchObject({ reason: { name: 'QuotaSpentError' } });
    expect(secrets.parameters.listVersions().length).toBe(80 - failed.length);
  });

  it('leave Secrets Manager alone, and ask what the caller asked for', async () => {
    const { clock, writer } = await paced('secretsmanager');
    await writer.write(write('1'));
    await writer.write(write('2'));
    expect(clock.slept).toEqual([]);

    const asked: string[] = [];
    const other = await paced('ssm');
    await other.writer.write({ ...write('1'), beforeVersion: async () => void asked.push('write') });
    expect(asked).toEqual(['write']);
  });
});
