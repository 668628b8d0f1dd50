import type { Log } from '../ports/runtime.ts';
import type { SecretWriters } from '../ports/secret-writer.ts';

/** Writers that say what they would change, and change nothing: for clusters in mode `observe`. */
export const observingWriters = (writers: SecretWriters, log: Log): SecretWriters => ({
  open: async (plan, access, signal) => {
    const { location, identity, exists } = await writers.open(plan, access, signal);
    return {
      location,
      identity,
      exists,
      write: async ({ key, property, by }) => {
        log.info('would push', { key, property, by });
        return { wrote: false };
      },
      remove: async ({ key, property, by }) => {
        log.info('would remove what was pushed', { key, property, by });
      },
    };
  },
});
