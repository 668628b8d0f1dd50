import { parseGoDuration } from './go-duration.ts';
import type { MirroredObject } from './mirrored-object.ts';
import { compileNamespaceRegexes } from './namespace-conditions.ts';
import { planRetry } from './plan-retry.ts';
import { AWS_OWN_WINDOW, deletionProblem } from './push/secret-deletion.ts';
import { isRegionName } from './region-name.ts';
import { parseSecretStore, parseStoreSettings, type SecretStore, type StoreSettings } from './secret-store.ts';
import { InvalidSpecError, type SyncError } from './sync-error.ts';

/** Session tag keys that only the service may set. */
export const RESERVED_TAG_KEYS = ['esoNamespace', 'esoStoreName', 'esoStoreKind'] as const;

type Check<T> = (store: T) => SyncError | undefined;

/**
 * Re-validation period.
 * @returns milliseconds; undefined when the service's own period applies
 * @throws InvalidSpecError - negative or not a duration
 */
export const storeRefreshMilliseconds = ({ refreshInterval }: StoreSettings): number | undefined => {
  if (refreshInterval === undefined) return undefined;
  const shown = typeof refreshInterval === 'number' ? String(refreshInterval) : JSON.stringify(refreshInterval);
  const milliseconds = typeof refreshInterval === 'number' ? refreshInterval * 1000 : parseInterval(refreshInterval);
  if (milliseconds < 0) throw new InvalidSpecError(`invalid refreshInterval ${shown}: must not be negative`);
  return milliseconds === 0 ? undefined : milliseconds;
};

const reservedTagsUntouched: Check<SecretStore> = ({ aws }) =>
  RESERVED_TAG_KEYS.some((key) => Object.hasOwn(aws.customSessionTags, key))
    ? invalid(`customSessionTags cannot contain automatically injected reserved keys: ${RESERVED_TAG_KEYS.join(', ')}`)
    : undefined;

const namespaceRegexesCompile: Check<StoreSettings> = ({ conditions }) => {
  const problems = compileNamespaceRegexes(conditions);
  return problems.length === 0 ? undefined : invalid(problems.join('\n'));
};

const refreshIntervalParses: Check<StoreSettings> = (store) => refusalOf(() => storeRefreshMilliseconds(store));

const serviceServed: Check<SecretStore> = ({ aws: { service } }) => {
  if (['SecretsManager', 'ParameterStore', 'CertificateManager'].includes(service)) return undefined;
  return invalid(`unknown AWS Provider Service: ${service}`);
};

const regionCanBeHost: Check<SecretStore> = ({ aws: { region } }) =>
  region === '' || isRegionName(region) ? undefined : invalid(`region not found: ${region}`);

const secretsDeletable: Check<SecretStore> = ({ aws: { secretsManager = AWS_OWN_WINDOW } }) =>
  deletionProblem(secretsManager);

const secretRefsInNamespace: Check<SecretStore> = (store) => {
  const { auth } = store.aws;
  const refs = [
    ['AccessKeyID', auth?.secretRef?.accessKeyIDSecretRef],
    ['SecretAccessKey', auth?.secretRef?.secretAccessKeySecretRef],
    ['SessionToken', auth?.secretRef?.sessionTokenSecretRef],
  ] as const;
  const foreign = refs.find(([, ref]) => isForeign(ref?.namespace, store));
  return foreign && foreignNamespace(`SecretRef.${foreign[0]}`);
};

const serviceAccountInNamespace: Check<SecretStore> = (store) =>
  isForeign(store.aws.auth?.jwt?.serviceAccountRef?.namespace, store)
    ? foreignNamespace('JWT.ServiceAccountRef')
    : undefined;

/** The reference's controller falls over such a store. */
const serviceAccountNamed: Check<SecretStore> = ({ aws: { auth } }) =>
  auth?.jwt !== undefined && auth.jwt.serviceAccountRef === undefined
    ? invalid('spec.provider.aws.auth.jwt.serviceAccountRef is missing')
    : undefined;

/** Found by the reference when it makes a client: a store that never makes one for itself would not say it. */
const retryIntervalParses: Check<SecretStore> = (store) => refusalOf(() => planRetry(store));

/** The lists are the rule: the first check that fails is the one the person reads. */
const SETTINGS_CHECKS: readonly Check<StoreSettings>[] = [namespaceRegexesCompile, refreshIntervalParses];
const PROVIDER_CHECKS: readonly Check<SecretStore>[] = [
  reservedTagsUntouched,
  serviceServed,
  regionCanBeHost,
  secretsDeletable,
  secretRefsInNamespace,
  serviceAccountInNamespace,
  serviceAccountNamed,
  retryIntervalParses,
];

/**
 * Reads a store and applies the admission rules, for clusters whose CRDs do not carry them. The first that fails is
 * thrown; that there is one provider, and ours, is the rule between the two lists.
 * @throws InvalidSpecError
 */
export const parseValidStore = (object: MirroredObject): SecretStore => {
  refuse(SETTINGS_CHECKS, parseStoreSettings(object));
  const store = parseSecretStore(object);
  refuse(PROVIDER_CHECKS, store);
  return store;
};

const refuse = <T>(checks: readonly Check<T>[], store: T): void => {
  for (const check of checks) {
    const problem = check(store);
    if (problem !== undefined) throw problem;
  }
};

const refusalOf = (parse: () => unknown): InvalidSpecError | undefined => {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (error instanceof InvalidSpecError) return error;
    throw error;
  }
};

const invalid = (message: string): InvalidSpecError => new InvalidSpecError(message);

const isForeign = (namespace: string | undefined, store: SecretStore): boolean =>
  store.kind === 'SecretStore' && namespace !== undefined && namespace !== '' && namespace !== store.namespace;

const foreignNamespace = (field: string): InvalidSpecError =>
  invalid(
    `invalid Auth.${field}: namespace should either be empty or match the namespace of the SecretStore for a namespaced SecretStore`,
  );

const parseInterval = (written: string): number => {
  try {
    return parseGoDuration(written);
  } catch (error) {
    throw invalid(
      `invalid refreshInterval ${JSON.stringify(written)}: ${error instanceof InvalidSpecError ? error.message : 'not a duration'}`,
    );
  }
};
