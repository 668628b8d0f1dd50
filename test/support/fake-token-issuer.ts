import type { BaseCredentials } from '../../src/app/ports/secret-reader.ts';
import type { IssuedToken, TokenIssuer } from '../../src/app/ports/token-issuer.ts';
import type { TokenRequest } from '../../src/domain/aws-generator.ts';
import type { GenerationPlan } from '../../src/domain/plan-generation.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';

/** One thing that was asked for. */
interface Issue {
  readonly request: TokenRequest;
  readonly region: string;
  /** ARN of the last role of the chain, or the static access key id. */
  readonly identity: string;
}

const HOUR_MILLISECONDS = 3_600_000;

/**
 * AWS as it issues tokens, in memory: each is numbered, so that a new one differs from the last. A registry's password is
 * good for twelve hours, a session for as long as it is asked for or twelve hours. It passes the contract of the real
 * issuer (test/contract/token-issuer.ts).
 */
export interface FakeTokenIssuer extends TokenIssuer {
  readonly issued: readonly Issue[];
  /** The next `times` calls fail (default: until {@link heal}). */
  fail(error: () => Error, times?: number): void;
  heal(): void;
  /** Runs before each call is answered. */
  before(hook: () => Promise<void> | void): void;
  /** Put into what is issued from now on. */
  word: string;
}

/** @param now - epoch milliseconds */
export const createFakeTokenIssuer = (now: () => number = Date.now): FakeTokenIssuer => {
  const issued: Issue[] = [];
  let failure: { readonly error: () => Error; left: number } | undefined;
  let hook: () => Promise<void> | void = () => undefined;

  const fake: FakeTokenIssuer = {
    issued,
    word: 'token',
    fail: (error, times = Number.POSITIVE_INFINITY) => {
      failure = { error, left: times };
    },
    heal: () => {
      failure = undefined;
    },
    before: (run) => {
      hook = run;
    },
    issue: async (plan, credentials) => {
      if (plan.base.type !== 'default-role' && credentials === undefined)
        throw new TypeError('the plan needs credentials');
      issued.push({ request: plan.request, region: plan.region, identity: identityOf(plan, credentials) });
      const word = `${fake.word}-${issued.length}`;
      await hook();
      if (failure !== undefined && failure.left > 0) {
        failure.left -= 1;
        throw failure.error();
      }
      return tokenOf(plan.request, { word, region: plan.region, now: now() });
    },
  };
  return fake;
};

const identityOf = ({ base, hops }: GenerationPlan, credentials: BaseCredentials | undefined): string => {
  const began = base.type === 'default-role' ? base.roleArn : undefined;
  const given = credentials && ('token' in credentials ? credentials.roleArn : credentials.accessKeyId);
  return hops.at(-1)?.roleArn ?? began ?? given ?? 'unknown';
};

interface Make {
  readonly word: string;
  readonly region: string;
  readonly now: number;
}

const tokenOf = (request: TokenRequest, { word, region, now }: Make): IssuedToken => {
  const seconds = request.type === 'session' ? request.durationSeconds : undefined;
  const expiresAt = now + (seconds === undefined ? 12 * HOUR_MILLISECONDS : seconds * 1_000);
  const end = String(Math.floor(expiresAt / 1_000));
  if (request.type === 'session')
    return toToken(
      { access_key_id: `ASIA${word}`, secret_access_key: word, session_token: word, expiration: end },
      expiresAt,
    );
  const login = { username: 'AWS', password: word, expires_at: end };
  if (request.isPublic) return toToken(login, expiresAt);
  return toToken({ ...login, proxy_endpoint: `https://111122223333.dkr.ecr.${region}.amazonaws.com` }, expiresAt);
};

const toToken = (texts: Readonly<Record<string, string>>, expiresAt: number): IssuedToken => ({
  values: new Map(Object.entries(texts).map(([key, text]) => [key, SecretValue.fromText(text)])),
  expiresAt,
});
