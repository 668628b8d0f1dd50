import type { RemoteWrite } from '../../app/ports/secret-writer.ts';
import { planReplication } from '../../domain/push/plan-replication.ts';
import { planTags } from '../../domain/push/plan-tags.ts';
import type { ResourcePolicy, SecretMetadata } from '../../domain/push/push-metadata.ts';
import { isSamePolicy } from '../../domain/push/resource-policy.ts';
import { resolvePolicy } from './resolve-policy.ts';
import type { DescribedSecret, SecretsManagerCalls } from './secrets-manager-calls.ts';
import { tagsOf } from './tags-of.ts';

/** A secret that is there, and what metadata wants it to be like. */
export interface Upkeep {
  readonly calls: SecretsManagerCalls;
  readonly write: RemoteWrite;
  readonly described: DescribedSecret;
  readonly metadata: SecretMetadata;
}

/** Makes tags, policy and replicas of an existing secret what metadata says, whether or not its value changes. */
export const keepUp = async (upkeep: Upkeep, signal?: AbortSignal): Promise<void> => {
  await keepTags(upkeep);
  const { resourcePolicy } = upkeep.metadata;
  if (resourcePolicy !== undefined) await keepPolicy(upkeep, resourcePolicy, signal);
  await keepReplicas(upkeep);
};

const keepTags = async ({ calls, write, described, metadata }: Upkeep): Promise<void> => {
  const { remove, set } = planTags(tagsOf(described.Tags), metadata.tags);
  if (remove.length > 0) await calls.untag(write.key, remove);
  if (Object.keys(set).length > 0) await calls.tag(write.key, set);
};

/** An empty source asks for no policy; without `resourcePolicy` whatever policy there is stays. */
const keepPolicy = async (
  { calls, write }: Upkeep,
  policy: ResourcePolicy,
  signal: AbortSignal | undefined,
): Promise<void> => {
  const desired = await resolvePolicy(policy, write, signal);
  const current = await calls.policy(write.key);
  if (desired === '') {
    if (current !== undefined && current !== '') await calls.deletePolicy(write.key);
    return;
  }
  if (!isSamePolicy(current, desired)) await calls.putPolicy(policyInput(write.key, desired, policy));
};

export const policyInput = (SecretId: string, text: string, { blockPublicPolicy }: ResourcePolicy) => ({
  SecretId,
  ResourcePolicy: text,
  ...(blockPublicPolicy === undefined ? {} : { BlockPublicPolicy: blockPublicPolicy }),
});

const keepReplicas = async ({ calls, write, described, metadata }: Upkeep): Promise<void> => {
  const { remove, add } = planReplication(replicaRegions(described), metadata.replicationLocations);
  if (remove.length > 0) await calls.removeRegions(write.key, remove);
  const { KmsKeyId } = described;
  if (add.length > 0)
    await calls.replicate({
      SecretId: write.key,
      AddReplicaRegions: add.map((Region) => ({ Region, ...(KmsKeyId === undefined ? {} : { KmsKeyId }) })),
    });
};

export const replicaRegions = ({ ReplicationStatus = [] }: DescribedSecret): readonly string[] =>
  ReplicationStatus.flatMap(({ Region }) => (Region === undefined ? [] : [Region]));
