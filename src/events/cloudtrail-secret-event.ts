import * as z from 'zod/mini';
import { type RemoteKey, remoteKeysFor } from '../domain/remote-key.ts';
import { distinctKeys } from './distinct-keys.ts';
import type { EventContent, EventEnvelope, IgnoredEvent } from './event-envelope.ts';
import { isOfSender } from './event-sender.ts';
import { listingChange } from './listing-change.ts';
import { fieldsOf, MalformedMessageError } from './malformed-message.ts';

const members = z.nullish(z.record(z.string(), z.unknown()));

const detailSchema = z.object({
  eventSource: z.literal('secretsmanager.amazonaws.com'),
  eventName: z.string(),
  eventID: z.nullish(z.string()),
  requestID: z.nullish(z.string()),
  errorCode: z.nullish(z.string()),
  requestParameters: members,
  responseElements: members,
  additionalEventData: members,
  serviceEventDetails: members,
});

type Detail = z.infer<typeof detailSchema>;

/** Operations after which a reader may see something else: those of infra/rules.yml. All others change nothing for readers. */
export const CHANGING_OPERATIONS: ReadonlySet<string> = new Set([
  'CreateSecret',
  'PutSecretValue',
  'UpdateSecret',
  'UpdateSecretVersionStage',
  'DeleteSecret',
  'RestoreSecret',
  'TagResource',
  'UntagResource',
  'PutResourcePolicy',
  'DeleteResourcePolicy',
  'ReplicateSecretToRegions',
  'RemoveRegionsFromReplication',
  'StopReplicationToReplica',
  'RotationSucceeded',
  'EndSecretVersionDelete',
  'CancelSecretVersionDelete',
  'SecretVersionDeletion',
  'ReplicationSucceeded',
]);

/**
 * A Secrets Manager call or service event recorded by CloudTrail: the only news of creation, deletion, restoring, tags
 * and policies. Callers name the secret as they like, so every place that may hold its id is looked at. A call into
 * another account is recorded in both; only the one that owns the secret wakes anybody.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
 */
export const cloudTrailChange = (event: EventEnvelope): EventContent | IgnoredEvent => {
  const parsed = z.safeParse(detailSchema, event.detail);
  if (!parsed.success)
    throw new MalformedMessageError(
      `event ${event.id} (CloudTrail) is invalid at ${fieldsOf(parsed.error)} of its detail`,
    );
  const detail = parsed.data;
  const ignored = whyIgnored(detail);
  if (ignored !== undefined) return { ignored };
  const currentVersion = announcedVersion(detail);
  const mentions = currentVersion === undefined ? mentionedVersion(detail) : undefined;
  const all = keysOf(event, detail);
  const keys = all.filter((key) => isOfSender(event, key));
  if (all.length > 0 && keys.length === 0) return { ignored: 'the secret is of another account, which tells itself' };
  const replicas = replicasOf(keys, detail.requestParameters);
  const named = namesInFull(event, detail).filter((key) => isOfSender(event, key));
  const listing = listingChange(detail.eventName, {
    keys: named.length === 0 ? keys : named,
    replicas,
    parameters: detail.requestParameters,
  });
  return {
    keys: distinctKeys([...keys, ...replicas]),
    ...(mentions === undefined ? {} : { mentions }),
    ...(listing === undefined ? {} : { listing }),
    ...(detail.eventID ? { eventId: detail.eventID } : {}),
    ...(currentVersion === undefined ? {} : { currentVersion }),
  };
};

const whyIgnored = ({ eventName, errorCode, requestParameters }: Detail): string | undefined => {
  if (errorCode) return `${eventName} failed`;
  if (!CHANGING_OPERATIONS.has(eventName)) return `${eventName} changes nothing for readers`;
  if (eventName === 'PutSecretValue' && stagesOf(requestParameters).every((stage) => stage === 'AWSPENDING'))
    return 'PutSecretValue of a pending version changes nothing for readers';
  if (eventName === 'UpdateSecretVersionStage' && textAt(requestParameters, 'versionStage') === 'AWSPENDING')
    return 'UpdateSecretVersionStage of a pending version changes nothing for readers';
  return undefined;
};

