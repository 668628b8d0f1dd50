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
      writer.write({ ...write, ...budgeted(deps, writer, write) }, within),
    ),
  remove: (removal, signal) =>
    inTurn(deps, { writer, change: removal, signal }, (within) =>
      writer.remove({ ...removal, ...budgeted(deps, writer, removal) }, within),
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
    await giveBack(deps, { key, holder });
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

/** What was done is done: a lease that cannot be given back ends by itself. */
const giveBack = async ({ writeLeases, log }: OrderedWritersDeps, { key, holder }: Lease): Promise<void> => {
  try {
    await writeLeases.release(key, holder);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    log.warn('the lease of a key stays until it expires', { key: formatRemoteKey(key), reason: error.reason });
  }
};

/** Parameter Store and Certificate Manager keep no versions that pile up. */
const budgeted = (
  deps: OrderedWritersDeps,
  writer: SecretWriter,
  { key, beforeVersion }: RemoteWrite | RemoteRemoval,
): Pick<RemoteWrite, 'beforeVersion'> => {
  if (writer.location.service !== 'secretsmanager') return beforeVersion === undefined ? {} : { beforeVersion };
  return {
    beforeVersion: async () => {
      await beforeVersion?.();
      await spend(deps, key, keyOf(writer, key));
    },
  };
};

/** A bucket of `burst` versions that fills by one each `refillMilliseconds`, told by the time at which it is full again. */
const spend = async (
  { quotas, clock, budget: { burst, refillMilliseconds } = DEFAULT_WRITE_BUDGET }: OrderedWritersDeps,
  shown: string,
  key: RemoteKey,
): Promise<void> => {
  const now = clock.now();
  const borrowed = (burst - 1) * refillMilliseconds;
  const place = await quotas.reserve(`versions#${formatRemoteKey(key)}`, {
    now,
    latest: now + borrowed,
    stepMilliseconds: refillMilliseconds,
  });
  if (!place.taken) throw new WriteBudgetError(shown, place.at - borrowed);
};
