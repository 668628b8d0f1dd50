import type {
  BaseCredentials,
  RemoteSecret,
  SecretFinder,
  SecretReaders,
  WebIdentity,
} from '../../src/app/ports/secret-reader.ts';
import type { SecretWriters, WriterSettings } from '../../src/app/ports/secret-writer.ts';
import type { IdentityPlan, SessionTag } from '../../src/domain/identity-plan.ts';
import type { SecretService, StoreLocation } from '../../src/domain/remote-key.ts';
import { isGone, StoreRejectedError } from '../../src/domain/store-error.ts';
import { SecretNotFoundError, StoreUnavailableError } from '../../src/domain/sync-error.ts';
import type { FakeAnswer } from './fake-answer.ts';
import { FakeCertificates } from './fake-certificates.ts';
import { FakeParameters } from './fake-parameters.ts';
import { type FakeWriting, writingCertificates, writingParameters, writingSecrets } from './fake-secret-writers.ts';
import { FakeSecretsManager } from './fake-secrets-manager.ts';

export const FAKE_ACCOUNT = '111122223333';

/** One thing the service asked of AWS. */
export interface FakeCall {
  readonly operation:
    | 'open'
    | 'read'
    | 'readTags'
    | 'list'
    | 'readMany'
    | 'listVersions'
    | 'write'
    | 'exists'
    | 'remove';
  readonly service: SecretService;
  /** ARN of the last role of the chain, or the static access key id. */
  readonly identity: string;
  /** Empty for `open`. Of a list, its path; of a read of many, one call for each of them. */
  readonly key: string;
  readonly version: string;
}

type CallFilter = Partial<FakeCall>;

interface Fault {
  readonly filter: CallFilter;
  readonly error: () => Error;
  timesLeft: number;
}

/**
 * Secrets Manager, Parameter Store and Certificate Manager in memory, behind the ports {@link SecretReaders} and
 * {@link SecretWriters}. It passes the contracts of the real ones (test/contract/secret-reader.ts, secret-writer.ts). All accounts and Regions see the same secrets; a reader's location says
 * where its identity leads: the account of the last role, or {@link FAKE_ACCOUNT} for static keys.
 *
 * @example
 * const secrets = createFakeSecrets();
 * const versionId = secrets.manager.put('prod/db', { text: '{"user":"app"}' });
 * secrets.parameters.put('/prod/url', 'https://…');
 * secrets.fail({ key: 'prod/db' }, () => new StoreUnavailableError('throttled'), 1); // the next read only
 * expect(secrets.calls({ operation: 'read' })).toHaveLength(0);
 */
export interface FakeSecrets extends SecretReaders {
  readonly manager: FakeSecretsManager;
  readonly parameters: FakeParameters;
  readonly certificates: FakeCertificates;
  /** Write the same secrets, with the same faults, hooks and records. */
  readonly writers: SecretWriters;
  /** Calls that match `filter` throw, `times` times (default: until {@link heal}). */
  fail(filter: CallFilter, error: () => Error, times?: number): void;
  /** Forgets every fault and hook. */
  heal(): void;
  /** Runs before each matching call is answered: change the world meanwhile, or never resolve, to hang it. */
  before(filter: CallFilter, hook: (call: FakeCall) => Promise<void> | void): void;
  calls(filter?: CallFilter): readonly FakeCall[];
  forgetCalls(): void;
}

