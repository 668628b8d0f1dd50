import type { SecretReader, SecretReaders } from '../../src/app/ports/secret-reader.ts';

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
