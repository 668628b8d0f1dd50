import { createHash } from 'node:crypto';
import type { BaseCredentials, WebIdentity } from '../../app/ports/secret-reader.ts';
import type { IdentityPlan, RoleHop } from '../../domain/identity-plan.ts';
import { CausedError, StoreUnavailableError, SyncError } from '../../domain/sync-error.ts';
import { Recent } from './recent.ts';
import type { SecurityTokenService, Session, Signer } from './security-token-service.ts';

/** How a session comes about: who begins, and the roles assumed from there. */
export interface IdentityChain {
  readonly base: Signer | WebIdentity;
  readonly hops: readonly RoleHop[];
  /** Whose STS is asked. */
  readonly region: string;
}

/** A session is renewed when it has no longer than this left, in milliseconds: any call begun with it then ends in time. */
const RENEW_BEFORE = 120_000;
/** Sessions kept. Tags with the namespace of each consumer make many of one role. */
const MAX_SESSIONS = 2_000;

export interface Sessions {
  /**
   * @throws StoreAccessDeniedError, StoreUnavailableError, StoreRejectedError - the first link that failed
   */
  open(chain: IdentityChain, signal?: AbortSignal): Promise<Session>;
}

/**
 * Sessions in memory, one for each whole chain with all its tags, so that no identity ever works with another's. A
 * failure is not remembered. Links that chains have in common are assumed once.
 * @param now - epoch milliseconds
 */
export const createSessions = (sts: SecurityTokenService, now: () => number): Sessions => {
  const kept = new Recent<Promise<Session>>(MAX_SESSIONS);

  const start = async ({ base, hops, region }: IdentityChain): Promise<Session> => {
    const last = hops.at(-1);
    if (last === undefined)
      return isWebIdentity(base) ? startWithToken(sts, base, region) : startWithKeys(sts, base, region);
    const before = hops.slice(0, -1);
    const signsItself = before.length === 0 && !isWebIdentity(base);
    const signer = signsItself ? base : (await open({ base, hops: before, region })).credentials;
    return sts.assumeRole(last, { signer, region });
  };

  const open = async (chain: IdentityChain): Promise<Session> => {
    const key = identityKey(chain);
    const make = (): Promise<Session> => {
      const starting = start(chain);
      starting.catch(() => kept.delete(key, starting));
      return starting;
    };
    const found = kept.getOrMake(key, make);
    const session = await found;
    if (session.expiresAt === undefined || session.expiresAt - RENEW_BEFORE > now()) return session;
    kept.delete(key, found);
    return kept.getOrMake(key, make);
  };

  return { open: (chain, signal) => unlessAborted(open(chain), signal) };
};

/** @param credentials - what a base of the cluster begins with */
export const chainOf = (
  { base, hops, region }: Pick<IdentityPlan, 'base' | 'hops' | 'region'>,
  credentials: BaseCredentials | undefined,
): IdentityChain => {
  if (base.type === 'default-role') {
    const { roleArn, sessionTags } = base;
    return { base: 'hub', hops: [{ roleArn, sessionTags, transitiveTagKeys: [] }, ...hops], region };
  }
  if (credentials === undefined)
    throw new TypeError('this chain begins with credentials of the cluster, and none were given');
  return { base: credentials, hops, region };
};

/** Where a signer finds the credentials of a role that the hub assumes: each time in its present session. */
export const signerOfRole =
  (sessions: Sessions, { roleArn, region }: { readonly roleArn: string; readonly region: string }) =>
  async () => {
    const hops = [{ roleArn, sessionTags: [], transitiveTagKeys: [] }];
    const { credentials, expiresAt } = await sessions.open({ base: 'hub', hops, region });
    return { ...credentials, ...(expiresAt === undefined ? {} : { expiration: new Date(expiresAt) }) };
  };

/**
 * Tells principals apart: what a session may do comes from its role and its tags, those it inherits included, however
 * the role was reached.
 */
export const principalKey = (chain: IdentityChain): string => {
  const last = chain.hops.at(-1);
  if (last === undefined) return identityKey(chain);
  const inherited = chain.hops.flatMap(({ sessionTags, transitiveTagKeys }) =>
    sessionTags.filter(({ key }) => transitiveTagKeys.includes(key)),
  );
  const tags = new Map([...inherited, ...last.sessionTags].map(({ key, value }) => [key, value]));
  return digest([last.roleArn, [...tags].toSorted(), chain.region]);
};

/** Tells identities apart. Keys are in it as a digest only. */
export const identityKey = ({ base, hops, region }: IdentityChain): string => digest([identityOf(base), hops, region]);

const digest = (parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64');

const identityOf = (base: IdentityChain['base']): unknown => {
  if (base === 'hub') return base;
  if (isWebIdentity(base)) return { subject: base.subject, roleArn: base.roleArn, audiences: base.audiences };
  return [base.accessKeyId, base.secretAccessKey, base.sessionToken];
};

export const isWebIdentity = (base: IdentityChain['base']): base is WebIdentity => base !== 'hub' && 'token' in base;

class WebIdentityError extends CausedError {
  override readonly name = 'WebIdentityError';
}

const startWithToken = async (
  sts: SecurityTokenService,
  { roleArn, token }: WebIdentity,
  region: string,
): Promise<Session> =>
  saying('failed to refresh cached credentials, ', async () => {
    const identity = { roleArn, token: await token() };
    return saying('failed to retrieve credentials, ', () => sts.assumeRoleWithWebIdentity(identity, region));
  });

/** The reference's words before the cause's own. */
const saying = async (what: string, work: () => Promise<Session>): Promise<Session> => {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SyncError ? new WebIdentityError(`${what}${error.message}`, error) : error;
  }
};

const startWithKeys = async (sts: SecurityTokenService, base: Signer, region: string): Promise<Session> => {
  if (base === 'hub') throw new TypeError('the hub itself reads nothing: a chain that starts with it has a role');
  return { credentials: base, account: await sts.accountOf(base, region) };
};

/** Stops waiting for work that goes on for others. */
const unlessAborted = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (signal === undefined) return work;
  const waiting = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const stop = () => reject(new StoreUnavailableError('opening the session was canceled'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true, signal: waiting.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    waiting.abort();
  }
};
