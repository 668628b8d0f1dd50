import { randomUUID } from 'node:crypto';
import type { Tables } from '../../src/adapters/dynamodb/create-tables.ts';
import { type CheckDue, createCheckDue } from '../../src/app/check-due.ts';
import { createFindAffected } from '../../src/app/find-affected.ts';
import { createFindDue } from '../../src/app/find-due.ts';
import { createForget } from '../../src/app/forget-object.ts';
import { createPacedReaders } from '../../src/app/paced-readers.ts';
import { createOrderedWriters } from '../../src/app/push/ordered-writers.ts';
import { createPush, type PushDeps } from '../../src/app/push/push.ts';
import { createReconcile, type Reconcile } from '../../src/app/reconcile.ts';
import type { Cluster } from '../../src/domain/cluster.ts';
import type { DueCheck } from '../../src/domain/due-check.ts';
import { type Cause, queueOf, type ReconcileRequest, type RequestedObject } from '../../src/domain/message.ts';
import type { MirroredObject } from '../../src/domain/mirrored-object.ts';
import type { ObjectRef, ServedRef } from '../../src/domain/object-ref.ts';
import { formatRef, isServed } from '../../src/domain/object-ref.ts';
import { parseStatus } from '../../src/domain/parse-status.ts';
import { readyCondition } from '../../src/domain/status.ts';
import type { SyncState } from '../../src/domain/sync-state.ts';
import { externalSecret, type Manifest, NAMESPACE, REGION, registration, secretStore, texts } from './builders.ts';
import { createCountedEngines } from './engines.ts';
import { createFakeClock } from './fake-clock.ts';
import { createFakeCluster, type FakeCluster } from './fake-cluster.ts';
import { createFakeLog } from './fake-log.ts';
import { createFakeMessages } from './fake-messages.ts';
import { createFakeMetrics } from './fake-metrics.ts';
import { createFakeSecrets, FAKE_ACCOUNT } from './fake-secrets.ts';
import { createFakeTables } from './fake-tables.ts';
import { createFakeTokenIssuer } from './fake-token-issuer.ts';
import { type BeforeCall, intercept, interceptReaders, interceptWriters } from './intercept.ts';

const MINUTE = 60_000;

interface Delivery {
  readonly request: ReconcileRequest;
  readonly at: number;
}

/** Names an object that a test speaks of; without one, the ExternalSecret `team-a/db`. */
export const DB: ServedRef = { kind: 'ExternalSecret', namespace: NAMESPACE, name: 'db' };

/**
 * The service between a provider and clusters, all in memory: fakes of every port, the use cases over them, and a queue
 * that delivers when the clock says so.
 *
 * @example
 * const world = await createWorld();
 * world.secrets.manager.put('prod/db', { text: 'one' });
 * await world.apply(secretStore(), externalSecret());
 * await world.settle();
 * expect(world.target()).toEqual({ password: 'one' });
 */
export class World {
  readonly clock = createFakeClock();
  readonly log = createFakeLog();
  readonly metrics = createFakeMetrics();
  readonly messages = createFakeMessages();
  readonly secrets = createFakeSecrets(() => this.clock.now());
  readonly issuer = createFakeTokenIssuer(() => this.clock.now());
  /** The real one. */
  readonly engines = createCountedEngines();
  readonly tables: Tables = createFakeTables(this.clock);
  readonly clusters = new Map<string, FakeCluster>();
  /** What the use cases below were made with. */
  readonly deps: Parameters<typeof createReconcile>[0] &
    Parameters<typeof createCheckDue>[0] &
    Parameters<typeof createFindAffected>[0] &
    Parameters<typeof createFindDue>[0] &
    PushDeps;
  readonly push: ReturnType<typeof createPush>;
  readonly reconcile: Reconcile;
  readonly checkDue: CheckDue;
  readonly findAffected: ReturnType<typeof createFindAffected>;
  readonly findDue: ReturnType<typeof createFindDue>;
  readonly forget: ReturnType<typeof createForget>;
  /** Asked before each call of any port; a test may count, interleave or crash there. */
  before: BeforeCall = () => undefined;
  /** Added up to the back-off's and to what else is random; 0 up to 1. */
  random = 0;
  #queue: readonly Delivery[] = [];
  #checks: readonly DueCheck[] = [];
  #events = 0;

