import type { Mirror } from '../../../src/app/ports/tables.ts';
import { isNewerVersion, type MirroredObject } from '../../../src/domain/mirrored-object.ts';
import { formatRef } from '../../../src/domain/object-ref.ts';
import { isControlledBy } from '../../../src/domain/provisioning.ts';

interface Entry {
  readonly cluster: string;
  readonly object: MirroredObject;
}

export const createFakeMirror = (): Mirror & { forget(cluster: string): void } => {
  const entries = new Map<string, Entry>();
  const keyOf = (cluster: string, ref: MirroredObject['ref']): string => `${cluster} ${formatRef(ref)}`;
  return {
    get: async (cluster, ref) => structuredClone(entries.get(keyOf(cluster, ref))?.object),
    getMany: async (cluster, refs) => {
      const keys = new Set(refs.map((ref) => keyOf(cluster, ref)));
      return [...keys].flatMap((key) => structuredClone(entries.get(key)?.object) ?? []);
    },
    put: async (cluster, object) => {
      const key = keyOf(cluster, object.ref);
      const known = entries.get(key)?.object;
      if (known !== undefined && !isNewerVersion(object.resourceVersion, known.resourceVersion)) return false;
      entries.set(key, { cluster, object: structuredClone(object) });
      return true;
    },
    remove: async (cluster, ref, uid) => {
      const key = keyOf(cluster, ref);
      if (entries.get(key)?.object.uid === uid) entries.delete(key);
    },
    list: async (cluster, kind) =>
      [...entries.values()]
        .filter((entry) => entry.cluster === cluster && entry.object.ref.kind === kind)
        .map(({ object }) => structuredClone(object)),
    controlledBy: async (cluster, provisioner) =>
      [...entries.values()]
        .filter((entry) => entry.cluster === cluster && isControlledBy(entry.object, provisioner))
        .map(({ object }) => structuredClone(object)),
    forget: (cluster) => {
      for (const [key, entry] of entries) if (entry.cluster === cluster) entries.delete(key);
    },
  };
};
