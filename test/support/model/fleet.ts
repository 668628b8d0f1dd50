import { AsyncLocalStorage } from 'node:async_hooks';
import type { ReconcileRequest } from '../../../src/domain/message.ts';
import type { MirroredObject } from '../../../src/domain/mirrored-object.ts';
import type { ServedRef } from '../../../src/domain/object-ref.ts';
import { parseExternalSecret } from '../../../src/domain/parse-external-secret.ts';
import type { RemoteKey } from '../../../src/domain/remote-key.ts';
import {
  ClusterUnreachableError,
  StoreAccessDeniedError,
  StoreUnavailableError,
} from '../../../src/domain/sync-error.ts';
import { externalSecret, NAMESPACE, REGION, secretStore, values } from '../builders.ts';
import { FAKE_ACCOUNT } from '../fake-secrets.ts';
import { createWorld, type World } from '../world.ts';
import { Model } from './model.ts';
import type { Meanwhile, ModelSpec, ObjectName, Step, Telling } from './steps.ts';

/** A process that ends in the middle of its work. */
class Crash extends Error {
  constructor() {
    super('the process ended');
  }
}

/** Room for the longest wait, a contest that is fought out, and two intervals of an hour. */
const QUIET_SECONDS = 3 * 3_600;

/** Room for back-off and contest, and shorter than the interval. */
const SOON_SECONDS = 35 * 60;

/** After this a provider answers with what is current. */
const LONGEST_LAG_SECONDS = 60;

const refOf = (name: ObjectName): ServedRef => ({ kind: 'ExternalSecret', namespace: NAMESPACE, name });

const toRemoteKey = (name: string): RemoteKey => ({
  account: FAKE_ACCOUNT,
  region: REGION,
  service: 'secretsmanager',
  name,
});

const manifest = (name: ObjectName, spec: ModelSpec) =>
  externalSecret({
    name,
    spec: {
      data: spec.keys.map((key) => ({ secretKey: key, remoteRef: { key: `prod/${key}` } })),
      target: { name: spec.target, creationPolicy: spec.creationPolicy, deletionPolicy: spec.deletionPolicy },
      refreshPolicy: spec.refreshPolicy,
      refreshInterval: '1h',
    },
  });
const storeWith = (prefix: string) =>
  secretStore({
    spec: { provider: { aws: { service: 'SecretsManager', region: REGION, ...(prefix && { prefix }) } } },
  });

/** Plays a sequence of steps in a world, and in the model of what it should come to. */
export class Fleet {
  readonly model = new Model();
  readonly world: World;
  #overlapped = false;
  /** Events on their way. */
  #late: (() => Promise<void>)[] = [];
  #events = 0;
  /** Seconds at which keys were put last. */
  readonly #putAt = new Map<string, number>();
  #edits = 0;
  /** Port calls until the next crash. */
  #callsLeft = Number.POSITIVE_INFINITY;
  #pauses: readonly number[] = [];
  #meanwhile: readonly Meanwhile[] = [];
  /** Passes that a change in the middle of others began. */
  #begun: Promise<void>[] = [];
  #calls = 0;
  /** Secrets by name, as they were when somebody last looked. */
  #seen: ReadonlyMap<string, MirroredObject> = new Map();
  /** What runs: when it has ended, nothing that it had begun goes on. */
  readonly #process = new AsyncLocalStorage<{ ended: boolean }>();

