import type { ManagedFields, TargetSecret } from './target-secret.ts';

/** Keys of one part of a Secret that a field manager owns, by the API server's own records. */
const ownedUnder = (secret: TargetSecret, manager: string, path: readonly string[]): ReadonlySet<string> => {
  const owned = secret.managedFields
    .filter((entry) => entry.manager === manager)
    .flatMap((entry) => membersAt(entry, path));
  return new Set(owned);
};

const membersAt = ({ fields }: ManagedFields, path: readonly string[]): readonly string[] => {
  let at: unknown = fields;
  for (const step of path) {
    if (!isRecord(at)) return [];
    at = at[step];
  }
  if (!isRecord(at)) return [];
  return Object.keys(at)
    .filter((member) => member.startsWith('f:'))
    .map((member) => member.slice('f:'.length));
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Who but `manager` wrote last, as far as the API server tells; empty: nobody it knows. */
export const lastOtherManager = (secret: TargetSecret, manager: string): string => {
  const others = secret.managedFields.filter((entry) => entry.manager !== manager);
  return (
    others.reduce<ManagedFields | undefined>(
      (last, entry) => ((entry.time ?? '') >= (last?.time ?? '') ? entry : last),
      undefined,
    )?.manager ?? ''
  );
};

export const ownedDataKeys = (secret: TargetSecret, manager: string): ReadonlySet<string> =>
  ownedUnder(secret, manager, ['f:data']);

export const ownedLabels = (secret: TargetSecret, manager: string): ReadonlySet<string> =>
  ownedUnder(secret, manager, ['f:metadata', 'f:labels']);

export const ownedAnnotations = (secret: TargetSecret, manager: string): ReadonlySet<string> =>
  ownedUnder(secret, manager, ['f:metadata', 'f:annotations']);