/** The stages a PutSecretValue attaches; without any it attaches AWSCURRENT. */
const stagesOf = (parameters: Detail['requestParameters']): readonly string[] => {
  const stages = parameters?.['versionStages'];
  return Array.isArray(stages) && stages.length > 0 ? stages.map(String) : ['AWSCURRENT'];
};

/** The version that became current, where the call says so itself: its token becomes the version id. */
const announcedVersion = ({ eventName, requestParameters }: Detail): string | undefined => {
  if (eventName === 'PutSecretValue' && stagesOf(requestParameters).includes('AWSCURRENT'))
    return textAt(requestParameters, 'clientRequestToken');
  if (eventName === 'UpdateSecretVersionStage' && textAt(requestParameters, 'versionStage') === 'AWSCURRENT')
    return textAt(requestParameters, 'moveToVersionId');
  return undefined;
};

/** `aRN` before February 2024. */
const ARN_SPELLINGS = ['arn', 'aRN', 'ARN'];

/**
 * A call's token becomes the id of the version it makes, if it makes one; a rotation's request id ends in the token of
 * the version it brought about.
 */
const mentionedVersion = ({ eventName, requestParameters, requestID }: Detail): string | undefined => {
  if (eventName === 'RotationSucceeded')
    return /^Rotation-arn:.*-([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.exec(requestID ?? '')?.[1];
  return eventName === 'CreateSecret' || eventName === 'UpdateSecret'
    ? textAt(requestParameters, 'clientRequestToken')
    : undefined;
};

const keysOf = ({ account, region }: EventEnvelope, detail: Detail): readonly RemoteKey[] => {
  const { requestParameters, responseElements, additionalEventData, serviceEventDetails, eventName } = detail;
  const ids = [
    ...ARN_SPELLINGS.map((name) => textAt(responseElements, name)),
    textAt(additionalEventData, 'SecretId'),
    textAt(requestParameters, 'secretId'),
    eventName === 'CreateSecret' ? textAt(requestParameters, 'name') : undefined,
    textAt(serviceEventDetails, 'secretId'),
  ].flatMap((id) => id ?? []);
  return distinctKeys(ids.flatMap((id) => remoteKeysFor(id, { account, region, service: 'secretsmanager' })));
};

/** Answers and service events name a secret by its full ARN, which leaves one reading of it. */
const namesInFull = ({ account, region }: EventEnvelope, detail: Detail): readonly RemoteKey[] => {
  const { responseElements, additionalEventData } = detail;
  const arns = [
    ...ARN_SPELLINGS.map((name) => textAt(responseElements, name)),
    textAt(additionalEventData, 'SecretId'),
  ];
  const location = { account, region, service: 'secretsmanager' } as const;
  return arns.flatMap((arn) => (arn?.startsWith('arn:') ? remoteKeysFor(arn, location).slice(0, 1) : [])).slice(0, 1);
};

/** The same secrets in the Regions a replication call names. */
const replicasOf = (keys: readonly RemoteKey[], parameters: Detail['requestParameters']): readonly RemoteKey[] => {
  const named = [parameters?.['addReplicaRegions'], parameters?.['removeReplicaRegions']].flatMap((list) =>
    Array.isArray(list) ? list.map(regionOf) : [],
  );
  return named.flatMap((region) => (region === undefined ? [] : keys.map((key) => ({ ...key, region }))));
};

const regionOf = (replica: unknown): string | undefined => {
  if (typeof replica === 'string') return replica;
  const parsed = z.safeParse(z.object({ region: z.string() }), replica);
  return parsed.success ? parsed.data.region : undefined;
};

const textAt = (record: Detail['requestParameters'], name: string): string | undefined => {
  const value = record?.[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};
