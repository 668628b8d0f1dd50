import { describe, expect, test } from '@jest/globals';
import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import type { Lease } from '../../../src/app/ports/tables.ts';
import { freshName } from './samples.ts';

/** A lease of a fresh cluster, held from 1,000 until 2,000. */
export const takeLease = async (tables: Tables, name: string, holder = 'one'): Promise<Lease> => {
  const lease = await tables.leases.take(name, { holder, now: 1_000, expiresAt: 2_000 });
  if (lease === undefined) throw new Error(`the lease of ${name} is held by somebody`);
  return lease;
};

export const describeLeases = (tables: () => Tables): void => {
  describe('the lease of a cluster', () => {
    test('goes to the first who asks', async () => {
      const name = freshName('blue');
      expect(await tables().leases.get(name)).toBeUndefined();

      const lease = await takeLease(tables(), name);

      expect(lease).toEqual({ cluster: name, holder: 'one', epoch: 1, expiresAt: 2_000 });
      expect(await tables().leases.get(name)).toEqual(lease);
    });

    test.each(['free', 'expired'])('goes to one of two who ask at the same time when it is %s', async (before) => {
      const name = freshName('blue');
      if (before === 'expired') await takeLease(tables(), name, 'earlier');
      const holders = ['one', 'two', 'three'];

      const taken = await Promise.all(
        holders.map((holder) => tables().leases.take(name, { holder, now: 5_000, expiresAt: 6_000 })),
      );

      const winners = taken.filter((lease) => lease !== undefined);
      expect(winners).toHaveLength(1);
      expect(await tables().leases.get(name)).toEqual(winners[0]);
      expect(winners[0]?.epoch).toBe(before === 'expired' ? 2 : 1);
    });

    test('is not taken from its holder before it expires', async () => {
      const name = freshName('blue');
      await takeLease(tables(), name);

      expect(await tables().leases.take(name, { holder: 'two', now: 1_999, expiresAt: 3_000 })).toBeUndefined();

      expect((await tables().leases.get(name))?.holder).toBe('one');
    });

    test('may be asked for again with the same words, as a client does whose answer was lost', async () => {
      const name = freshName('blue');
      const first = await takeLease(tables(), name);

      expect(await takeLease(tables(), name)).toEqual(first);
    });

    test('gets a higher epoch with each holder', async () => {
      const name = freshName('blue');
      await takeLease(tables(), name);

      const second = await tables().leases.take(name, { holder: 'two', now: 2_000, expiresAt: 3_000 });
      const third = await tables().leases.take(name, { holder: 'one', now: 3_000, expiresAt: 4_000 });

      expect([second?.epoch, third?.epoch]).toEqual([2, 3]);
    });

    test('is extended by its holder, even late', async () => {
      const name = freshName('blue');
      const lease = await takeLease(tables(), name);

      const renewed = await tables().leases.renew(lease, 9_000);

      expect(renewed).toEqual({ ...lease, expiresAt: 9_000 });
      expect(await tables().leases.get(name)).toEqual(renewed);
    });

    test('is extended by nobody who lost it', async () => {
      const name = freshName('blue');
      const lost = await takeLease(tables(), name);
      const taken = await tables().leases.take(name, { holder: 'two', now: 2_000, expiresAt: 3_000 });

      expect(await tables().leases.renew(lost, 9_000)).toBeUndefined();

      expect(await tables().leases.get(name)).toEqual(taken);
    });

    test('is extended by nobody where there is none', async () => {
      const lease = { cluster: freshName('blue'), holder: 'one', epoch: 1, expiresAt: 2_000 };

      expect(await tables().leases.renew(lease, 9_000)).toBeUndefined();

      expect(await tables().leases.get(lease.cluster)).toBeUndefined();
    });

    test('is free once released, and keeps counting', async () => {
      const name = freshName('blue');
      const lease = await takeLease(tables(), name);

      await tables().leases.release(lease);
      await tables().leases.release(lease);

      expect(await tables().leases.get(name)).toBeUndefined();
      expect(await tables().leases.renew(lease, 9_000)).toBeUndefined();
      const next = await tables().leases.take(name, { holder: 'two', now: 1_001, expiresAt: 3_000 });
      expect(next).toEqual({ cluster: name, holder: 'two', epoch: 2, expiresAt: 3_000 });
    });

    test('is not released by somebody who lost it', async () => {
      const name = freshName('blue');
      const lost = await takeLease(tables(), name);
      const taken = await tables().leases.take(name, { holder: 'two', now: 2_000, expiresAt: 3_000 });

      await tables().leases.release(lost);

      expect(await tables().leases.get(name)).toEqual(taken);
    });

    test('says at the next renewal who waits for it', async () => {
      const name = freshName('blue');
      const lease = await takeLease(tables(), name);

      await tables().leases.askFor(name, 'two');
      await tables().leases.askFor(name, 'three');

      expect(await tables().leases.renew(lease, 3_000)).toEqual({ ...lease, expiresAt: 3_000, heir: 'three' });
    });

    test('once released is kept for the heir, until it would have expired', async () => {
      const name = freshName('blue');
      const lease = await takeLease(tables(), name);
      await tables().leases.askFor(name, 'heir');

      await tables().leases.release(lease);

      expect(await tables().leases.take(name, { holder: 'two', now: 1_500, expiresAt: 3_000 })).toBeUndefined();
      const taken = await tables().leases.take(name, { holder: 'heir', now: 1_500, expiresAt: 3_000 });
      expect(taken).toEqual({ cluster: name, holder: 'heir', epoch: 2, expiresAt: 3_000 });
    });

    test('goes to anybody when the heir does not come', async () => {
      const name = freshName('blue');
      const lease = await takeLease(tables(), name);
      await tables().leases.askFor(name, 'heir');
      await tables().leases.release(lease);

      const taken = await tables().leases.take(name, { holder: 'two', now: 2_000, expiresAt: 3_000 });

      expect(taken).toEqual({ cluster: name, holder: 'two', epoch: 2, expiresAt: 3_000 });
    });

    test('that nobody holds is not reserved by asking for it', async () => {
      const name = freshName('blue');

      await tables().leases.askFor(name, 'two');

      expect(await tables().leases.get(name)).toBeUndefined();
      expect((await takeLease(tables(), name, 'three')).epoch).toBe(1);
    });
  });
};
