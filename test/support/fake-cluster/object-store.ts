import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ObjectRef } from '../../../src/domain/object-ref.ts';
import { formatRef } from '../../../src/domain/object-ref.ts';
import type { SecretValue } from '../../../src/domain/secret-value.ts';
import type { ManagedFields, OwnerReference } from '../../../src/domain/target-secret.ts';

/** Any object of the fake cluster. The last three members are a Secret's. */
export interface StoredObject {
  readonly ref: ObjectRef;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly finalizers: readonly string[];
  readonly ownerReferences: readonly OwnerReference[];
  readonly deletionTimestamp?: string;
  readonly managedFields: readonly ManagedFields[];
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly type: string;
  readonly immutable: boolean;
  readonly data: ReadonlyMap<string, SecretValue>;
}

/** One step of the cluster's history. */
export interface Change {
  readonly type: 'changed' | 'deleted' | 'bookmark';
  readonly version: bigint;
  readonly object?: StoredObject;
}

const FIRST_VERSION = 1_000n;

/** The objects, their one shared counter of resourceVersions, and the history that watches replay. */
export class ObjectStore {
  readonly #objects = new Map<string, StoredObject>();
  readonly #now: () => number;
  #version = FIRST_VERSION;
  /** Changes since {@link forgottenUntil}. */
  readonly history: Change[] = [];
  /** Watches from before this version get 410. */
  forgottenUntil = FIRST_VERSION;
  readonly listeners = new Set<(change: Change) => void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  get version(): string {
    return String(this.#version);
  }

  get(ref: ObjectRef): StoredObject | undefined {
    return this.#objects.get(formatRef(ref));
  }

  list(): readonly StoredObject[] {
    return [...this.#objects.values()].sort((a, b) => (formatRef(a.ref) < formatRef(b.ref) ? -1 : 1));
  }

  create(
    object: Omit<StoredObject, 'uid' | 'resourceVersion' | 'generation'> & { readonly uid?: string },
  ): StoredObject {
    return this.#store({ ...object, uid: object.uid ?? randomUUID(), generation: 1, resourceVersion: '' });
  }

  /** An update that changes nothing leaves the resourceVersion alone. The last finalizer's removal ends a deletion. */
  update(object: StoredObject): StoredObject {
    const current = this.get(object.ref);
    if (current !== undefined && isDeepStrictEqual(comparable(current), comparable(object))) return current;
    const generation = object.generation + (isDeepStrictEqual(current?.spec, object.spec) ? 0 : 1);
    const stored = this.#store({ ...object, generation });
    if (stored.deletionTimestamp !== undefined && stored.finalizers.length === 0) this.#remove(stored);
    return stored;
  }

  /** Marks an object that has finalizers, removes any other with all that it owns. */
  delete(ref: ObjectRef): void {
    const object = this.get(ref);
    if (object === undefined) return;
    if (object.finalizers.length === 0) this.#remove(object);
    else if (object.deletionTimestamp === undefined) this.#mark(object);
  }

  /** Deletes what has owners none of which exists. */
  collectGarbage(): void {
    const living = new Set(this.list().map(({ uid }) => uid));
    const orphans = this.list().filter(
      ({ ownerReferences }) => ownerReferences.length > 0 && !ownerReferences.some(({ uid }) => living.has(uid)),
    );
    for (const { ref } of orphans) this.delete(ref);
  }

  bookmark(): void {
    this.#note({ type: 'bookmark', version: this.#version });
  }

  forgetHistory(): void {
    this.forgottenUntil = this.#version;
    this.history.length = 0;
  }

  #mark(object: StoredObject): void {
    const deletionTimestamp = `${new Date(this.#now()).toISOString().slice(0, 19)}Z`;
    this.#store({ ...object, deletionTimestamp });
  }

  #store(object: StoredObject): StoredObject {
    this.#version += 1n;
    const stored = { ...object, resourceVersion: this.version };
    this.#objects.set(formatRef(object.ref), stored);
    this.#note({ type: 'changed', version: this.#version, object: stored });
    return stored;
  }

  #remove(object: StoredObject): void {
    this.#version += 1n;
    this.#objects.delete(formatRef(object.ref));
    this.#note({ type: 'deleted', version: this.#version, object: { ...object, resourceVersion: this.version } });
    if (object.ref.kind === 'Namespace') this.#empty(object.ref.name);
    this.#orphan(object.uid);
  }

  #empty(namespace: string): void {
    for (const { ref } of this.list()) if (ref.namespace === namespace) this.delete(ref);
  }

  /** Owned objects go with their last owner. */
  #orphan(owner: string): void {
    const living = new Set(this.list().map(({ uid }) => uid));
    for (const { ref, ownerReferences } of this.list()) {
      const owned = ownerReferences.some(({ uid }) => uid === owner);
      if (owned && !ownerReferences.some(({ uid }) => living.has(uid))) this.delete(ref);
    }
  }

  #note(change: Change): void {
    this.history.push(change);
    for (const listen of this.listeners) listen(change);
  }
}

/** What makes two versions of an object different, with values as bytes: two SecretValues always look alike. */
const comparable = ({ resourceVersion: _, managedFields: __, data, ...rest }: StoredObject): unknown => ({
  ...rest,
  data: [...data].map(([key, value]) => [key, value.reveal()]).sort(),
});
