import { describe, expect, test } from '@jest/globals';
import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import { takeLease } from './leases.ts';
import { freshName } from './samples.ts';

const everywhere = { kind: 'ExternalSecret', namespace: '' } as const;
const inProd = { kind: 'Secret', namespace: 'prod' } as const;

export const describeFeedPositions = (tables: () => Tables): void => {
  describe('the positions of a cluster’s feeds', () => {
    test('are kept by kind and namespace', async () => {
      const name = freshName('blue');
      const lease = await takeLease(tables(), name);

      await tables().positions.put(lease, everywhere, { resourceVersion: '5', heardAt: 1_000 });
      await tables().positions.put(lease, inProd, { resourceVersion: '6', heardAt: 1_001 });
      await tables().positions.put(lease, everywhere, { resourceVersion: '7', heardAt: 1_002 });

      expect(await tables().positions.get(name, 'ExternalSecret', '')).toEqual({
        resourceVersion: '7',
        heardAt: 1_002,
      });
      expect(await tables().positions.get(name, 'Secret', 'prod')).toEqual({ resourceVersion: '6', heardAt: 1_001 });
      expect(await tables().positions.get(name, 'Secret', '')).toBeUndefined();
      const listed = await tables().positions.list(name);
      expect([...listed].sort((a, b) => a.heardAt - b.heardAt)).toEqual([
        { ...inProd, resourceVersion: '6', heardAt: 1_001 },
        { ...everywhere, resourceVersion: '7', heardAt: 1_002 },
      ]);
    });

    test('survive a change of holders', async () => {
      const name = freshName('blue');
      const lease = await takeLease(tables(), name);
      await tables().positions.put(lease, everywhere, { resourceVersion: '5', heardAt: 1_000 });

      await tables().leases.release(lease);
      await takeLease(tables(), name, 'two');

      expect((await tables().positions.get(name, 'ExternalSecret', ''))?.resourceVersion).toBe('5');
    });

    test('are refused from a holder who lost the lease', async () => {
      const name = freshName('blue');
      const lost = await takeLease(tables(), name);
      await tables().positions.put(lost, everywhere, { resourceVersion: '5', heardAt: 1_000 });
      const current = await tables().leases.take(name, { holder: 'two', now: 2_000, expiresAt: 3_000 });

      const refused = await tables().positions.put(lost, everywhere, { resourceVersion: '9', heardAt: 2_000 });

      expect(current?.epoch).toBe(2);
      expect(refused).toBe(false);
      expect((await tables().positions.get(name, 'ExternalSecret', ''))?.resourceVersion).toBe('5');
    });

    test('are refused under an earlier lease of the same holder', async () => {
      const name = freshName('blue');
      const earlier = await takeLease(tables(), name);
      await tables().leases.take(name, { holder: 'one', now: 2_000, expiresAt: 3_000 });

      expect(await tables().positions.put(earlier, everywhere, { resourceVersion: '9', heardAt: 2_000 })).toBe(false);
      expect(await tables().leases.renew(earlier, 9_000)).toBeUndefined();
    });

    test('are refused once the lease was released, or where there never was one', async () => {
      const lease = await takeLease(tables(), freshName('blue'));
      await tables().leases.release(lease);
      const position = { resourceVersion: '5', heardAt: 1_000 };

      expect(await tables().positions.put(lease, everywhere, position)).toBe(false);
      expect(await tables().positions.put({ ...lease, cluster: freshName('blue') }, everywhere, position)).toBe(false);
    });

    test('are taken under a lease that was renewed since', async () => {
      const lease = await takeLease(tables(), freshName('blue'));
      await tables().leases.renew(lease, 9_000);

      expect(await tables().positions.put(lease, everywhere, { resourceVersion: '5', heardAt: 1_000 })).toBe(true);
    });

    test('of several feeds may be put at the same time, and while the lease is renewed', async () => {
      const name = freshName('blue');
      const lease = await takeLease(tables(), name);
      const namespaces = ['a', 'b', 'c', 'd', 'e', 'f'];

      const [renewed, ...put] = await Promise.all([
        tables().leases.renew(lease, 9_000),
        ...namespaces.map((namespace) =>
          tables().positions.put(lease, { kind: 'Secret', namespace }, { resourceVersion: '5', heardAt: 1_000 }),
        ),
      ]);

      expect(renewed?.expiresAt).toBe(9_000);
      expect(put).toEqual(namespaces.map(() => true));
      expect(await tables().positions.list(name)).toHaveLength(6);
    });
  });
};
