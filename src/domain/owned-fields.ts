import type { ManagedFields, TargetSecret } from './target-secret.ts';

type Managed = Pick<TargetSecret, 'managedFields'>;

/** Members at a path of an object that a field manager owns, by the API server's own records. */
export const ownedUnder = (
  object: Managed | undefined,
  manager: string,
  path: readonly string[],
): ReadonlySet<string> => {
  const owned = (object?.managedFields ?? [])
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

/** Who but `manager` wrote last, statuses apart, as far as the API server tells; empty: nobody it knows. */
export const lastOtherManager = (secret: Managed, manager: string): string => {
  const others = secret.managedFields.filter((entry) => entry.manager !== manager && entry.subresource === undefined);
  return (
    others.reduce<ManagedFields | undefined>(
      (last, entry) => ((entry.time ?? '') >= (last?.time ?? '') ? entry : last),
      undefined,
    )?.manager ?? ''
  );
};

export const ownedDataKeys = (secret: Managed, manager: string): ReadonlySet<string> =>
  ownedUnder(secret, manager, ['f:data']);

export const ownedLabels = (secret: Managed, manager: string): ReadonlySet<string> =>
  ownedUnder(secret, manager, ['f:metadata', 'f:labels']);

export const ownedAnnotations = (secret: Managed, manager: string): ReadonlySet<string> =>
  ownedUnder(secret, manager, ['f:metadata', 'f:annotations']);
