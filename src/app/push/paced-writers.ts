import { createTakePlace, type ParameterQuotaDeps } from '../parameter-quota.ts';
import type { SecretWriter, SecretWriters } from '../ports/secret-writer.ts';

type Kind = 'reads' | 'writes';

export interface PacedWritersDeps extends ParameterQuotaDeps<Kind> {
  readonly writers: SecretWriters;
}

/** What Parameter Store takes unless an account pays for more: PutParameter calls a second. */
export const PARAMETER_WRITES_PER_SECOND = 3;

/**
 * Keeps the writers' calls under Parameter Store's quota, as paced readers do; of what is equal only the reading counts.
 * @throws QuotaSpentError - from all methods, when a place would be long in coming
 */
export const createPacedWriters = (deps: PacedWritersDeps): SecretWriters => ({
  open: async (plan, access, signal) => {
    const writer = await deps.writers.open(plan, access, signal);
    return plan.service === 'ssm' ? paced(deps, writer) : writer;
  },
});

const paced = (deps: PacedWritersDeps, writer: SecretWriter): SecretWriter => {
  const takePlace = createTakePlace(deps, writer.location);
  return {
    ...writer,
    write: async (write, signal) => {
      await takePlace('reads', signal);
      const beforeVersion = async (): Promise<void> => {
        await write.beforeVersion?.();
        await takePlace('writes', signal);
      };
      return writer.write({ ...write, beforeVersion }, signal);
    },
    exists: async (key, signal) => {
      await takePlace('reads', signal);
      return writer.exists(key, signal);
    },
    remove: async (removal, signal) => {
      await takePlace('reads', signal);
      return writer.remove(removal, signal);
    },
  };
};
