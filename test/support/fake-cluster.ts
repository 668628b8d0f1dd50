import type { AccessQuestion, ClusterClient } from '../../src/app/ports/cluster-client.ts';
import type { GeneratorObjectRef } from '../../src/domain/generator-ref.ts';
import type { MirroredObject } from '../../src/domain/mirrored-object.ts';
import type { ObjectRef, WatchedKind } from '../../src/domain/object-ref.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';
import { ClusterForbiddenError } from '../../src/domain/sync-error.ts';
import type { TargetSecret } from '../../src/domain/target-secret.ts';
import { toMirrored, toTarget } from './fake-cluster/convert.ts';
import type { RecordedEvent } from './fake-cluster/event.ts';
import { ACCESS_REVIEWS, type CallRequest, createFakeClient, generatorKey } from './fake-cluster/fake-client.ts';
import { FakeManifests } from './fake-cluster/fake-manifests.ts';
import { FakeServiceAccounts } from './fake-cluster/fake-service-accounts.ts';
import { Faults, type Hook, type Method } from './fake-cluster/faults.ts';
import { recordedBy, withUpdate } from './fake-cluster/managed-fields.ts';
import { ObjectStore, type StoredObject } from './fake-cluster/object-store.ts';
import { Requests } from './fake-cluster/requests.ts';

type Seed = Partial<
  Pick<StoredObject, 'uid' | 'labels' | 'annotations' | 'finalizers' | 'ownerReferences' | 'spec' | 'status'>
>;
type SecretSeed = Partial<Omit<TargetSecret, 'namespace' | 'name' | 'resourceVersion' | 'managedFields'>>;

export interface FakeClusterOptions {
  /** Epoch milliseconds, for deletion timestamps. @default 2026-01-01T00:00:00Z */
  readonly now?: () => number;
  /** A call that hangs fails after this. @default 5000 */
  readonly deadlineMilliseconds?: number;
}

const EMPTY: Omit<StoredObject, 'ref' | 'uid' | 'resourceVersion' | 'generation'> = {
  labels: {},
  annotations: {},
  finalizers: [],
  ownerReferences: [],
  managedFields: [],
  type: 'Opaque',
  immutable: false,
  data: new Map(),
};

/**
 * A cluster in memory. `client` is what the service under test holds; everything else is the world around it: other
 * writers, the garbage collector, failures, and a record of what was asked.
 *
 * Resources are counted and forbidden by their names in the API: `secrets`, `externalsecrets`, `externalsecrets/status`,
 * `secretstores`, `clustersecretstores`, `namespaces`, `configmaps`, `events`, `ecrauthorizationtokens` and the other
 * generators'.
 *
 * @example
 * const cluster = createFakeCluster();
 * cluster.put({ kind: 'ExternalSecret', namespace: 'prod', name: 'db' }, { spec: { … } });
 * cluster.before('replaceSecret', () => { cluster.putSecret('prod', 'db', { labels: { edited: 'yes' } }); });
 */
export const createFakeCluster = (options: FakeClusterOptions = {}) => new FakeCluster(options);

export class FakeCluster {
  readonly client: ClusterClient;
  /** In the order they were recorded. */
  readonly events: RecordedEvent[] = [];
  readonly requests = new Requests();
  readonly serviceAccounts = new FakeServiceAccounts();
  readonly #store: ObjectStore;
  readonly #generators = new Map<string, unknown>();
  /** Targets that are no Secrets. */
  readonly manifests = new FakeManifests();
  readonly #configMaps = new Map<string, ReadonlyMap<string, SecretValue>>();
  readonly #faults: Faults;
  readonly #forbidden: { readonly verb: string; readonly resource: string; readonly namespace: string | undefined }[] =
    [];
  #ending = new AbortController();
  #openWatches = 0;

  constructor({ now = () => Date.UTC(2026, 0, 1), deadlineMilliseconds = 5_000 }: FakeClusterOptions) {
    this.#store = new ObjectStore(now);
    this.#faults = new Faults(deadlineMilliseconds);
    this.#makeNamespace('kube-system');
    this.client = createFakeClient({
      store: this.#store,
      generators: this.#generators,
      serviceAccounts: this.serviceAccounts,
      configMaps: this.#configMaps,
      manifests: this.manifests,
      call: (method, request, effect) => this.#call(method, request, effect),
      isForbidden: (question) => this.#isForbidden(question),
      record: (event) => this.events.push(event),
      endOfWatches: () => this.#ending.signal,
      watching: (more) => {
        this.#openWatches += more;
      },
    });
  }

  /** resourceVersion of the newest change. */
  get resourceVersion(): string {
    return this.#store.version;
  }

  get openWatches(): number {
    return this.#openWatches;
  }

