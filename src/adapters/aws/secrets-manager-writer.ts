import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Engines } from '../../app/ports/engine.ts';
import type { RemoteRemoval, RemoteWrite, SecretWriter, Written } from '../../app/ports/secret-writer.ts';
import { holdsNothing } from '../../domain/push/holds-nothing.ts';
import { isManaged, NOT_MANAGED, toTagList, withManagedBy } from '../../domain/push/plan-tags.ts';
import { CREATING_SECRET, parseSecretMetadata, UPDATING_SECRET } from '../../domain/push/push-metadata.ts';
import { AWS_OWN_WINDOW, deletionProblem, type SecretDeletion } from '../../domain/push/secret-deletion.ts';
import type { SecretValue } from '../../domain/secret-value.ts';
import { StoreRejectedError } from '../../domain/store-error.ts';
import { WriteConflictError } from '../../domain/sync-error.ts';
import type { StoreAccess } from './aws-access.ts';
import { type Held, putFollowing, toSecretInput, untilDone } from './follow-version.ts';
import { resolvePolicy } from './resolve-policy.ts';
import { documentOf, isJson, mergeInto } from './secret-document.ts';
import { keepUp, policyInput, replicaRegions } from './secret-upkeep.ts';
import {
  type DescribedSecret,
  type SecretsManagerCalls,
  type StagedSecret,
  secretsManagerCalls,
} from './secrets-manager-calls.ts';
import { tagsOf } from './tags-of.ts';

export interface SecretsManagerWriterOptions extends StoreAccess {
  readonly engines: Engines;
  readonly deletion?: SecretDeletion | undefined;
}

/** One change under way. */
interface Change {
  readonly calls: SecretsManagerCalls;
  readonly engines: Engines;
  readonly turns: Map<string, number>;
  readonly signal: AbortSignal | undefined;
}

/** Writes Secrets Manager with a client's identity. See docs/decisions/0026-write-semantics.md. */
export const createSecretsManagerWriter = (
  client: SecretsManagerClient,
  { location, identity, call, engines, deletion = AWS_OWN_WINDOW }: SecretsManagerWriterOptions,
): SecretWriter => {
  const callsWith = (signal: AbortSignal | undefined) => secretsManagerCalls(client, call, signal);
  return {
    location,
    identity,
    write: (write, signal) => {
      const once = { ...write, ...askOnce(write) };
      return untilDone(write.key, (turns) => writeOnce(once, { calls: callsWith(signal), engines, turns, signal }));
    },
    exists: async (key, signal) => (await callsWith(signal).findValue(key)) !== undefined,
    remove: async (removal, signal) => {
      const once = { ...removal, ...askOnce(removal) };
      await untilDone(removal.key, (turns) =>
        removeOnce(once, { calls: callsWith(signal), engines, turns, signal }, deletion),
      );
    },
  };
};

/** A change that begins anew is still one change. */
const askOnce = ({ beforeVersion }: Pick<RemoteWrite, 'beforeVersion'>): Pick<RemoteWrite, 'beforeVersion'> => {
  let asked: Promise<void> | undefined;
  return beforeVersion === undefined
    ? {}
    : {
        beforeVersion: () => {
          asked ??= beforeVersion();
          return asked;
        },
      };
};

const writeOnce = async (write: RemoteWrite, change: Change): Promise<Written | undefined> => {
  const { calls, turns, signal } = change;
  const { key, beforeVersion } = write;
  const described = await calls.describe(key);
  if (described === undefined) return create(write, change);
  if (!isManaged(tagsOf(described.Tags))) throw new StoreRejectedError(NOT_MANAGED);
  const held: Held = hasVersions(described) ? await calls.currentValue(key) : {};
  const content = await mergeInto(held, write, change);
  const metadata = parseSecretMetadata(write.metadata, UPDATING_SECRET);
  await keepUp({ calls, write, described, metadata }, signal);
  if (holds(held, content)) return { wrote: false, ...versionOf(held.version) };
  const next = { key, described, held, content, format: metadata.format, beforeVersion };
  const version = await putFollowing(calls, next, turns);
  return version === undefined ? undefined : { wrote: true, version };
};