  /** @param genericTargets - as the deploy parameter says */
  constructor(genericTargets = false) {
    const before: BeforeCall = (call) => this.before(call);
    const tables = {
      registry: intercept('registry', this.tables.clusters, before),
      mirror: intercept('mirror', this.tables.mirror, before),
      states: intercept('states', this.tables.states, before),
      dependants: intercept('dependants', this.tables.dependants, before),
      finders: intercept('finders', this.tables.finders, before),
      users: intercept('users', this.tables.users, before),
      handledEvents: intercept('handledEvents', this.tables.handledEvents, before),
      positions: intercept('positions', this.tables.positions, before),
      listings: intercept('listings', this.tables.listings, before),
    };
    this.deps = {
      ...tables,
      serviceRoles: [{ account: FAKE_ACCOUNT, name: 'secretcast-test-reconcile' }],
      messages: intercept('messages', this.messages, before),
      readers: createPacedReaders({
        readers: interceptReaders(this.secrets, before),
        quotas: this.tables.quotas,
        clock: this.clock,
        parameterRates: { reads: 40, describes: 3 },
      }),
      writers: createOrderedWriters({
        writers: interceptWriters(this.secrets.writers, before),
        writeLeases: this.tables.writeLeases,
        quotas: this.tables.quotas,
        clock: this.clock,
        log: this.log,
        newHolder: randomUUID,
        random: () => this.random,
      }),
      issuer: intercept('issuer', this.issuer, before),
      clock: this.clock,
      log: this.log,
      metrics: this.metrics,
      engines: this.engines,
      genericTargets,
      random: () => this.random,
      traceId: () => 'trace',
      clients: async (name: string) => intercept('cluster', this.cluster(name).client, before),
    };
    this.reconcile = createReconcile(this.deps);
    this.push = createPush(this.deps);
    this.checkDue = createCheckDue(this.deps);
    this.findAffected = createFindAffected(this.deps);
    this.findDue = createFindDue(this.deps);
    this.forget = createForget(this.deps);
  }

  /** Registers a cluster, or changes its registration. */
  async register(overrides: Partial<Cluster> = {}): Promise<FakeCluster> {
    const { name } = registration(overrides);
    const known = this.clusters.get(name);
    const fake = known ?? createFakeCluster({ now: () => this.clock.now(), deadlineMilliseconds: 50 });
    const kubeSystemUid = fake.object({ kind: 'Namespace', namespace: '', name: 'kube-system' })?.uid ?? '';
    const cluster = registration({ kubeSystemUid, ...overrides });
    this.clusters.set(cluster.name, fake);
    await this.tables.clusters.put(cluster);
    return fake;
  }

  cluster(name = 'one'): FakeCluster {
    const found = this.clusters.get(name);
    if (found === undefined) throw new Error(`no cluster ${name}`);
    return found;
  }

  /** Somebody applies manifests; the feed sees each and wakes it. Stores come first, as the feed sends them. */
  async apply(...manifests: readonly Manifest<ObjectRef>[]): Promise<void> {
    for (const { ref, ...seed } of manifests) {
      this.cluster().put(ref, seed);
      await this.seen(ref);
      if (isServed(ref)) this.enqueue(this.request([ref], { type: 'feed' }));
    }
  }

  /** The feed delivers the object as it is in the cluster now. */
  async seen(ref: ObjectRef, cluster = 'one'): Promise<void> {
    const object = this.cluster(cluster).object(ref);
    if (object !== undefined) await this.tables.mirror.put(cluster, { ...object, seenAt: this.clock.now() });
  }

  request(objects: readonly RequestedObject[], cause: Cause = { type: 'person' }, cluster = 'one'): ReconcileRequest {
    return { cluster, cause, traceId: 'trace', objects };
  }

  enqueue(request: ReconcileRequest, delaySeconds = 0): void {
    this.#queue = [...this.#queue, { request, at: this.clock.now() + delaySeconds * 1_000 }];
  }

  /** What waits in the queue, with the seconds until each is delivered. */
  waiting(): readonly { readonly request: ReconcileRequest; readonly seconds: number }[] {
    this.#collect();
    return this.#queue.map(({ request, at }) => ({ request, seconds: (at - this.clock.now()) / 1_000 }));
  }