  /**
   * Creates, or replaces what `seed` names; makes the namespace too. A changed spec moves the generation.
   * @param manager - of the fields that are written; without one, nobody leaves a name
   */
  put(ref: ObjectRef, seed: Seed = {}, manager?: string): MirroredObject {
    if (ref.namespace !== '') this.#makeNamespace(ref.namespace);
    if (ref.kind === 'Namespace') this.#makeNamespace(ref.name);
    const current = this.#store.get(ref);
    const labels = { ...(seed.labels ?? current?.labels), ...ownLabels(ref) };
    const stored =
      current === undefined
        ? this.#store.create({ ...EMPTY, ...seed, ref })
        : this.#store.update({
            ...current,
            ...seed,
            ...(manager !== undefined && { managedFields: recordedBy(current.managedFields, manager) }),
            labels,
            uid: current.uid,
          });
    return toMirrored(stored);
  }

  /** Applies a generator; `undefined` deletes it. */
  putGenerator(ref: GeneratorObjectRef, spec: unknown): void {
    if (spec === undefined) this.#generators.delete(generatorKey(ref));
    else this.#generators.set(generatorKey(ref), spec);
  }

  /** A Secret made or edited by somebody else, `manager` in its managedFields. Members not named stay as they are. */
  putSecret(
    { namespace, name }: { readonly namespace: string; readonly name: string },
    seed: SecretSeed = {},
    manager = 'kubectl-edit',
  ): TargetSecret {
    this.#makeNamespace(namespace);
    const ref = { kind: 'Secret' as const, namespace, name };
    const current = this.#store.get(ref);
    const { type = current?.type ?? '', uid, ...rest } = seed;
    const after = { ...(current ?? EMPTY), ...rest, ref, type: type === '' ? 'Opaque' : type };
    const managedFields = withUpdate(current?.managedFields ?? [], manager, { before: current, after });
    const stored =
      current === undefined
        ? this.#store.create({ ...after, managedFields, ...(uid !== undefined && uid !== '' && { uid }) })
        : this.#store.update({ ...current, ...after, managedFields });
    return toTarget(stored);
  }

  putConfigMap(namespace: string, name: string, data: Readonly<Record<string, string>>): void {
    const texts = Object.entries(data).map(([key, text]) => [key, SecretValue.fromText(text)] as const);
    this.#configMaps.set(`${namespace}/${name}`, new Map(texts));
  }

  /** As stored, without counting a request. */
  secret(namespace: string, name: string): TargetSecret | undefined {
    const found = this.#store.get({ kind: 'Secret', namespace, name });
    return found && toTarget(found);
  }

  object(ref: ObjectRef): MirroredObject | undefined {
    const found = this.#store.get(ref);
    return found && toMirrored(found);
  }

  objects(kind: WatchedKind): readonly MirroredObject[] {
    return this.#store
      .list()
      .filter(({ ref }) => ref.kind === kind)
      .map(toMirrored);
  }

  /** Finalizers hold it; what it owns, and what is in a namespace, goes with it. */
  delete(ref: ObjectRef): void {
    this.#store.delete(ref);
  }

  /** Removes what has owner references none of which leads to a living object. */
  collectGarbage(): void {
    this.#store.collectGarbage();
  }

  /** The next `times` calls fail with `error`. @param method - undefined: whichever comes first */
  fail(method: Method | undefined, error: Error, times = 1): void {
    this.#faults.add(method, error, times);
  }

  /** The next `times` calls give no answer until their deadline or signal. */
  hang(method: Method | undefined, times = 1): void {
    this.#faults.add(method, undefined, times);
  }

  /** Runs `hook` when the request arrives, before it is looked at. */
  before(method: Method, hook: Hook, times = 1): void {
    this.#faults.addHook(method, hook, { when: 'before', times });
  }

  /** Runs `hook` when the request has taken effect, before the answer; by throwing it loses the answer. */
  after(method: Method, hook: Hook, times = 1): void {
    this.#faults.addHook(method, hook, { when: 'after', times });
  }

  /** Refuses `verb` on `resource` (`*`: each), in one namespace or everywhere. */
  forbid(verb: string, resource: string, namespace?: string): void {
    this.#forbidden.push({ verb, resource, namespace });
  }

  /** Takes back every failure, hook and refusal. */
  heal(): void {
    this.#faults.clear();
    this.#forbidden.length = 0;
  }

  /** Sends every watch a bookmark. */
  bookmark(): void {
    this.#store.bookmark();
  }

  /** Ends every watch, as the server does every few minutes. */
  endWatches(): void {
    this.#ending.abort();
    this.#ending = new AbortController();
  }

  /** Watches and pages from before now get 410. */
  forgetHistory(): void {
    this.#store.forgetHistory();
  }

  #makeNamespace(name: string): void {
    const ref = { kind: 'Namespace' as const, namespace: '', name };
    if (this.#store.get(ref) === undefined) this.#store.create({ ...EMPTY, ref, labels: ownLabels(ref) });
  }

  /** Every request goes through here: count, hook, refusal, failure, effect, hook. */
  async #call<T>(method: Method, request: CallRequest, effect: () => Promise<T>): Promise<T> {
    const { verb, resource, namespace, signal } = request;
    this.requests.add(verb, resource);
    await this.#faults.run(method, 'before');
    await this.#faults.strike(method, signal);
    if (this.#isForbidden({ group: '', verb, resource, ...(namespace !== undefined && { namespace }) }))
      throw new ClusterForbiddenError(`${verb} ${resource} ${placeOf(namespace)} is forbidden`);
    const result = await effect();
    await this.#faults.run(method, 'after');
    return result;
  }

  #isForbidden({ verb, resource, subresource, namespace }: AccessQuestion): boolean {
    if (resource === ACCESS_REVIEWS) return false; // everybody may ask
    const full = subresource === undefined ? resource : `${resource}/${subresource}`;
    return this.#forbidden.some(
      (rule) =>
        (rule.verb === '*' || rule.verb === verb) &&
        (rule.resource === '*' || rule.resource === full) &&
        (rule.namespace === undefined || rule.namespace === namespace),
    );
  }
}

const placeOf = (namespace: string | undefined): string =>
  namespace === undefined || namespace === '' ? 'cluster-wide' : `in namespace ${namespace}`;

/** Labels the API server keeps by itself. */
const ownLabels = ({ kind, name }: ObjectRef): Readonly<Record<string, string>> =>
  kind === 'Namespace' ? { 'kubernetes.io/metadata.name': name } : {};
