import type { RemoteRemoval, RemoteWrite, SecretWriter, WriterSettings } from '../../src/app/ports/secret-writer.ts';
import { isSameCertificate, toCertificateBundle } from '../../src/domain/push/certificate-bundle.ts';
import { holdsNothing } from '../../src/domain/push/holds-nothing.ts';
import {
  isManaged,
  NOT_MANAGED,
  planAllTags,
  planCertificateTags,
  planTags,
  REMOTE_KEY_TAG,
  withManagedBy,
} from '../../src/domain/push/plan-tags.ts';
import {
  CREATING_SECRET,
  parseCertificateMetadata,
  parseParameterMetadata,
  parseSecretMetadata,
  UPDATING_SECRET,
} from '../../src/domain/push/push-metadata.ts';
import { toParameterText, toSecretContent } from '../../src/domain/push/pushed-value.ts';
import { AWS_OWN_WINDOW } from '../../src/domain/push/secret-deletion.ts';
import type { StoreLocation } from '../../src/domain/remote-key.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';
import { StoreRejectedError } from '../../src/domain/store-error.ts';
import { InvalidSecretValueError } from '../../src/domain/sync-error.ts';
import type { FakeCertificates } from './fake-certificates.ts';
import type { FakeParameters } from './fake-parameters.ts';
import type { FakeSecretsManager } from './fake-secrets-manager.ts';

/** What a fake writer does; who may, and what is recorded of it, is the affair of `createFakeSecrets`. */
export type FakeWriting = Pick<SecretWriter, 'write' | 'exists' | 'remove'>;

const refuseUnmanaged = (tags: Readonly<Record<string, string>>): void => {
  if (!isManaged(tags)) throw new StoreRejectedError(NOT_MANAGED);
};

/** Properties are names of members, dots nest: all else that sjson knows is the adapter's affair. */
export const writingSecrets = (
  manager: FakeSecretsManager,
  location: StoreLocation,
  { secretsManager: deletion = AWS_OWN_WINDOW }: WriterSettings,
): FakeWriting => {
  const current = (key: string): SecretValue | undefined => {
    const found = manager.read({ key, version: '' }, location);
    if (found === 'not-found') return undefined;
    if ('rejected' in found) throw new StoreRejectedError(found.rejected, { pendingDeletion: true });
    return found.binary ?? found.text;
  };

  const erase = (key: string): void => {
    if (deletion.forceDeleteWithoutRecovery) manager.delete(key);
    else manager.scheduleDeletion(key);
  };

  const write = async (change: RemoteWrite) => {
    const { key, metadata } = change;
    const described = manager.describe(key, location);
    if (described !== undefined) refuseUnmanaged(described.tags);
    const wanted = parseSecretMetadata(metadata, described === undefined ? CREATING_SECRET : UPDATING_SECRET);
    const held = current(key);
    const content = merged(held, change);
    if (described !== undefined) {
      const { remove, set } = planTags(described.tags, wanted.tags);
      const kept = Object.entries(described.tags).filter(([tag]) => !remove.includes(tag));
      manager.tag(key, { ...Object.fromEntries(kept), ...set });
    }
    if (held?.equals(content)) return { wrote: false, ...versionOf(manager, key) };
    await change.beforeVersion?.();
    const value = wanted.format === 'string' ? { text: content.revealText() } : { bytes: content.reveal() };
    const version = manager.put(key, value);
    if (described === undefined) {
      const { description, kmsKeyId, replicationLocations: replicas = [] } = wanted;
      manager.settle(key, { tags: withManagedBy(wanted.tags), description, kmsKeyId, replicas });
    }
    return { wrote: true, version };
  };

  const removeProperty = async (held: SecretValue, { key, property, shared, beforeVersion }: RemoteRemoval) => {
    const document = parsed(held);
    if (document === undefined) return;
    const left = SecretValue.fromText(JSON.stringify(withMember(document, property.split('.'), undefined)));
    if (holdsNothing(left) && !shared) return erase(key);
    if (left.equals(held)) return;
    await beforeVersion?.();
    manager.put(key, { bytes: left.reveal() });
  };

  const remove = async (removal: RemoteRemoval) => {
    const { key, property, shared } = removal;
    const held = current(key);
    if (held === undefined || !isManaged(manager.describe(key, location)?.tags ?? {})) return;
    if (property !== '') return removeProperty(held, removal);
    if (!shared) erase(key);
  };

  return { write, exists: async (key) => current(key) !== undefined, remove };
};

