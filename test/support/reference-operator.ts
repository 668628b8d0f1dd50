import { createdByHash, dataHash, fieldManagerFor } from '../../src/domain/hashes.ts';
import type { ManagedFields, TargetSecret } from '../../src/domain/target-secret.ts';
import { NAMESPACE, values } from './builders.ts';
import type { FakeCluster } from './fake-cluster.ts';

type Texts = Readonly<Record<string, string>>;

const MANAGED = 'reconcile.external-secrets.io/managed';
const CREATED_BY = 'reconcile.external-secrets.io/created-by';
const HASH = 'reconcile.external-secrets.io/data-hash';

export interface ReferenceSync {
  readonly name: string;
  readonly uid: string;
  readonly creationPolicy: string;
  readonly labels?: Texts;
  /** What the provider holds. */
  readonly data: Texts;
}

/**
 * A pass of External Secrets Operator over a target, as it is known to write: the managed label by patch, the rest by
 * replacing the whole object, both under the ExternalSecret's field manager. It shares nothing with our own rules but the
 * hashes, so that what one side leaves behind is really met by the other.
 */
export const syncAsReference = (cluster: FakeCluster, sync: ReferenceSync): void => {
  const ref = { namespace: NAMESPACE, name: sync.name };
  const manager = fieldManagerFor(sync.name);
  if (cluster.secret(ref.namespace, ref.name) === undefined && sync.creationPolicy === 'Merge') return;
  const found = cluster.secret(ref.namespace, ref.name);
  if (found !== undefined && found.labels[MANAGED] === undefined)
    cluster.putSecret(ref, { labels: { ...found.labels, [MANAGED]: 'true' } }, manager);
  cluster.putSecret(ref, desired(cluster.secret(ref.namespace, ref.name), sync, manager), manager);
};

const desired = (found: TargetSecret | undefined, sync: ReferenceSync, manager: string): Partial<TargetSecret> => {
  const replaces = sync.creationPolicy === 'Owner' || sync.creationPolicy === 'Orphan';
  const data = new Map(replaces ? [] : found?.data);
  for (const key of owned(found, manager, 'f:data')) data.delete(key);
  for (const [key, value] of values(sync.data)) data.set(key, value);
  const labels = { ...found?.labels };
  for (const name of owned(found, manager, 'f:metadata', 'f:labels')) delete labels[name];
  const annotations = { ...found?.annotations };
  for (const name of owned(found, manager, 'f:metadata', 'f:annotations')) delete annotations[name];
  const others = (found?.ownerReferences ?? []).filter(({ name }) => name !== sync.name);
  const owner = sync.creationPolicy === 'Owner' ? [ownerOf(sync)] : [];
  const createdBy = sync.creationPolicy === 'Owner' ? { [CREATED_BY]: createdByHash(NAMESPACE, sync.name) } : {};
  return {
    data,
    labels: { ...labels, ...sync.labels, [MANAGED]: 'true', ...createdBy },
    annotations: { ...annotations, [HASH]: dataHash(data) },
    ownerReferences: [...others, ...owner],
  };
};

const ownerOf = ({ name, uid }: ReferenceSync) => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  name,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});

const owned = (secret: TargetSecret | undefined, manager: string, ...path: readonly string[]): readonly string[] =>
  (secret?.managedFields ?? [])
    .filter((entry) => entry.manager === manager)
    .flatMap((entry: ManagedFields) => {
      const at = path.reduce<unknown>(
        (value, step) => (typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined),
        entry.fields,
      );
      return typeof at === 'object' && at !== null ? Object.keys(at) : [];
    })
    .filter((member) => member.startsWith('f:'))
    .map((member) => member.slice(2));
