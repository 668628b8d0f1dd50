import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TokenIssuer } from '../../src/app/ports/token-issuer.ts';
import type { TokenRequest } from '../../src/domain/aws-generator.ts';
import type { Credentials } from '../../src/domain/identity-plan.ts';
import type { GenerationPlan } from '../../src/domain/plan-generation.ts';
import { texts } from '../support/builders.ts';

/** AWS, or something that stands for it, and the issuer under test. */
export interface TokenIssuerBackend {
  readonly issuer: TokenIssuer;
  /** Keys of a user who may ask for everything. */
  readonly user: Credentials;
  readonly plan: Omit<GenerationPlan, 'request'>;
  /** Nobody may have anything from now on. */
  denyAll(): void;
  stop(): Promise<void>;
}

const HOUR_MILLISECONDS = 3_600_000;

/** The contract of the port TokenIssuer, whoever implements it. */
export const describeTokenIssuer = (title: string, start: () => Promise<TokenIssuerBackend>): void => {
  describe(`${title} as a TokenIssuer`, () => {
    let world: TokenIssuerBackend;

    beforeAll(async () => {
      world = await start();
    }, 120_000);
    afterAll(() => world.stop(), 30_000);

    const issue = async (request: TokenRequest) => {
      const { values, expiresAt = 0 } = await world.issuer.issue({ ...world.plan, request }, world.user);
      return { values: texts(values), expiresAt };
    };
    const hoursUntil = (at: number): number => Math.round((at - Date.now()) / HOUR_MILLISECONDS);

    test('a registry gives user, password, end and endpoint; the end in seconds [AWS58]', async () => {
      const { values, expiresAt } = await issue({ type: 'registry', isPublic: false });

      expect(Object.keys(values).sort()).toEqual(['expires_at', 'password', 'proxy_endpoint', 'username']);
      expect(values['username']).toBe('AWS');
      expect(values['password']).not.toBe('');
      expect(values['proxy_endpoint']).toMatch(/^https:\/\/\d{12}\.dkr\.ecr\./);
      expect(values['expires_at']).toBe(String(Math.floor(expiresAt / 1_000)));
      expect(hoursUntil(expiresAt)).toBe(12);
    });

    test('the public registry gives no endpoint [AWS58]', async () => {
      const { values, expiresAt } = await issue({ type: 'registry', isPublic: true });

      expect(Object.keys(values).sort()).toEqual(['expires_at', 'password', 'username']);
      expect(hoursUntil(expiresAt)).toBe(12);
    });

    test('a session gives its keys, and lasts as long as it is asked for', async () => {
      const usual = await issue({ type: 'session' });
      const short = await issue({ type: 'session', durationSeconds: 7_200 });

      expect(Object.keys(usual.values).sort()).toEqual([
        'access_key_id',
        'expiration',
        'secret_access_key',
        'session_token',
      ]);
      expect(Object.values(usual.values)).not.toContain('');
      expect(hoursUntil(usual.expiresAt)).toBe(12);
      expect(hoursUntil(short.expiresAt)).toBe(2);
      expect(short.values['expiration']).toBe(String(Math.floor(short.expiresAt / 1_000)));
    });

    test('each session is another one', async () => {
      const [one, two] = [await issue({ type: 'session' }), await issue({ type: 'session' })];

      expect(one.values['access_key_id']).not.toBe(two.values['access_key_id']);
    });

    test('who may not is told so', async () => {
      world.denyAll();

      await expect(issue({ type: 'registry', isPublic: false })).rejects.toMatchObject({
        name: 'StoreAccessDeniedError',
        retryable: false,
      });
    });
  });
};
