import type { WriteLeases } from '../../../src/app/ports/tables.ts';
import { formatRemoteKey } from '../../../src/domain/remote-key.ts';

export const createFakeWriteLeases = (): WriteLeases => {
  const leases = new Map<string, { readonly holder: string; readonly by: string; readonly expiresAt: number }>();
  return {
    take: async (key, { holder, by, now, expiresAt }) => {
      const id = formatRemoteKey(key);
      const held = leases.get(id);
      if (held !== undefined && held.expiresAt > now && held.holder !== holder) return { taken: false, by: held.by };
      leases.set(id, { holder, by, expiresAt });
      return { taken: true };
    },
    release: async (key, holder) => {
      if (leases.get(formatRemoteKey(key))?.holder === holder) leases.delete(formatRemoteKey(key));
    },
  };
};
