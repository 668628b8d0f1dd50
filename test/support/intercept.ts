import type { SecretReader, SecretReaders } from '../../src/app/ports/secret-reader.ts';
import type { SecretWriters } from '../../src/app/ports/secret-writer.ts';

/** Told of every call before it is made, as `states.put`; what it throws is what the call ends with. */
export type BeforeCall = (call: string) => void | Promise<void>;

/** A port whose every method asks `before` first. */
export const intercept = <T extends object>(name: string, port: T, before: BeforeCall): T =>
  new Proxy(port, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        await before(`${name}.${String(key)}`);
        return Reflect.apply(member, target, args);
      };
    },
  });

/** The same for the readers it opens; a session is opened once and kept, as the adapter does. */
export const interceptReaders = (readers: SecretReaders, before: BeforeCall): SecretReaders => {
  const wrapped = new WeakMap<SecretReader, SecretReader>();
  return {
    open: async (plan, credentials, signal) => {
      await before('readers.open');
      const reader = await readers.open(plan, credentials, signal);
      const known = wrapped.get(reader) ?? intercept('reader', reader, before);
      wrapped.set(reader, known);
      return known;
    },
  };
};

/** The same for the writers it opens; a crash may also come after a write, before anybody knows of it. */
export const interceptWriters = (writers: SecretWriters, before: BeforeCall): SecretWriters => ({
  open: async (plan, access, signal) => {
    await before('writers.open');
    const writer = await writers.open(plan, access, signal);
    return {
      location: writer.location,
      identity: writer.identity,
      exists: async (key, asking) => {
        await before('writer.exists');
        return writer.exists(key, asking);
      },
      write: async (write, writing) => {
        await before('writer.write');
        const written = await writer.write(write, writing);
        await before('writer.write.after');
        return written;
      },
      remove: async (removal, removing) => {
        await before('writer.remove');
        await writer.remove(removal, removing);
        await before('writer.remove.after');
      },
    };
  },
});
