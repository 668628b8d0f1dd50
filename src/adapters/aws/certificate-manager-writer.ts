import {
  ACMClient,
  AddTagsToCertificateCommand,
  DeleteCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  ListTagsForCertificateCommand,
  RemoveTagsFromCertificateCommand,
} from '@aws-sdk/client-acm';
import {
  GetResourcesCommand,
  type GetResourcesCommandOutput,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import type { RemoteWrite, SecretWriter, Written } from '../../app/ports/secret-writer.ts';
import {
  type CertificateBundle,
  isSameCertificate,
  toCertificateBundle,
} from '../../domain/push/certificate-bundle.ts';
import {
  isManaged,
  MANAGED_BY,
  MANAGED_BY_US,
  planCertificateTags,
  REMOTE_KEY_TAG,
  type Tags,
  toTagList,
} from '../../domain/push/plan-tags.ts';
import { parseCertificateMetadata } from '../../domain/push/push-metadata.ts';
import { StoreRejectedError } from '../../domain/store-error.ts';
import type { StoreAccess } from './aws-access.ts';
import type { AwsOperation } from './aws-error.ts';
import type { CallAws } from './call-aws.ts';
import { allPages } from './pages.ts';
import { Recent } from './recent.ts';
import { unlessMissing } from './secrets-manager-calls.ts';
import { tagsOf } from './tags-of.ts';

/** Certificates remembered by remote key. A search by tags does not show for a while what was imported a moment ago. */
const MAX_KNOWN = 512;

/** ARNs by remote key. */
export type KnownCertificates = Recent<string>;

export const createKnownCertificates = (): KnownCertificates => new Recent(MAX_KNOWN);

export interface CertificateClients {
  readonly acm: ACMClient;
  readonly tagging: ResourceGroupsTaggingAPIClient;
}

/** Loaded on first need: few stores hold certificates. */
export const createCertificateClients = (
  acm: ConstructorParameters<typeof ACMClient>[0],
  tagging: ConstructorParameters<typeof ResourceGroupsTaggingAPIClient>[0],
): CertificateClients => ({
  acm: new ACMClient(acm ?? {}),
  tagging: new ResourceGroupsTaggingAPIClient(tagging ?? {}),
});

const operation = (name: string, prefix: string, more: Partial<AwsOperation> = {}): AwsOperation => ({
  service: 'ACM',
  name,
  prefix,
  exceptions: [
    'InvalidArnException',
    'InvalidParameterException',
    'InvalidTagException',
    'LimitExceededException',
    'RequestInProgressException',
    'ResourceInUseException',
    'ResourceNotFoundException',
    'TagPolicyException',
    'TooManyTagsException',
  ],
  ...more,
});

const NOT_FOUND = { notFound: ['ResourceNotFoundException'] } as const;

/**
 * Imports `kubernetes.io/tls` Secrets into Certificate Manager. A certificate has no name: the remote key is a tag that it
 * is found by. Properties mean nothing here.
 */
export const createCertificateManagerWriter = (
  clients: CertificateClients,
  known: KnownCertificates,
  { location, identity, call }: StoreAccess,
): SecretWriter => {
  const callsWith = (signal: AbortSignal | undefined) => certificateCalls(clients, call, signal);

  const locate = async (calls: Calls, key: string, prefix: string): Promise<string | undefined> => {
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const [first] = [...(await calls.search(key, prefix))].sort();
    if (first !== undefined) known.getOrMake(key, () => first);
    return first;
  };

  const write = async (calls: Calls, change: RemoteWrite): Promise<Written> => {
    const { key, content, metadata, source, beforeVersion } = change;
    const bundle = toCertificateBundle(content, source);
    const { tags } = parseCertificateMetadata(metadata);
    const arn = await locate(calls, key, 'failed to search for existing certificate: ');
    const held = arn === undefined ? undefined : await ownIn(calls, arn);
    if (arn !== undefined && held !== undefined) {
      const isSame = isSameCertificate(held, bundle);
      if (!isSame) {
        await beforeVersion?.();
        await calls.import(bundle, { CertificateArn: arn });
      }
      await keepTags(calls, arn, { held: held.tags, wanted: tags });
      return { wrote: !isSame };
    }
    if (arn !== undefined) known.delete(key, arn);
    await beforeVersion?.();
    const ours = { [MANAGED_BY]: MANAGED_BY_US, [REMOTE_KEY_TAG]: key };
    const imported = await calls.import(bundle, { Tags: toTagList(ours) });
    known.getOrMake(key, () => imported);
    await keepTags(calls, imported, { held: ours, wanted: tags });
    return { wrote: true };
  };

  const remove = async (calls: Calls, key: string): Promise<void> => {
    const arn = await locate(calls, key, 'failed to search for certificate to delete: ');
    if (arn === undefined) return;
    const tags = await calls.tags(arn, `failed to list tags for certificate ${arn}: `);
    if (tags !== undefined && !isManaged(tags))
      throw new StoreRejectedError('certificate not managed by external-secrets');
    if (tags !== undefined) await calls.delete(arn);
    known.delete(key, arn);
  };

  const exists = async (calls: Calls, key: string): Promise<boolean> => {
    const arn = await locate(calls, key, 'failed to search for existing certificate: ');
    if (arn === undefined) return false;
    const tags = await calls.tags(arn, `failed to list tags for certificate ${arn}: `);
    if (tags === undefined) known.delete(key, arn);
    return tags !== undefined;
  };

  return {
    location,
    identity,
    write: (wanted, signal) => write(callsWith(signal), wanted),
    exists: (key, signal) => exists(callsWith(signal), key),
    remove: async ({ key, shared }, signal) => {
      if (!shared) await remove(callsWith(signal), key);
    },
  };
};

const SYNCING_TAGS = 'failed to sync certificate tags: ';

const keepTags = async (
  calls: Calls,
  arn: string,
  { held, wanted }: { readonly held: Tags; readonly wanted: Tags },
): Promise<void> => {
  const { remove, set } = planCertificateTags(held, wanted);
  if (Object.keys(remove).length > 0) await calls.untag(arn, remove);
  if (Object.keys(set).length > 0) await calls.tag(arn, set);
};

/** A certificate and its tags. Undefined: it is gone, or is no longer ours, as a search would say too. */
const ownIn = async (calls: Calls, arn: string) => {
  const held = await calls.get(arn);
  const tags = held === undefined ? undefined : await calls.tags(arn, SYNCING_TAGS);
  return held !== undefined && tags !== undefined && isManaged(tags) ? { ...held, tags } : undefined;
};

type Calls = ReturnType<typeof certificateCalls>;

/** https://docs.aws.amazon.com/acm/latest/APIReference/API_Operations.html */
const certificateCalls = ({ acm, tagging }: CertificateClients, callAws: CallAws, signal: AbortSignal | undefined) => {
  const call = <T>(
    of: AwsOperation,
    send: (options: { readonly abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> => callAws(of, (abortSignal) => send({ abortSignal }), signal);

  /** https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html */
  const searchPage = async (key: string, prefix: string, token: string | undefined) => {
    const of = { ...operation('GetResources', prefix), service: 'Resource Groups Tagging API' } as const;
    const command = new GetResourcesCommand({
      ResourceTypeFilters: ['acm:certificate'],
      TagFilters: [
        { Key: MANAGED_BY, Values: [MANAGED_BY_US] },
        { Key: REMOTE_KEY_TAG, Values: [key] },
      ],
      ...(token === undefined ? {} : { PaginationToken: token }),
    });
    const page: GetResourcesCommandOutput = await call(of, (options) => tagging.send(command, options));
    return {
      entries: (page.ResourceTagMappingList ?? []).flatMap(({ ResourceARN }) => ResourceARN ?? []),
      next: page.PaginationToken,
    };
  };

  return {
    search: (key: string, prefix: string) => allPages((token) => searchPage(key, prefix, token)),
    get: (arn: string) =>
      unlessMissing(
        call(operation('GetCertificate', `failed to get certificate ${arn}: `, NOT_FOUND), async (options) => {
          const held = await acm.send(new GetCertificateCommand({ CertificateArn: arn }), options);
          return { certificate: held.Certificate ?? '', chain: held.CertificateChain ?? '' };
        }),
      ),
    import: async (
      { leaf, chain, key }: CertificateBundle,
      more: { readonly CertificateArn: string } | { readonly Tags: ReturnType<typeof toTagList> },
    ): Promise<string> => {
      const command = new ImportCertificateCommand({
        Certificate: Buffer.from(leaf),
        PrivateKey: key.reveal(),
        ...(chain === '' ? {} : { CertificateChain: Buffer.from(chain) }),
        ...more,
      });
      const of = operation('ImportCertificate', 'failed to import certificate: ', { hides: [key] });
      return (await call(of, (options) => acm.send(command, options))).CertificateArn ?? '';
    },
    /** Undefined: there is no such certificate. */
    tags: (arn: string, prefix: string): Promise<Tags | undefined> =>
      unlessMissing(
        call(operation('ListTagsForCertificate', prefix, NOT_FOUND), async (options) =>
          tagsOf((await acm.send(new ListTagsForCertificateCommand({ CertificateArn: arn }), options)).Tags),
        ),
      ),
    tag: (CertificateArn: string, tags: Tags) =>
      call(operation('AddTagsToCertificate', SYNCING_TAGS), (options) =>
        acm.send(new AddTagsToCertificateCommand({ CertificateArn, Tags: toTagList(tags) }), options),
      ),
    untag: (CertificateArn: string, tags: Tags) =>
      call(operation('RemoveTagsFromCertificate', SYNCING_TAGS), (options) =>
        acm.send(new RemoveTagsFromCertificateCommand({ CertificateArn, Tags: toTagList(tags) }), options),
      ),
    delete: (arn: string) =>
      call(operation('DeleteCertificate', `failed to delete certificate ${arn}: `), (options) =>
        acm.send(new DeleteCertificateCommand({ CertificateArn: arn }), options),
      ),
  };
};