  private constructor(world: World) {
    this.world = world;
    world.before = async () => {
      this.#calls += 1;
      await this.#changeMeanwhile();
      for (let turn = this.#pauses[this.#calls % this.#pauses.length] ?? 0; turn > 0; turn -= 1)
        await new Promise(setImmediate);
      this.#crashWhenItIsTime();
    };
  }

  static async create(): Promise<Fleet> {
    const fleet = new Fleet(await createWorld());
    fleet.#watchWrites();
    await fleet.world.apply(storeWith(''));
    return fleet;
  }

  async play(step: Step): Promise<void> {
    switch (step.type) {
      case 'put':
      case 'delete':
        return this.#changeProvider(step);
      case 'prefix':
        this.model.prefix = step.prefix;
        return this.world.apply(storeWith(step.prefix));
      case 'apply':
        this.model.apply(step.object, step.spec);
        return this.world.apply(manifest(step.object, step.spec));
      case 'rename':
        return this.#rename();
      case 'remove':
        return this.#remove(step.object);
      case 'edit':
      case 'strip':
      case 'drop target':
        return this.#touch(step);
      case 'run':
      case 'run together':
      case 'wait':
        return this.#run(step);
      case 'duplicate':
      case 'lose':
      case 'shuffle':
        return this.#disturbQueue(step);
      default:
        return this.#fail(step);
    }
  }

  /** Everything works again, and time passes until what the service was told of should be done. */
  async settleSoon(): Promise<void> {
    this.#heal();
    await this.#run({ type: 'wait', seconds: SOON_SECONDS });
  }

  /** Time passes until nothing more should happen. */
  async comeToRest(): Promise<void> {
    await this.#run({ type: 'wait', seconds: QUIET_SECONDS });
  }

  /** One pass came after the other, and each came to its end. */
  get isOrderly(): boolean {
    return !this.#overlapped && !this.world.log.lines.some(({ keys }) => keys?.['reason'] === 'put-off');
  }

  /** Objects that are woken when a secret changes. */
  async readersOf(name: string): Promise<readonly string[]> {
    return (await this.world.tables.dependants.of(toRemoteKey(name))).map(({ ref }) => ref.name);
  }

  #changeProvider(step: Extract<Step, { type: 'put' | 'delete' }>): Promise<void> {
    const { manager } = this.world.secrets;
    if (step.type === 'delete') {
      manager.delete(step.key);
      this.model.delete(step.key);
      this.model.tell(step.key, this.#isHeard(step));
      return this.#tell(step);
    }
    const staleReads = step.told === 'at once' ? step.staleReads : 0;
    const version = manager.put(step.key, { text: this.model.put(step.key) });
    manager.lag(step.key, staleReads);
    // Of two versions announced in one second nobody can tell which is the newer one, when a read lags.
    const second = Math.floor(this.world.clock.now() / 1_000);
    const isClear = staleReads === 0 || this.#putAt.get(step.key) !== second;
    this.#putAt.set(step.key, second);
    this.model.tell(step.key, this.#isHeard(step) && isClear);
    return this.#tell(step, version);
  }

  /** What is there before anybody asks for it is read without being told. */
  #isHeard({ told }: { readonly told: Telling }): boolean {
    return told !== 'never' || this.model.specs.size === 0;
  }

  async #tell({ key, told }: { readonly key: string; readonly told: string }, version?: string): Promise<void> {
    this.#events += 1;
    const event = {
      eventId: `event-${this.#events}`,
      at: Math.floor(this.world.clock.now() / 1_000) * 1_000,
      keys: [toRemoteKey(key)],
      ...(version === undefined
        ? { listing: { type: 'disappeared' as const, keys: [toRemoteKey(key)] } }
        : { currentVersion: version }),
    };
    const send = () => this.#surviving(() => this.world.findAffected(event));
    if (told === 'at once') await send();
    if (told === 'late') this.#late.push(send);
  }

