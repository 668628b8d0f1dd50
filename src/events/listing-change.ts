import * as z from 'zod/mini';
import type { Tags } from '../domain/find-selector.ts';
import type { ListingChange } from '../domain/listing-change.ts';
import type { RemoteKey } from '../domain/remote-key.ts';

type Parameters = Readonly<Record<string, unknown>> | null | undefined;

/** What an operation on a secret does to lists. Undefined: nothing. */
export const listingChange = (
  eventName: string,
  { keys, replicas, parameters }: ListingFacts,
): ListingChange | undefined => {
  switch (eventName) {
    case 'CreateSecret':
      return { type: 'appeared', keys, ...(parameters ? { tags: tagsIn(parameters) } : {}) };
    case 'RestoreSecret':
    case 'CancelSecretVersionDelete':
    case 'ReplicationSucceeded':
      return { type: 'appeared', keys };
    case 'ReplicateSecretToRegions':
      return { type: 'appeared', keys: replicas };
    case 'RemoveRegionsFromReplication':
      return { type: 'disappeared', keys: replicas };
    case 'DeleteSecret':
      return { type: 'disappeared', keys };
    case 'TagResource':
      return { type: 'tagged', keys, ...(parameters ? { tagKeys: Object.keys(tagsIn(parameters)) } : {}) };
    case 'UntagResource':
      return { type: 'tagged', keys, ...(parameters ? { tagKeys: textsIn(parameters['tagKeys']) } : {}) };
    default:
      return undefined;
  }
};

interface ListingFacts {
  readonly keys: readonly RemoteKey[];
  /** The same secret in the Regions a replication call names. */
  readonly replicas: readonly RemoteKey[];
  /** Absent: too large to be recorded. */
  readonly parameters: Parameters;
}

const tagSchema = z.object({ key: z.string(), value: z._default(z.string(), '') });

/** @returns tags as CloudTrail spells them; what is none is left out */
const tagsIn = ({ tags }: NonNullable<Parameters>): Tags => {
  if (!Array.isArray(tags)) return {};
  const parsed = tags.map((tag) => z.safeParse(tagSchema, tag));
  return Object.fromEntries(parsed.flatMap(({ data }) => (data === undefined ? [] : [[data.key, data.value]])));
};

const textsIn = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.filter((entry) => typeof entry === 'string') : [];
