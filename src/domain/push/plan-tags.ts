export type Tags = Readonly<Record<string, string>>;

/** The tag that says whose a secret is. Nothing without it is written or deleted. */
export const MANAGED_BY = 'managed-by';
export const MANAGED_BY_US = 'external-secrets';
/** By what certificates, which have no name, are found again. */
export const REMOTE_KEY_TAG = 'external-secrets-remote-key';

/** The text of the refusal to touch what is somebody else's. */
export const NOT_MANAGED = 'secret not managed by external-secrets';

export const isManaged = (tags: Tags): boolean => tags[MANAGED_BY] === MANAGED_BY_US;

export interface TagPlan {
  readonly remove: readonly string[];
  /** The whole set that is wanted, as soon as one tag of it is new or different; else empty. */
  readonly set: Tags;
}

/** All tags that metadata asks for. */
export const withManagedBy = (wanted: Tags): Tags => ({ ...wanted, [MANAGED_BY]: MANAGED_BY_US });

/** What makes `existing` into what metadata asks for; without tags in metadata all stay as they are. */
export const planTags = (existing: Tags, wanted: Tags): TagPlan => {
  if (Object.keys(wanted).length === 0) return { remove: [], set: {} };
  return planAllTags(existing, wanted);
};

/** The same, where metadata without tags asks for none. */
export const planAllTags = (existing: Tags, wanted: Tags): TagPlan => {
  const all = withManagedBy(wanted);
  const isChanged = Object.entries(wanted).some(([key, value]) => existing[key] !== value);
  return {
    remove: Object.keys(existing).filter((key) => !Object.hasOwn(all, key)),
    set: isChanged ? all : {},
  };
};

/** Of certificates: the two tags that find them are not touched, whatever metadata says. */
export const planCertificateTags = (existing: Tags, wanted: Tags): { readonly remove: Tags; readonly set: Tags } => {
  const ours = withoutReserved(existing);
  const asked = withoutReserved(wanted);
  return {
    remove: Object.fromEntries(Object.entries(ours).filter(([key]) => !Object.hasOwn(asked, key))),
    set: Object.fromEntries(Object.entries(asked).filter(([key, value]) => ours[key] !== value)),
  };
};

const withoutReserved = (tags: Tags): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => key !== MANAGED_BY && key !== REMOTE_KEY_TAG));

/** As AWS takes them. */
export const toTagList = (tags: Tags): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