  async #rename(): Promise<void> {
    const spec = this.model.specs.get('db');
    if (spec === undefined) return;
    const target = spec.target === 'db' ? 'db-two' : 'db';
    await this.play({ type: 'apply', object: 'db', spec: { ...spec, target } });
  }

  async #remove(object: ObjectName): Promise<void> {
    const found = this.world.cluster().object(refOf(object));
    if (found === undefined) return;
    this.world.cluster().delete(refOf(object));
    this.#look();
    this.model.remove(object);
    await this.#surviving(() => this.world.forget('one', refOf(object), found.uid));
  }

  #touch(step: Extract<Step, { type: 'edit' | 'strip' | 'drop target' }>): Promise<void> {
    const cluster = this.world.cluster();
    const ref = { namespace: NAMESPACE, name: step.target };
    const found = cluster.secret(NAMESPACE, step.target);
    if (step.type === 'edit') {
      this.#edits += 1;
      const value = `helm ${this.#edits}`;
      this.model.edit(step.target, step.key, value);
      cluster.putSecret(ref, { data: new Map([...(found?.data ?? []), ...values({ [step.key]: value })]) }, 'helm');
    } else if (found === undefined) {
      return Promise.resolve();
    } else if (step.type === 'strip') {
      this.model.leavesFormer = true;
      cluster.putSecret(ref, { labels: {}, annotations: {} }, 'helm');
    } else {
      this.model.dropTarget(step.target);
      cluster.delete({ kind: 'Secret', ...ref });
    }
    this.#look();
    this.#wakeWriters(step.target);
    return Promise.resolve();
  }

  /** What the feed says of a Secret that somebody touched. */
  #wakeWriters(target: string): void {
    const version = this.world.cluster().secret(NAMESPACE, target)?.resourceVersion;
    for (const object of this.world.cluster().objects('ExternalSecret'))
      if (parseExternalSecret(object).target.name === target)
        this.world.enqueue(
          this.world.request(
            [
              {
                ...refOf(object.ref.name === 'web' ? 'web' : 'db'),
                ...(version && { targetResourceVersion: version }),
              },
            ],
            {
              type: 'feed',
            },
          ),
        );
  }

  #fail(
    step: Extract<Step, { type: 'deny' | 'heal' | 'throttle' | 'silence' | 'lose answer' | 'conflict' | 'crash' }>,
  ): Promise<void> {
    const { secrets } = this.world;
    const cluster = this.world.cluster();
    switch (step.type) {
      case 'deny':
        secrets.fail({ operation: 'read' }, () => new StoreAccessDeniedError('denied'));
        break;
      case 'throttle':
        secrets.fail({ operation: 'read' }, () => new StoreUnavailableError('throttled'), step.calls);
        break;
      case 'silence':
        cluster.fail(undefined, new ClusterUnreachableError('no answer'), step.calls);
        break;
      case 'lose answer':
        cluster.after(step.call, () => {
          throw new ClusterUnreachableError('no answer');
        });
        break;
      case 'conflict':
        cluster.before('replaceSecret', () => this.#touch({ type: 'edit', target: step.target, key: 'f' }));
        break;
      case 'crash':
        this.#overlapped = true;
        this.#callsLeft = step.afterCalls;
        break;
      case 'heal':
        this.#heal();
    }
    return Promise.resolve();
  }

  #heal(): void {
    this.#callsLeft = Number.POSITIVE_INFINITY;
    this.world.secrets.heal();
    this.world.cluster().heal();
    this.#watchWrites();
  }

  async #run(step: Extract<Step, { type: 'run' | 'run together' | 'wait' }>): Promise<void> {
    for (const send of this.#late.splice(0)) await send();
    if (step.type === 'run') return this.#surviving(() => this.world.settle());
    if (step.type === 'run together') return this.#runTogether(step);
    if (step.seconds >= LONGEST_LAG_SECONDS) for (const key of this.model.keys) this.world.secrets.manager.lag(key, 0);
    const end = this.world.clock.now() + step.seconds * 1_000;
    await this.#surviving(() => this.world.elapse(Math.max(0, end - this.world.clock.now())));
  }

  /** Every waiting message at the same time, each stopping here and there for the others. */
  async #runTogether({ pauses, meanwhile }: Extract<Step, { type: 'run together' }>): Promise<void> {
    this.#overlapped = true;
    const changesSpecs = meanwhile.some(({ change }) => change.type === 'apply');
    if (changesSpecs) this.model.changedUnderPasses();
    this.#pauses = pauses;
    this.#meanwhile = meanwhile;
    this.#calls = 0;
    for (const object of this.model.specs.keys()) this.world.enqueue(this.world.request([refOf(object)]));
    this.#begin();
    while (this.#begun.length > 0) await Promise.all(this.#begun.splice(0));
    this.#pauses = [];
    this.#meanwhile = [];
    if (changesSpecs) this.model.changedUnderPasses();
  }

  #begin(): void {
    this.#begun.push(...this.world.takeReady().map((request) => this.#reconcile(request)));
  }

  async #reconcile(request: ReconcileRequest): Promise<void> {
    try {
      await this.#process.run({ ended: false }, () => this.world.reconcile(request));
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      this.world.enqueue({ ...request, redelivered: true });
    }
  }

  async #changeMeanwhile(): Promise<void> {
    const due = this.#meanwhile.filter(({ afterCalls }) => afterCalls <= this.#calls);
    if (due.length === 0) return;
    this.#meanwhile = this.#meanwhile.filter((one) => !due.includes(one));
    for (const { change } of due) await this.play(change);
    this.#begin();
  }

  /** A message comes again, and what is lost but for the feed's word is found again in time. */
  #disturbQueue(step: Extract<Step, { type: 'duplicate' | 'lose' | 'shuffle' }>): Promise<void> {
    const ready = this.world.takeReady();
    const left = disturbed(ready, step);
    if (left.length < ready.length) this.model.tell(undefined, false);
    for (const request of left) this.world.enqueue(request);
    return Promise.resolve();
  }

  #crashWhenItIsTime(): void {
    const running = this.#process.getStore();
    if (running?.ended === true) throw new Crash();
    this.#callsLeft -= 1;
    if (this.#callsLeft > 0) return;
    this.#callsLeft = Number.POSITIVE_INFINITY;
    if (running !== undefined) running.ended = true;
    throw new Crash();
  }

  /** A crash ends what runs; it is run again. */
  async #surviving(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await this.#process.run({ ended: false }, work);
        return;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
    }
  }

  #watchWrites(): void {
    this.#look();
    for (const method of ['createSecret', 'replaceSecret', 'deleteSecret'] as const)
      this.world.cluster().after(method, () => this.#noteWrites(), Number.POSITIVE_INFINITY);
  }

  /** What is there now was not written by the service since. */
  #look(): void {
    const secrets = this.world.cluster().objects('Secret');
    this.#seen = new Map(secrets.map((secret) => [secret.ref.name, secret]));
  }

  #noteWrites(): void {
    const before = this.#seen;
    this.#look();
    for (const [name, { resourceVersion }] of this.#seen) {
      if (before.get(name)?.resourceVersion === resourceVersion) continue;
      const content = this.world.target(name) ?? {};
      this.model.noteWrite(name, content);
      this.model.noteContent(name, content);
    }
    for (const [name, { ownerReferences = [] }] of before) {
      if (this.#seen.has(name)) continue;
      if (ownerReferences.length === 0) this.model.faults.push(`${name} was deleted, and was not ours`);
      const isWanted = [...this.model.specs.values()].some(({ target }) => target === name);
      if (isWanted) this.model.noteContent(name, undefined);
    }
  }
}

const disturbed = (
  ready: readonly ReconcileRequest[],
  step: Extract<Step, { type: 'duplicate' | 'lose' | 'shuffle' }>,
): readonly ReconcileRequest[] => {
  switch (step.type) {
    case 'duplicate':
      return [...ready, ...ready];
    case 'lose':
      return ready.filter(
        ({ cause, redelivered }) => redelivered === true || (cause.type !== 'event' && cause.type !== 'due'),
      );
    case 'shuffle':
      return ready
        .map((request, index) => ({ request, place: step.order[index] ?? 5 }))
        .sort((a, b) => a.place - b.place)
        .map(({ request }) => request);
  }
};
