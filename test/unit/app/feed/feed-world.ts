import type { Tables } from '../../../../src/adapters/dynamodb/create-tables.ts';
import { createHoldFeed, type HoldFeedDeps } from '../../../../src/app/feed/hold-feed.ts';
import type { ClusterClient } from '../../../../src/app/ports/cluster-client.ts';
import type { Lease } from '../../../../src/app/ports/tables.ts';
import type { Cluster } from '../../../../src/domain/cluster.ts';
import { formatRef, type ObjectRef, type ServedRef } from '../../../../src/domain/object-ref.ts';
import type { SyncState } from '../../../../src/domain/sync-state.ts';
import { type Manifest, registration } from '../../../support/builders.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { createFakeCluster, type FakeCluster } from '../../../support/fake-cluster.ts';
import { createFakeLog } from '../../../support/fake-log.ts';
import { createFakeMessages } from '../../../support/fake-messages.ts';
import { createFakeMetrics } from '../../../support/fake-metrics.ts';
import { createFakeTables } from '../../../support/fake-tables.ts';
import { type BeforeCall, intercept } from '../../../support/intercept.ts';

const STEP_MILLISECONDS = 250;
const KUBE_SYSTEM: ObjectRef = { kind: 'Namespace', namespace: '', name: 'kube-system' };

/** A feed that runs, until it is stopped. */
export interface RunningFeed {
  readonly lease: Lease;
  /** Ends it as a shutdown does; fails with what it ended with. */
  stop(): Promise<void>;
  readonly ended: Promise<void>;
  /** Dies without a word: from here on nothing it asks of any port is answered. */
  kill(): void;
}

/** One cluster, the tables, and a clock that stands still until the test lets time pass. */
export class FeedWorld {
  readonly clock = createFakeClock({ sleeps: 'wait' });
  readonly log = createFakeLog();
  readonly metrics = createFakeMetrics();
  readonly messages = createFakeMessages();
  readonly tables: Tables = createFakeTables(this.clock);
  readonly clusters = new Map<string, FakeCluster>();
  registered: Cluster = registration();
  /** Asked before each call of the tables and the queue. */
  before: BeforeCall = () => undefined;
  /** Calls that somebody else answers in the cluster's place. */
  answers: Partial<ClusterClient> = {};
  #holders = 0;

  get cluster(): FakeCluster {
    return this.clusterOf(this.registered.name);
  }

  clusterOf(name: string): FakeCluster {
    const found = this.clusters.get(name);
    if (found === undefined) throw new Error(`no cluster ${name}`);
    return found;
  }

  async register(overrides: Partial<Cluster> = {}): Promise<Cluster> {
    const { name } = registration(overrides);
    const cluster =
      this.clusters.get(name) ?? createFakeCluster({ now: () => this.clock.now(), deadlineMilliseconds: 20 });
    this.clusters.set(name, cluster);
    this.registered = registration({ kubeSystemUid: cluster.object(KUBE_SYSTEM)?.uid ?? '', ...overrides });
    await this.tables.clusters.put(this.registered);
    return this.registered;
  }

  /** The ports as one invocation holds them. */
  deps(before: BeforeCall = (call) => this.before(call)): HoldFeedDeps {
    const { mirror, states, dependants, finders, users, positions } = this.tables;
    return {
      mirror: intercept('mirror', mirror, before),
      states: intercept('states', states, before),
      dependants: intercept('dependants', dependants, before),
      finders: intercept('finders', finders, before),
      users: intercept('users', users, before),
      positions: intercept('positions', positions, before),
      messages: intercept('messages', this.messages, before),
      clients: async (name) => ({ ...this.clusterOf(name).client, ...this.answers }),
      clock: this.clock,
      log: this.log,
      metrics: this.metrics,
      traceId: () => 'trace',
    };
  }

  /** Takes the lease and holds the feed until the first moment's work is done. */
  async hold(): Promise<RunningFeed> {
    this.#holders += 1;
    const now = this.clock.now();
    const claim = { holder: `holder-${this.#holders}`, now, expiresAt: now + 15_000 };
    const lease = await this.tables.leases.take(this.registered.name, claim);
    if (lease === undefined) throw new Error('somebody holds the cluster');
    const over = new AbortController();
    let dead = false;
    const before: BeforeCall = (call) => (dead ? new Promise<void>(() => undefined) : this.before(call));
    const ended = createHoldFeed(this.deps(before))(this.registered, lease, over.signal);
    ended.catch(() => undefined); // the test asks for it, or does not care
    const stop = async (): Promise<void> => {
      over.abort();
      const [outcome] = await Promise.allSettled([ended]);
      await this.tables.leases.release(lease);
      if (outcome.status === 'rejected') throw outcome.reason;
    };
    await this.elapse(STEP_MILLISECONDS);
    const kill = (): void => {
      dead = true;
    };
    return { lease, stop, ended, kill };
  }

  put(...manifests: readonly Manifest<ObjectRef>[]): void {
    for (const { ref, ...seed } of manifests) this.cluster.put(ref, seed);
  }

  /** Lets time pass in small steps, and everything that waits for it happen. */
  async elapse(milliseconds: number): Promise<void> {
    await this.rest();
    for (let passed = 0; passed < milliseconds; passed += STEP_MILLISECONDS) {
      await this.clock.advance(Math.min(STEP_MILLISECONDS, milliseconds - passed));
      await this.rest();
    }
  }

  /** Lets everything happen that needs no time. */
  async rest(): Promise<void> {
    for (let turn = 0; turn < 12; turn += 1) await new Promise(setImmediate);
  }

  /** Whom the feed woke since the last time, and why: `ExternalSecret/team-a/db feed`. */
  woken(): readonly string[] {
    return this.messages
      .takeAll()
      .flatMap(({ cause, objects }) => objects.map((object) => `${formatRef(object)} ${cause.type}`));
  }

  async mirroredRefs(): Promise<readonly string[]> {
    const kinds = ['ExternalSecret', 'SecretStore', 'ClusterSecretStore', 'Secret'] as const;
    const { name } = this.registered;
    const objects = await Promise.all(kinds.map((kind) => this.tables.mirror.list(name, kind)));
    return objects.flat().map(({ ref }) => formatRef(ref));
  }

  /** What a sync of the object as it is now would have left behind. */
  async settled(ref: ServedRef, overrides: Partial<SyncState> = {}): Promise<void> {
    const uid = this.cluster.object(ref)?.uid ?? '';
    const state = { ...STATE, uid, ...overrides };
    const known = await this.tables.states.get(this.registered.name, ref);
    await this.tables.states.put(this.registered.name, ref, { state, expected: known?.revision ?? 0 });
  }

  position(kind: Parameters<Tables['positions']['get']>[1], namespace = '') {
    return this.tables.positions.get(this.registered.name, kind, namespace);
  }
}

const STATE: Omit<SyncState, 'revision'> = {
  uid: '',
  status: { conditions: [] },
  versions: [],
  dependsOn: [],
  stores: [],
  failures: 0,
  dueAt: Date.UTC(2027, 0, 1),
};

/** A world with one registered cluster. */
export const createFeedWorld = async (overrides: Partial<Cluster> = {}): Promise<FeedWorld> => {
  const world = new FeedWorld();
  await world.register(overrides);
  return world;
};
