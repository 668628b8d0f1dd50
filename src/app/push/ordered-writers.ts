import { KeyBusyError } from '../../domain/push/key-busy-error.ts';
import { DEFAULT_WRITE_BUDGET, type WriteBudget } from '../../domain/push/write-budget.ts';
import { WriteBudgetError } from '../../domain/push/write-budget-error.ts';
import { formatRemoteKey, type RemoteKey, remoteKeysFor } from '../../domain/remote-key.ts';
import { StoreUnavailableError, SyncError } from '../../domain/sync-error.ts';
import type { Clock, Log } from '../ports/runtime.ts';
import type { RemoteRemoval, RemoteWrite, SecretWriter, SecretWriters } from '../ports/secret-writer.ts';
import type { Quotas, WriteLeases } from '../ports/tables.ts';

export interface OrderedWritersDeps {
  readonly writers: SecretWriters;
  readonly writeLeases: WriteLeases;
  readonly quotas: Quotas;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  /** Another id with each call: whose lease it is. */
  readonly newHolder: () => string;
  /** 0 up to 1; keeps those who wait from asking all at once. */
  readonly random: () => number;
  /** Of each secret in Secrets Manager. @default {@link DEFAULT_WRITE_BUDGET} */
  readonly budget?: WriteBudget;
  /** Milliseconds to wait for somebody else's write to end. @default 10,000 */
  readonly waitMilliseconds?: number;
}

/** A lease outlives the work under it, so that the work of two never overlaps; after a crash the key is free again this soon. */
const LEASE_MILLISECONDS = 30_000;
const WORK_MILLISECONDS = 25_000;
const WAIT_MILLISECONDS = 10_000;
/** Milliseconds between two looks at a key that is taken: about what a write takes, and longer while it stays taken. */
const FIRST_PAUSE = 50;
const MAX_PAUSE = 500;

/**
 * Writers whose changes of one key follow each other, over all containers, so that none reads what another is about to
 * replace; and which make no more versions of a secret than its budget allows. See docs/decisions/0026-write-semantics.md
 * and 0027-version-budget.md.
 *
 * @throws KeyBusyError, WriteBudgetError - from writes and removals
 */
export const createOrderedWriters = (deps: OrderedWritersDeps): SecretWriters => ({
  open: async (plan, access, signal) => ordered(deps, await deps.writers.open(plan, access, signal)),
});

const ordered = (deps: OrderedWritersDeps, writer: SecretWriter): SecretWriter => ({
  ...writer,
  write: (write, signal) =>
    inTurn(deps, { writer, change: write, signal }, (within) =>
      withinBudget(deps, { writer, change: write }, async (beforeVersion) => {
        const written = await writer.write({ ...write, beforeVersion }, within);
        return { outcome: written, made: written.wrote };
      }),
    ),
  remove: (removal, signal) =>
    inTurn(deps, { writer, change: removal, signal }, (within) =>
      withinBudget(deps, { writer, change: removal }, async (beforeVersion) => {
        await writer.remove({ ...removal, beforeVersion }, within);
        return { outcome: undefined, made: true };
      }),
    ),
});

interface Turn {
  readonly writer: SecretWriter;
  readonly change: RemoteWrite | RemoteRemoval;
  readonly signal: AbortSignal | undefined;
}

/** An ARN and the name in it are one key. */
const keyOf = ({ location }: SecretWriter, key: string): RemoteKey =>
  remoteKeysFor(key, location)[0] ?? { ...location, name: key };

const inTurn = async <T>(
  deps: OrderedWritersDeps,
  turn: Turn,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const key = keyOf(turn.writer, turn.change.key);
  const holder = deps.newHolder();
  await take(deps, turn, { key, holder });
  const limit = AbortSignal.timeout(WORK_MILLISECONDS);
  try {
    return await work(turn.signal === undefined ? limit : AbortSignal.any([turn.signal, limit]));
  } finally {
    await afterwards(deps, formatRemoteKey(key), () => deps.writeLeases.release(key, holder));
  }
};

interface Lease {
  readonly key: RemoteKey;
  readonly holder: string;
}

const take = async (deps: OrderedWritersDeps, { change, signal }: Turn, { key, holder }: Lease): Promise<void> => {
  const { clock, writeLeases, random, waitMilliseconds = WAIT_MILLISECONDS } = deps;
  const until = clock.now() + waitMilliseconds;
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, MAX_PAUSE)) {
    if (signal?.aborted) throw new StoreUnavailableError(`writing ${change.key} was canceled before it began`);
    const now = clock.now();
    const claim = await writeLeases.take(key, { holder, by: change.by, now, expiresAt: now + LEASE_MILLISECONDS });
    if (claim.taken) return;
    if (now + pause > until) throw new KeyBusyError(change.key, claim.by);
    await clock.sleep(Math.ceil(pause * (0.5 + random() / 2)), signal);
  }
};

/** What was done is done, and what failed has failed: a table that does not answer afterwards changes neither. */
const afterwards = async ({ log }: OrderedWritersDeps, id: string, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    log.warn('a lease or a place in a budget stays until it expires', { id, reason: error.reason });
  }
};

type BeforeVersion = NonNullable<RemoteWrite['beforeVersion']>;
type Made<T> = { readonly outcome: T; readonly made: boolean };

/**
 * Runs `work`, which asks before it makes a version. What was asked for and not made is given back: a write that fails for
 * another reason goes on to fail for that one. Parameter Store and Certificate Manager keep no versions that pile up.
 */
const withinBudget = async <T>(
  deps: OrderedWritersDeps,
  { writer, change }: Pick<Turn, 'writer' | 'change'>,
  work: (beforeVersion: BeforeVersion) => Promise<Made<T>>,
): Promise<T> => {
  const { key: shown, beforeVersion = async () => undefined } = change;
  if (writer.location.service !== 'secretsmanager') return (await work(beforeVersion)).outcome;
  const { quotas, budget = DEFAULT_WRITE_BUDGET } = deps;
  const quota = `versions#${formatRemoteKey(keyOf(writer, shown))}`;
  let isSpent = false;
  const spendFirst: BeforeVersion = async () => {
    await beforeVersion();
    await spend(deps, { shown, quota, budget });
    isSpent = true;
  };
  let made = false;
  try {
    const done = await work(spendFirst);
    made = done.made;
    return done.outcome;
  } finally {
    if (isSpent && !made) await afterwards(deps, quota, () => quotas.giveBack(quota, budget.refillMilliseconds));
  }
};

/** A bucket of `burst` versions that fills by one each `refillMilliseconds`, told by the time at which it is full again. */
const spend = async (
  { quotas, clock }: OrderedWritersDeps,
  { shown, quota, budget }: { readonly shown: string; readonly quota: string; readonly budget: WriteBudget },
): Promise<void> => {
  const now = clock.now();
  const borrowed = (budget.burst - 1) * budget.refillMilliseconds;
  const place = await quotas.reserve(quota, {
    now,
    latest: now + borrowed,
    stepMilliseconds: budget.refillMilliseconds,
  });
  if (!place.taken) throw new WriteBudgetError(shown, place.at - borrowed);
};
