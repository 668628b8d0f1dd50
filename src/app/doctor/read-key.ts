import type { Cluster } from '../../domain/cluster.ts';
import {
  explainAbsence,
  explainKms,
  explainRead,
  isKmsRefusal,
  type ReadAttempt,
} from '../../domain/doctor/identity.ts';
import type { IdentityPlan } from '../../domain/identity-plan.ts';
import { NotAllowedError } from '../../domain/not-allowed-error.ts';
import { SecretNotFoundError, StoreAccessDeniedError, SyncError } from '../../domain/sync-error.ts';
import type { SecretReader } from '../ports/secret-reader.ts';
import type { OpenedChain } from './open-chain.ts';
import { recordOfUsers } from './record.ts';
import { registrationRemedy } from './registration-remedy.ts';
import type { StoreWalk, StoreWalkDeps } from './store-job.ts';
import type { Found, Walk } from './walk.ts';

export interface ReadJob {
  readonly job: StoreWalk;
  readonly plan: IdentityPlan;
  readonly chain: OpenedChain;
  /** Put before the key. */
  readonly prefix: string;
}

/** The last two hops: leave to read, then to decrypt. A value that is read goes nowhere. */
export const readKey = async (walk: Walk, deps: StoreWalkDeps, read: ReadJob): Promise<void> => {
  const { job, chain } = read;
  if (chain.reader === undefined) return readByRecord(walk, deps, read);
  if (job.key === undefined) return tryListing(walk, read, chain.reader);
  const attempt = toAttempt(read, read.prefix + job.key, chain.reader);
  const answered = await tryRead(job.guard.guard(chain.reader), attempt, job.signal);
  await walk.attempt({
    hop: 'provider',
    attempted: `reading ${attempt.key} from ${attempt.service} in ${attempt.region}`,
    as: chain.as.name,
    run: async () => judgeRead(answered, attempt, job.cluster),
    explain: ({ message }) => explainRead(message, attempt),
  });
  const isDecrypted = answered.error === undefined;
  if (!isDecrypted && !isKmsRefusal(answered.error.message)) return walk.skip(['kms'], 'provider');
  await walk.attempt({
    hop: 'kms',
    attempted: `decrypting ${attempt.key}`,
    as: chain.as.name,
    run: async () =>
      isDecrypted
        ? { found: true, said: 'it was decrypted' }
        : { trouble: explainKms(answered.error.message, attempt) },
    explain: ({ message }) => explainKms(message, attempt),
  });
};

type Answered = { readonly error?: undefined } | { readonly error: SyncError };

const tryRead = async (reader: SecretReader, { key }: ReadAttempt, signal?: AbortSignal): Promise<Answered> => {
  try {
    await reader.read({ key, version: '' }, signal);
    return {};
  } catch (error) {
    if (error instanceof SyncError) return { error };
    throw error;
  }
};

const judgeRead = ({ error }: Answered, attempt: ReadAttempt, cluster: Cluster): Found<true> => {
  if (error instanceof NotAllowedError)
    return { trouble: { answer: [error.message], remedy: registrationRemedy(error, cluster) } };
  if (error === undefined || isKmsRefusal(error.message)) return { found: true, said: `${attempt.key} may be read` };
  return {
    trouble: error instanceof SecretNotFoundError ? explainAbsence(attempt) : explainRead(error.message, attempt),
  };
};

/** Without a key, whether versions may be listed: nothing depends on it. */
const tryListing = async (walk: Walk, { job, chain }: ReadJob, reader: SecretReader): Promise<void> => {
  await walk.attempt<true>({
    hop: 'provider',
    attempted: `one page of a listing of ${reader.location.service}`,
    as: chain.as.name,
    run: async () => {
      try {
        for await (const _ of reader.listing.pages(job.signal)) break;
        return { found: true, said: 'may list versions; --key KEY tries a read' };
      } catch (error) {
        if (!(error instanceof StoreAccessDeniedError)) throw error;
        return {
          found: true,
          said: 'may not list versions, so that objects are verified by reads; --key KEY tries one',
        };
      }
    },
    explain: ({ message }) => ({
      answer: [message],
      remedy: { say: 'AWS did not answer as it should: try again, and look at the health of the service.' },
    }),
  });
  walk.skip(['kms'], 'provider');
};

/** Whoever looks may not walk the chain: what the service was answered by its own account. */
const readByRecord = async (walk: Walk, { states }: StoreWalkDeps, read: ReadJob): Promise<void> => {
  const { job, plan, chain } = read;
  const record = await recordOfUsers(states, { cluster: job.cluster.name, store: job.ref, kind: 'ExternalSecret' });
  const attempt: ReadAttempt = {
    service: plan.service,
    region: plan.region,
    account: accountOf(chain.as.arn ?? ''),
    key: read.prefix + (job.key ?? 'KEY'),
    reader: chain.as,
  };
  await walk.attempt<true>({
    hop: 'provider',
    attempted: 'the last reads of the service through this store, by its own record',
    as: chain.as.name,
    run: async () => {
      if (record.outcome === 'ready')
        return { found: true, said: 'what reads through the store is synced, by the record of the service' };
      if (record.outcome === 'failing' && record.text.includes('operation error'))
        return {
          trouble: isKmsRefusal(record.text) ? explainKms(record.text, attempt) : explainRead(record.text, attempt),
        };
      return {
        untried: 'you may not assume the default role, and the service has no record of a read through this store',
        remedy: {
          say: 'Trust yourself for as long as you look:',
          statements: [
            {
              policy: `trust policy of ${chain.as.name}`,
              statement: { Effect: 'Allow', Principal: { AWS: job.you }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
            },
          ],
        },
      };
    },
    explain: ({ message }) => explainRead(message, attempt),
  });
  walk.skip(['kms'], 'provider');
};

const toAttempt = ({ plan, chain }: ReadJob, key: string, { location }: SecretReader): ReadAttempt => ({
  service: plan.service,
  region: location.region,
  account: location.account,
  key,
  reader: chain.as,
});

const accountOf = (arn: string): string => arn.split(':')[4] ?? '';