/** @returns undefined: somebody else was quicker */
const create = async (write: RemoteWrite, change: Change): Promise<Written | undefined> => {
  const { calls, signal } = change;
  const { key, metadata: given, beforeVersion } = write;
  const { format, kmsKeyId, description, tags, ...metadata } = parseSecretMetadata(given, CREATING_SECRET);
  const { replicationLocations: regions = [], resourcePolicy } = metadata;
  const content = await mergeInto({}, write, change);
  await beforeVersion?.();
  const input = {
    Name: key,
    ...toSecretInput(content, format),
    Tags: toTagList(withManagedBy(tags)),
    Description: description,
    KmsKeyId: kmsKeyId,
    ...(regions.length === 0 ? {} : { AddReplicaRegions: regions.map((Region) => ({ Region, KmsKeyId: kmsKeyId })) }),
  };
  const created = await unlessConflict(calls.create(input));
  if (created === undefined) return undefined;
  if (resourcePolicy?.policySourceRef !== undefined) {
    const text = await resolvePolicy(resourcePolicy, write, signal);
    if (text !== '') await calls.putPolicy(policyInput(created.ARN ?? key, text, resourcePolicy));
  }
  return { wrote: true, ...versionOf(created.VersionId) };
};

/** @returns undefined: somebody else changed the secret meanwhile */
const removeOnce = async (
  removal: RemoteRemoval,
  change: Change,
  deletion: SecretDeletion,
): Promise<'done' | undefined> => {
  const { calls, turns } = change;
  const { key, property, shared, beforeVersion } = removal;
  const held = await calls.findValue(key);
  if (held === undefined) return 'done';
  const described = await calls.describe(key);
  if (described === undefined || !isManaged(tagsOf(described.Tags))) return 'done';
  if (property === '') return shared ? 'done' : deleteWhole(calls, described, deletion);
  const left = await without(held, property, change);
  if (left === undefined) return 'done';
  if (holdsNothing(left) && !shared) return deleteWhole(calls, described, deletion);
  if (left.equals(documentOf(held))) return 'done';
  const format = held.binary === undefined ? 'string' : 'binary';
  const next = { key, described, held, content: left, format, beforeVersion } as const;
  return (await putFollowing(calls, next, turns)) === undefined ? undefined : 'done';
};

/** The document without a property; undefined: it is none that we could have written properties into. */
const without = async (
  held: StagedSecret,
  property: string,
  { engines, signal }: Change,
): Promise<SecretValue | undefined> => {
  const document = documentOf(held);
  if (document.size === 0) return document;
  return isJson(document) ? engines.forObject().deleteProperty(document, property, signal) : undefined;
};

const deleteWhole = async (
  calls: SecretsManagerCalls,
  described: DescribedSecret,
  deletion: SecretDeletion,
): Promise<'done'> => {
  const { ARN = '' } = described;
  const regions = replicaRegions(described);
  if (regions.length > 0) await calls.removeRegions(ARN, regions);
  const problem = deletionProblem(deletion);
  if (problem !== undefined) throw problem;
  const { forceDeleteWithoutRecovery: force, recoveryWindowInDays: days } = deletion;
  await calls.delete({
    SecretId: ARN,
    ...(force ? { ForceDeleteWithoutRecovery: true } : {}),
    ...(days > 0 ? { RecoveryWindowInDays: days } : {}),
  });
  return 'done';
};

const hasVersions = ({ VersionIdsToStages = {} }: DescribedSecret): boolean =>
  Object.keys(VersionIdsToStages).length > 0;

/** Whether the content is there already, in either form. */
const holds = ({ text, binary }: Held, content: SecretValue): boolean =>
  (binary?.equals(content) ?? false) || text?.revealText() === content.revealText();

const versionOf = (version: string | undefined) => (version === undefined || version === '' ? {} : { version });

const unlessConflict = async <T>(calling: Promise<T>): Promise<T | undefined> => {
  try {
    return await calling;
  } catch (error) {
    if (error instanceof WriteConflictError) return undefined;
    throw error;
  }
};
