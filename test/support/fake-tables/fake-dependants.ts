import type { Dependant, Dependants } from '../../../src/app/ports/tables.ts';
import { type Announcement, mergeAnnouncement } from '../../../src/domain/announcement.ts';
import { formatRef } from '../../../src/domain/object-ref.ts';
import { formatRemoteKey, type RemoteKey } from '../../../src/domain/remote-key.ts';

const textOf = ({ cluster, ref }: Dependant): string => `${cluster} ${formatRef(ref)}`;

const identity = ({ cluster, ref: { kind, namespace, name } }: Dependant): Dependant => ({
  cluster,
  ref: { kind, namespace, name },
});

export const createFakeDependants = (): Dependants & { forget(cluster: string): void } => {
  const readers = new Map<string, Map<string, Dependant>>();
  const announced = new Map<string, Announcement>();
  const of = (key: RemoteKey): Map<string, Dependant> => readers.get(formatRemoteKey(key)) ?? new Map();
  return {
    of: async (key) => structuredClone([...of(key).values()]),
    add: async (keys, dependant) => {
      for (const key of keys)
        readers.set(formatRemoteKey(key), new Map(of(key)).set(textOf(dependant), identity(dependant)));
    },
    remove: async (keys, dependant) => {
      for (const key of keys) of(key).delete(textOf(dependant));
    },
    announce: async (key, announcement) => {
      const text = formatRemoteKey(key);
      const known = announced.get(text);
      announced.set(text, structuredClone(mergeAnnouncement(known, announcement)));
      return known;
    },
    announcements: async (keys) =>
      new Map(
        keys.map(formatRemoteKey).flatMap((text) => {
          const announcement = announced.get(text);
          return announcement === undefined ? [] : [[text, structuredClone(announcement)] as const];
        }),
      ),
    forget: (cluster) => {
      for (const known of readers.values())
        for (const [text, dependant] of known) if (dependant.cluster === cluster) known.delete(text);
    },
  };
};