  /** Takes what the queue would deliver now. */
  takeReady(): readonly ReconcileRequest[] {
    const taken: ReconcileRequest[] = [];
    for (let next = this.#takeReady(); next !== undefined; next = this.#takeReady()) taken.push(next);
    return taken;
  }

  /** Works on each object of a request as the queue of its kind would have it. */
  async handle(request: ReconcileRequest): Promise<void> {
    for (const [queue, objects] of Map.groupBy(request.objects, ({ kind }) => queueOf(kind)))
      await (queue === 'push' ? this.push : this.reconcile)({ ...request, objects });
  }

  /** Works on one object now, for a reason. */
  async sync(ref: ServedRef = DB, cause: Cause = { type: 'person' }): Promise<void> {
    await this.handle(this.request([ref], cause));
  }

  /** Delivers what the queue holds for now, and what that sends, until nothing is left for this moment. */
  async settle(): Promise<void> {
    await this.#deliverChecks();
    for (let next = this.#takeReady(); next !== undefined; next = this.#takeReady()) await this.#deliver(next);
  }

  /** Lets time pass: the schedule runs each minute, messages arrive when their delay is over. */
  async elapse(milliseconds: number): Promise<void> {
    const end = this.clock.now() + milliseconds;
    await this.settle();
    while (this.clock.now() < end) {
      const minute = await this.#nextUsefulMinute();
      const until = Math.min(end, minute, ...this.#queue.map(({ at }) => at));
      await this.clock.advance(until - this.clock.now());
      if (until === minute) await this.findDue();
      await this.settle();
    }
  }

  /** Puts a new current version into Secrets Manager; the event is sent on to those who read it. */
  async rotate(key: string, text: string): Promise<string> {
    const versionId = this.secrets.manager.put(key, { text });
    await this.announce(key, versionId);
    return versionId;
  }

  /** The event of a new current version; without one, of a deletion. */
  async announce(key: string, versionId?: string, at: number = this.clock.now()): Promise<void> {
    this.#events += 1;
    await this.findAffected({
      eventId: `event-${this.#events}`,
      at: Math.floor(at / 1_000) * 1_000,
      keys: [{ account: FAKE_ACCOUNT, region: REGION, service: 'secretsmanager', name: key }],
      ...(versionId === undefined ? {} : { currentVersion: versionId }),
    });
  }

  /** Every content that Secrets of this name are given from now on, oldest first. */
  watchWrites(name = 'db', cluster = 'one'): readonly Readonly<Record<string, string>>[] {
    const writes: Readonly<Record<string, string>>[] = [];
    const note = (): void => {
      const target = this.target(name, cluster);
      if (target !== undefined) writes.push(target);
    };
    this.cluster(cluster).after('createSecret', note, Number.POSITIVE_INFINITY);
    this.cluster(cluster).after('replaceSecret', note, Number.POSITIVE_INFINITY);
    return writes;
  }

  /** The target's content as texts; undefined when there is no such Secret. */
  target(name = 'db', cluster = 'one'): Readonly<Record<string, string>> | undefined {
    const secret = this.cluster(cluster).secret(NAMESPACE, name);
    return secret && texts(secret.data);
  }

  object(ref: ObjectRef = DB, cluster = 'one'): MirroredObject {
    const found = this.cluster(cluster).object(ref);
    if (found === undefined) throw new Error(`no ${formatRef(ref)}`);
    return found;
  }

  /** The Ready condition as the cluster holds it: `True SecretSynced: secret synced`. */
  ready(ref: ObjectRef = DB, cluster = 'one'): string | undefined {
    const ready = readyCondition(parseStatus(this.object(ref, cluster)));
    return ready && `${ready.status} ${ready.reason}: ${ready.message}`;
  }

  async state(ref: ServedRef = DB, cluster = 'one'): Promise<SyncState | undefined> {
    return this.tables.states.get(cluster, ref);
  }

  /** Events of the cluster: `Normal Created: secret created`. */
  events(cluster = 'one'): readonly string[] {
    return this.cluster(cluster).events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
  }

  /** A message whose handling crashes comes back to the front of the queue. */
  async #deliver(request: ReconcileRequest): Promise<void> {
    try {
      await this.handle(request);
    } catch (error) {
      this.#queue = [{ request: { ...request, redelivered: true }, at: this.clock.now() }, ...this.#queue];
      throw error;
    }
  }

  /** As {@link #deliver}. */
  async #deliverChecks(): Promise<void> {
    this.#checks = [...this.#checks, ...this.messages.takeChecks()];
    for (let next = this.#checks[0]; next !== undefined; next = this.#checks[0]) {
      await this.checkDue(next);
      this.#checks = this.#checks.slice(1);
    }
  }

  /** The schedule's next run that finds something; those in between change nothing. */
  async #nextUsefulMinute(): Promise<number> {
    const [next] = await this.tables.states.due(Number.POSITIVE_INFINITY, 1);
    const useful = Math.ceil(((next?.dueAt ?? Number.POSITIVE_INFINITY) - MINUTE) / MINUTE) * MINUTE;
    return Math.max(useful, Math.floor(this.clock.now() / MINUTE + 1) * MINUTE);
  }

  #collect(): void {
    const sent = [...this.messages.sent];
    this.messages.takeAll();
    for (const { request, delaySeconds } of sent) this.enqueue(request, delaySeconds);
  }

  #takeReady(): ReconcileRequest | undefined {
    this.#collect();
    const ready = this.#queue.find(({ at }) => at <= this.clock.now());
    this.#queue = this.#queue.filter((delivery) => delivery !== ready);
    return ready?.request;
  }
}

/** A world with one active cluster, `one`. */
export const createWorld = async (overrides: Partial<Cluster> = {}, genericTargets = false): Promise<World> => {
  const world = new World(genericTargets);
  await world.register(overrides);
  return world;
};

/** A world where `prod/db` holds `one` and the ExternalSecret `db` is synced from it through the store `aws`. */
export const createSyncedWorld = async (manifest: Manifest = externalSecret()): Promise<World> => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', { text: 'one' });
  await world.apply(secretStore(), manifest);
  await world.settle();
  await world.clock.advance(20_000); // what comes now is not of the same second, and the feed's word is no longer fresh
  world.cluster().requests.reset();
  world.secrets.forgetCalls();
  return world;
};
