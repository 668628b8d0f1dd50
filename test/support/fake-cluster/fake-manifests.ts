import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ClusterClient } from '../../../src/app/ports/cluster-client.ts';
import { contentOf, type ManifestRef, type ManifestTarget, toContent } from '../../../src/domain/manifest-target.ts';
import { ClusterRejectedError, WriteConflictError } from '../../../src/domain/sync-error.ts';

export type ManifestCalls = Pick<
  ClusterClient,
  'readManifest' | 'createManifest' | 'replaceManifest' | 'deleteManifest'
>;

/** Kinds the fake serves beside its own; of the managed fields it keeps those of the content and metadata. */
const SERVED: ReadonlySet<string> = new Set(['v1 ConfigMap', 'example.com/v1 Widget']);

/** Objects of other kinds, as an API server keeps them. */
export class FakeManifests implements ManifestCalls {
  readonly #objects = new Map<string, ManifestTarget>();
  #version = 0;

  /** As somebody else makes or edits it. */
  put(ref: ManifestRef, change: Partial<Omit<ManifestTarget, 'ref'>>, manager = 'kubectl-edit'): ManifestTarget {
    const before = this.#objects.get(idOf(ref));
    return this.#store({ ...(before ?? emptyOf(ref)), ...change }, manager);
  }

  get(ref: ManifestRef): ManifestTarget | undefined {
    return this.#objects.get(idOf(ref));
  }

  async readManifest(ref: ManifestRef): Promise<ManifestTarget | undefined> {
    refuseUnserved(ref);
    return this.get(ref);
  }

  async createManifest(object: ManifestTarget, fieldManager: string) {
    refuseUnserved(object.ref);
    if (this.get(object.ref) !== undefined) throw new WriteConflictError(`creating ${idOf(object.ref)}: AlreadyExists`);
    const { uid, resourceVersion } = this.#store({ ...object, managedFields: [] }, fieldManager);
    return { uid, resourceVersion };
  }

  async replaceManifest(object: ManifestTarget, fieldManager: string) {
    const current = this.get(object.ref);
    if (current?.resourceVersion !== object.resourceVersion)
      throw new WriteConflictError(`updating ${idOf(object.ref)}: ${current ? 'Conflict' : 'NotFound'}`);
    const { uid, resourceVersion } = this.#store({ ...object, uid: current.uid }, fieldManager);
    return { uid, resourceVersion };
  }

  async deleteManifest(
    ref: ManifestRef,
    { uid, resourceVersion }: { readonly uid: string; readonly resourceVersion: string },
  ) {
    const current = this.get(ref);
    if (current?.uid !== uid) return;
    if (current.resourceVersion !== resourceVersion) throw new WriteConflictError(`deleting ${idOf(ref)}: Conflict`);
    this.#objects.delete(idOf(ref));
  }

  #store(object: ManifestTarget, manager: string): ManifestTarget {
    const before = this.get(object.ref);
    if (before !== undefined && isSame(before, object)) return before;
    this.#version += 1;
    const managedFields = withUpdate(before, object, manager);
    const uid = object.uid === '' ? randomUUID() : object.uid;
    const stored = { ...object, uid, managedFields, resourceVersion: String(this.#version) };
    this.#objects.set(idOf(object.ref), stored);
    return stored;
  }
}

const idOf = ({ apiVersion, kind, namespace, name }: ManifestRef): string =>
  `${apiVersion} ${kind} ${namespace}/${name}`;

const refuseUnserved = ({ apiVersion, kind }: ManifestRef): void => {
  if (!SERVED.has(`${apiVersion} ${kind}`))
    throw new ClusterRejectedError(`${kind} in ${apiVersion}: the cluster does not serve it`);
};

const emptyOf = (ref: ManifestRef): ManifestTarget => ({
  ref,
  uid: '',
  resourceVersion: '',
  labels: {},
  annotations: {},
  finalizers: [],
  ownerReferences: [],
  managedFields: [],
  content: toContent({}),
});

const comparable = ({ resourceVersion: _, managedFields: __, uid: ___, ...rest }: ManifestTarget) => ({
  ...rest,
  content: contentOf(rest),
});
const isSame = (a: ManifestTarget, b: ManifestTarget): boolean => isDeepStrictEqual(comparable(a), comparable(b));

/** Members that changed are the writer's from now on; those that stayed the same stay whose they were. */
const withUpdate = (before: ManifestTarget | undefined, after: ManifestTarget, manager: string) => {
  const was = leavesOf(before);
  const is = leavesOf(after);
  const owners = new Map(
    (before?.managedFields ?? []).flatMap((entry) =>
      pathsOf(entry.fields).map((path) => [path, entry.manager] as const),
    ),
  );
  const owned = [...is].map(
    ([path, value]) => [path, was.get(path) === value ? (owners.get(path) ?? manager) : manager] as const,
  );
  const managers = [...new Set(owned.map(([, owner]) => owner))];
  return managers.map((name) => ({
    manager: name,
    operation: 'Update',
    fields: toFields(owned.flatMap(([path, owner]) => (owner === name ? [path] : []))),
  }));
};

const leavesOf = (object: ManifestTarget | undefined): ReadonlyMap<string, string> => {
  const leaves = new Map<string, string>();
  const walk = (value: unknown, path: readonly string[]): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      for (const [name, member] of Object.entries(value)) walk(member, [...path, `f:${name}`]);
    else leaves.set(JSON.stringify(path), JSON.stringify(value));
  };
  if (object === undefined) return leaves;
  walk(contentOf(object), []);
  walk(object.labels, ['f:metadata', 'f:labels']);
  walk(object.annotations, ['f:metadata', 'f:annotations']);
  return leaves;
};

type Fields = { [name: string]: Fields };

const toFields = (paths: readonly string[]): Fields => {
  const root: Fields = {};
  for (const path of paths) {
    let at = root;
    for (const step of JSON.parse(path)) {
      at[step] ??= {};
      at = at[step];
    }
  }
  return root;
};

const pathsOf = (fields: unknown, path: readonly string[] = []): readonly string[] => {
  if (typeof fields !== 'object' || fields === null || Object.keys(fields).length === 0) return [JSON.stringify(path)];
  return Object.entries(fields).flatMap(([name, member]) => pathsOf(member, [...path, name]));
};