/** @param now - epoch milliseconds, stamped on new versions */
export const createFakeSecrets = (now: () => number = Date.now): FakeSecrets => {
  const manager = new FakeSecretsManager(now);
  const parameters = new FakeParameters(now);
  const certificates = new FakeCertificates();
  const calls: FakeCall[] = [];
  const faults: Fault[] = [];
  const hooks: { readonly filter: CallFilter; readonly run: (call: FakeCall) => Promise<void> | void }[] = [];

  const record = async (call: FakeCall, signal?: AbortSignal): Promise<void> => {
    calls.push(call);
    for (const { run } of hooks.filter(({ filter }) => matches(call, filter))) await orAborted(run(call), signal);
    if (signal?.aborted) throw new StoreUnavailableError('canceled');
    const fault = faults.find(({ filter, timesLeft }) => timesLeft > 0 && matches(call, filter));
    if (fault === undefined) return;
    fault.timesLeft -= 1;
    throw fault.error();
  };

  const open: SecretReaders['open'] = async (plan, credentials, signal) => {
    if (plan.base.type !== 'default-role' && credentials === undefined)
      throw new TypeError('a plan that begins in the cluster needs what was found there');
    if (isWebIdentity(credentials)) await credentials.token();
    const caller = { service: plan.service, identity: identityOf(plan, credentials) };
    const location = locationOf(plan, caller.identity);
    await record({ ...caller, operation: 'open', key: '', version: '' }, signal);
    const find = (key: string, version: string): FakeAnswer => {
      if (plan.service === 'acm') return certificates.read(key);
      return plan.service === 'ssm' ? parameters.read(key, version) : manager.read({ key, version }, location);
    };
    const readNow = (key: string, version: string): RemoteSecret => answer(find(key, version));
    const finder: SecretFinder = {
      list: async (query, listSignal) => {
        await record({ ...caller, operation: 'list', key: query.path, version: '' }, listSignal);
        return plan.service === 'ssm' ? parameters.list(query) : manager.list(query);
      },
      readMany: async (names, readSignal) => {
        const found = new Map<string, RemoteSecret>();
        for (const key of names) {
          await record({ ...caller, operation: 'readMany', key, version: '' }, readSignal);
          try {
            found.set(key, readNow(key, ''));
          } catch (error) {
            if (!isGone(error)) throw error;
          }
        }
        return found;
      },
    };
    return {
      location,
      identity: JSON.stringify([caller, plan.region, lastTags(plan)]),
      listing: {
        pageCost: plan.service === 'ssm' ? 14 : 1,
        pages: async function* (listSignal) {
          const size = plan.service === 'ssm' ? 50 : 100;
          for (let start = 0; ; start += size) {
            await record({ ...caller, operation: 'listVersions', key: '', version: '' }, listSignal);
            const listed = plan.service === 'ssm' ? parameters.listVersions() : manager.listVersions();
            yield listed.slice(start, start + size);
            if (start + size >= listed.length) return;
          }
        },
      },
      ...(plan.service === 'acm' ? {} : { finder }),
      read: async ({ key, version }, readSignal) => {
        await record({ ...caller, operation: 'read', key, version }, readSignal);
        return readNow(key, version);
      },
      readTags: async (key, readSignal) => {
        await record({ ...caller, operation: 'readTags', key, version: '' }, readSignal);
        return answer(plan.service === 'ssm' ? parameters.readTags(key) : manager.readTags(key, location));
      },
    };
  };

  const openWriter: SecretWriters['open'] = async (plan, { credentials, settings }, signal) => {
    const { location, identity } = await open(plan, credentials, signal);
    const caller = { service: plan.service, identity: identityOf(plan, credentials), version: '' };
    const writing = writingOf(plan.service, location, settings);
    return {
      location,
      identity,
      write: async (write, writeSignal) => {
        await record({ ...caller, operation: 'write', key: write.key }, writeSignal);
        return writing.write(write);
      },
      exists: async (key, existsSignal) => {
        await record({ ...caller, operation: 'exists', key }, existsSignal);
        return writing.exists(key);
      },
      remove: async (removal, removeSignal) => {
        await record({ ...caller, operation: 'remove', key: removal.key }, removeSignal);
        return writing.remove(removal);
      },
    };
  };

  const writingOf = (service: SecretService, location: StoreLocation, settings: WriterSettings): FakeWriting => {
    if (service === 'acm') return writingCertificates(certificates);
    return service === 'ssm' ? writingParameters(parameters) : writingSecrets(manager, location, settings);
  };

  return {
    manager,
    parameters,
    certificates,
    open,
    writers: { open: openWriter },
    fail: (filter, error, times = Number.POSITIVE_INFINITY) => void faults.push({ filter, error, timesLeft: times }),
    heal: () => {
      faults.length = 0;
      hooks.length = 0;
    },
    before: (filter, run) => void hooks.push({ filter, run }),
    calls: (filter = {}) => calls.filter((call) => matches(call, filter)),
    forgetCalls: () => {
      calls.length = 0;
    },
  };
};

const answer = <T extends object>(found: FakeAnswer<T>): T => {
  if (found === 'not-found') throw new SecretNotFoundError();
  if (isRejected(found))
    throw new StoreRejectedError(found.rejected, { pendingDeletion: found.rejected.includes('marked for deletion') });
  return found;
};

const isRejected = (found: object): found is { readonly rejected: string } => 'rejected' in found;

const matches = (call: FakeCall, filter: CallFilter): boolean =>
  (filter.operation ?? call.operation) === call.operation &&
  (filter.service ?? call.service) === call.service &&
  (filter.identity ?? call.identity) === call.identity &&
  (filter.key ?? call.key) === call.key &&
  (filter.version ?? call.version) === call.version;

const lastRole = ({ base, hops }: IdentityPlan): string | undefined =>
  hops.at(-1)?.roleArn ?? (base.type === 'default-role' ? base.roleArn : undefined);

/** Tags of the last role's session; inherited ones are the adapter's affair. */
const lastTags = ({ base, hops }: IdentityPlan): readonly SessionTag[] =>
  hops.at(-1)?.sessionTags ?? (base.type === 'default-role' ? base.sessionTags : []);

const isWebIdentity = (credentials: BaseCredentials | undefined): credentials is WebIdentity =>
  credentials !== undefined && 'token' in credentials;

const identityOf = (plan: IdentityPlan, credentials: BaseCredentials | undefined): string => {
  if (isWebIdentity(credentials)) return lastRole(plan) ?? credentials.roleArn;
  return lastRole(plan) ?? credentials?.accessKeyId ?? 'unknown';
};

const locationOf = (plan: IdentityPlan, identity: string): StoreLocation => ({
  account: /^arn:aws[a-z-]*:iam::(\d{12}):role/.exec(identity)?.[1] ?? FAKE_ACCOUNT,
  region: plan.region,
  service: plan.service,
});

const orAborted = async (work: Promise<void> | void, signal: AbortSignal | undefined): Promise<void> => {
  if (signal === undefined) return await work;
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([work, aborted]);
};
