import { describe, expect, test } from '@jest/globals';
import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import type { RemoteKey } from '../../../src/domain/remote-key.ts';
import { freshName } from './samples.ts';

const keyNamed = (name: string): RemoteKey => ({
  account: '111122223333',
  region: 'eu-central-1',
  service: 'secretsmanager',
  name,
});

export const describeWriteLeases = (tables: () => Tables): void => {
  describe('the lease of a key that is written', () => {
    const take = (key: RemoteKey, holder: string, now = 1_000) =>
      tables().writeLeases.take(key, { holder, by: `PushSecret of ${holder}`, now, expiresAt: now + 1_000 });

    test('goes to one alone of those who ask at the same time', async () => {
      const key = keyNamed(freshName('prod/db'));

      const claims = await Promise.all(['one', 'two', 'three', 'four'].map((holder) => take(key, holder)));

      expect(claims.filter(({ taken }) => taken)).toHaveLength(1);
    });

    test('says to others who has it', async () => {
      const key = keyNamed(freshName('prod/db'));
      await take(key, 'one');

      expect(await take(key, 'two', 1_999)).toEqual({ taken: false, by: 'PushSecret of one' });
    });

    test('may be asked for again by whoever has it, as a client does whose answer was lost', async () => {
      const key = keyNamed(freshName('prod/db'));
      await take(key, 'one');

      expect(await take(key, 'one')).toEqual({ taken: true });
    });

    test('is free when it was given back, and when it has expired', async () => {
      const key = keyNamed(freshName('prod/db'));
      await take(key, 'one');
      await tables().writeLeases.release(key, 'one');
      expect(await take(key, 'two')).toEqual({ taken: true });

      expect(await take(key, 'three', 2_000)).toEqual({ taken: true });
    });

    test('is not given back by somebody who lost it', async () => {
      const key = keyNamed(freshName('prod/db'));
      await take(key, 'one');
      await take(key, 'two', 2_000);

      await tables().writeLeases.release(key, 'one');

      expect(await take(key, 'three', 2_001)).toMatchObject({ taken: false });
    });

    test('is of one key, and of no other, however long its name is', async () => {
      const long = keyNamed(freshName('x'.repeat(3_000)));
      await take(long, 'one');

      expect(await take({ ...long, service: 'ssm' }, 'two')).toEqual({ taken: true });
      expect(await take(long, 'two')).toMatchObject({ taken: false });
    });

    test('that nobody has can be given back', async () => {
      await expect(tables().writeLeases.release(keyNamed(freshName('prod/db')), 'one')).resolves.toBeUndefined();
    });
  });
};
