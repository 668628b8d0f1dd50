import { isNewerVersion, type MirroredObject } from './mirrored-object.ts';
import { parseSecretStore } from './secret-store.ts';
import { SyncError } from './sync-error.ts';

/**
 * Whether a change is anybody's but ours: a status we wrote moves the resourceVersion and nothing else that counts.
 * A first sight counts as a change; a version older than what is known (a watch resumed from before it) does not.
 */
export const isObjectChanged = (before: MirroredObject | undefined, now: MirroredObject): boolean =>
  isNews(before, now) && (before?.uid !== now.uid || fingerprint(before) !== fingerprint(now));

/** Only labels decide whether a namespace may use a ClusterSecretStore. */
export const isNamespaceChanged = (before: MirroredObject | undefined, now: MirroredObject): boolean =>
  isNews(before, now) && (before?.uid !== now.uid || textOf(before.labels) !== textOf(now.labels));

const isNews = (before: MirroredObject | undefined, now: MirroredObject): boolean =>
  before === undefined || isNewerVersion(now.resourceVersion, before.resourceVersion);

const fingerprint = (object: MirroredObject): string =>
  JSON.stringify([
    object.generation,
    textOf(object.labels),
    textOf(object.annotations),
    object.finalizers,
    (object.ownerReferences ?? []).map(({ kind, name, uid, controller = false }) => [kind, name, uid, controller]),
    object.deletionTimestamp ?? '',
  ]);

/** The table gives members back in another order than the cluster. */
const textOf = (members: Readonly<Record<string, string>>): string =>
  JSON.stringify(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Names a Secret; `namespace` `*` stands for the namespace of whoever uses the store. */
export interface CredentialRef {
  readonly namespace: string;
  readonly name: string;
}

/** The Secrets a store takes its AWS keys from; none when it cannot be read. */
export const credentialSecretsOf = (object: MirroredObject): readonly CredentialRef[] => {
  const secretRef = readStore(object)?.aws.auth?.secretRef;
  const selectors = [
    secretRef?.accessKeyIDSecretRef,
    secretRef?.secretAccessKeySecretRef,
    secretRef?.sessionTokenSecretRef,
  ];
  return selectors.flatMap((selector) =>
    selector === undefined ? [] : [{ namespace: credentialNamespace(object, selector.namespace), name: selector.name }],
  );
};

const credentialNamespace = ({ ref }: MirroredObject, named: string | undefined): string => {
  if (ref.kind === 'SecretStore') return ref.namespace;
  return named === undefined || named === '' ? '*' : named;
};

const readStore = (object: MirroredObject) => {
  try {
    return parseSecretStore(object);
  } catch (error) {
    if (error instanceof SyncError) return undefined; // its own pass says what is wrong
    throw error;
  }
};

/** True when a list misses so many known objects that it is more likely wrong than they are gone. */
/** For this long after a person said so, very many missing objects are believed to be gone, each after a read by name. */
const ABSENCE_ACCEPTED_FOR_MILLISECONDS = 30 * 60_000;

export const isAbsenceAccepted = (acceptedAt: number | undefined, now: number): boolean =>
  acceptedAt !== undefined && now - acceptedAt < ABSENCE_ACCEPTED_FOR_MILLISECONDS;

export const isMassAbsence = (absent: number, known: number): boolean => absent > 10 && absent > known / 10;