const versionOf = (manager: FakeSecretsManager, key: string) => {
  const version = manager.versionsOf(key).at(-1);
  return version === undefined ? {} : { version };
};

const merged = (held: SecretValue | undefined, { property, content, also = [] }: RemoteWrite): SecretValue => {
  let document = held ?? SecretValue.fromText('');
  for (const part of [{ property, content }, ...also]) {
    const value = toSecretContent(part.content);
    const members = document.size === 0 ? {} : parsed(document);
    if (part.property === '') document = value;
    else if (members === undefined)
      throw new InvalidSecretValueError(
        'PushSecret for aws secrets manager with a pushSecretData property requires a json secret',
      );
    else
      document = SecretValue.fromText(
        JSON.stringify(withMember(members, part.property.split('.'), value.revealText())),
      );
  }
  return document;
};

const parsed = (value: SecretValue): unknown => {
  try {
    return JSON.parse(value.revealText());
  } catch {
    return undefined;
  }
};

const withMember = (document: unknown, [name = '', ...rest]: readonly string[], value: string | undefined): unknown => {
  const members = new Map<string, unknown>(
    typeof document === 'object' && document !== null ? Object.entries(document) : [],
  );
  if (rest.length > 0) members.set(name, withMember(members.get(name), rest, value));
  else if (value === undefined) members.delete(name);
  else members.set(name, value);
  return Object.fromEntries(members);
};

export const writingParameters = (parameters: FakeParameters): FakeWriting => ({
  write: async ({ key, content, also = [], metadata, beforeVersion }) => {
    const { encodeAsDecoded, tags } = parseParameterMetadata(metadata);
    const text = toParameterText(also.at(-1)?.content ?? content, encodeAsDecoded);
    const held = parameters.tagsOf(key);
    if (held !== undefined) refuseUnmanaged(held);
    const found = parameters.read(key, '');
    if (found !== 'not-found' && !('rejected' in found) && found.text?.revealText() === text)
      return { wrote: false, version: found.version };
    await beforeVersion?.();
    const version = parameters.put(key, text);
    const { remove, set } = planAllTags(held ?? {}, tags);
    const kept = Object.entries(held ?? withManagedBy(tags)).filter(([tag]) => !remove.includes(tag));
    parameters.tag(key, { ...Object.fromEntries(kept), ...set });
    return { wrote: true, version };
  },
  exists: async (key) => parameters.tagsOf(key) !== undefined,
  remove: async ({ key, shared }) => {
    if (!shared && isManaged(parameters.tagsOf(key) ?? {})) parameters.delete(key);
  },
});

export const writingCertificates = (certificates: FakeCertificates): FakeWriting => {
  const find = (key: string): string | undefined =>
    certificates.find(withManagedBy({ [REMOTE_KEY_TAG]: key })).toSorted()[0];
  return {
    write: async ({ key, content, metadata, source, beforeVersion }) => {
      const bundle = toCertificateBundle(content, source);
      const wanted = parseCertificateMetadata(metadata).tags;
      const known = find(key);
      const held = known === undefined ? undefined : certificates.get(known);
      const isSame = held !== undefined && isSameCertificate(held, bundle);
      if (!isSame) await beforeVersion?.();
      const [certificate, chain] = [bundle.leaf, bundle.chain === '' ? bundle.leaf : bundle.chain];
      const tags = held?.tags ?? withManagedBy({ [REMOTE_KEY_TAG]: key });
      const arn =
        isSame && known !== undefined
          ? known
          : certificates.import({ certificate, chain, key: bundle.key.revealText(), tags }, known);
      const { remove, set } = planCertificateTags(tags, wanted);
      const kept = Object.entries(tags).filter(([tag]) => !Object.hasOwn(remove, tag));
      certificates.tag(arn, { ...Object.fromEntries(kept), ...set });
      return { wrote: !isSame };
    },
    exists: async (key) => find(key) !== undefined,
    remove: async ({ key, shared }) => {
      const arn = find(key);
      if (!shared && arn !== undefined) certificates.delete(arn);
    },
  };
};
