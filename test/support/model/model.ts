import { FOREIGN_KEYS, type ModelSpec, type ObjectName } from './steps.ts';

type Texts = Readonly<Record<string, string>>;

const sharesTarget = ({ creationPolicy }: ModelSpec): boolean =>
  creationPolicy === 'Merge' || creationPolicy === 'CreateOrMerge';

/** What an object and its target should have come to. `anything`: history decides, within what `problemsOf` allows. */
export interface Expectation {
  readonly ready: readonly string[];
  readonly target: 'anything' | 'absent' | Texts;
}

const SYNCED = 'True SecretSynced: secret synced';

/** A provider, the wishes of two objects, and nothing of how they are brought about. */
export class Model {
  #prefix = '';
  readonly specs = new Map<ObjectName, ModelSpec>();
  /** Policies other than Owner, lost labels, and specs that changed under passes may leave Secrets of a former name. */
  leavesFormer = false;
  readonly #provider = new Map<string, string>();
  readonly #puts = new Map<string, number>();
  /** Foreign keys that no policy since has allowed anybody to take away, by target. */
  readonly #foreign = new Map<string, Map<string, string>>();
  /** Newest value of each remote key that each target was given. */
  readonly #written = new Map<string, number>();
  /** What went wrong while the sequence was played. */
  readonly faults: string[] = [];
  /** Remote keys whose last change the service was not told of: it finds that when the interval is over. */
  readonly #untold = new Set<string>();
  /** Keys that were there before anybody asked for them, and ever since. */
  readonly #lasting = new Set<string>();
  /** What every spec that ever named a target wanted in it. */
  readonly #alwaysWanted = new Map<string, ReadonlySet<string>>();

  /** @returns the new value: it names its key and counts up */
  put(key: string): string {
    const count = (this.#puts.get(key) ?? 0) + 1;
    this.#puts.set(key, count);
    this.#provider.set(key, `${key}#${count}`);
    if (this.#alwaysWanted.size === 0) this.#lasting.add(key);
    return `${key}#${count}`;
  }

  get keys(): readonly string[] {
    return [...this.#puts.keys()];
  }

  delete(key: string): void {
    this.#provider.delete(key);
    this.#lasting.delete(key);
  }

  get prefix(): string {
    return this.#prefix;
  }

  set prefix(prefix: string) {
    if (prefix !== this.#prefix) this.#lasting.clear();
    this.#prefix = prefix;
  }

  /** @param key - undefined: it may be any */
  tell(key: string | undefined, isTold: boolean): void {
    for (const one of key === undefined ? this.#puts.keys() : [key])
      if (isTold) this.#untold.delete(one);
      else this.#untold.add(one);
  }

  /** Whether the service was told of everything that an object asks for, so that it need not wait for the interval. */
  isTold({ keys }: ModelSpec): boolean {
    return !keys.some((key) => this.#untold.has(this.remoteKey(key)));
  }

  remoteKey(key: string): string {
    return `${this.#prefix}prod/${key}`;
  }

  apply(object: ObjectName, spec: ModelSpec): void {
    const before = this.specs.get(object);
    this.specs.set(object, spec);
    const wanted = this.#alwaysWanted.get(spec.target) ?? new Set(spec.keys);
    this.#alwaysWanted.set(spec.target, new Set(spec.keys.filter((key) => wanted.has(key))));
    this.leavesFormer ||= spec.creationPolicy !== 'Owner';
    for (const { target } of [spec, before ?? spec]) if (!sharesTarget(spec)) this.#foreign.delete(target);
    if (!sharesTarget(spec) && object === 'db') for (const name of ['db', 'db-two']) this.#foreign.delete(name);
  }

  remove(object: ObjectName): void {
    const spec = this.specs.get(object);
    this.specs.delete(object);
    if (spec !== undefined && object === 'db') for (const name of ['db', 'db-two']) this.#foreign.delete(name);
    if (spec !== undefined) this.#foreign.delete(spec.target);
  }

  edit(target: string, key: string, value: string): void {
    const writer = [...this.specs.values()].find((spec) => spec.target === target);
    if (!FOREIGN_KEYS.includes(key) || (writer !== undefined && !sharesTarget(writer))) return;
    const keys = this.#foreign.get(target) ?? new Map<string, string>();
    this.#foreign.set(target, keys.set(key, value));
  }

  /** Specs changed under passes, which may have written by the ones of before. */
  changedUnderPasses(): void {
    this.#foreign.clear();
    this.#lasting.clear();
    this.leavesFormer = true;
  }

  dropTarget(target: string): void {
    this.#foreign.delete(target);
  }

  /** No write brings an older value after a newer one, and none a value that never was. */
  noteWrite(target: string, content: Texts): void {
    for (const value of Object.values(content)) {
      const [key = '', count] = value.split('#');
      if (count === undefined) continue; // somebody else's
      const id = `${target} ${key}`;
      const newest = this.#written.get(id) ?? 0;
      if (Number(count) > (this.#puts.get(key) ?? 0)) this.faults.push(`${target} got ${value}, which never was`);
      if (Number(count) < newest) this.faults.push(`${target} got ${value} after #${newest}`);
      this.#written.set(id, Math.max(newest, Number(count)));
    }
  }

  /** No write takes away what the provider held all the time. */
  noteContent(target: string, content: Texts | undefined): void {
    for (const key of this.#alwaysWanted.get(target) ?? [])
      if (this.#lasting.has(this.remoteKey(key)) && content?.[key] === undefined)
        this.faults.push(`${target} lost ${key}, which was there all the time`);
  }

  /** Foreign keys that must be there still. */
  foreignOf(target: string): Texts {
    return Object.fromEntries(this.#foreign.get(target) ?? []);
  }

  expectation(spec: ModelSpec): Expectation {
    const remote = spec.keys.map((key) => [key, this.#provider.get(this.remoteKey(key))] as const);
    const present = remote.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
    if (spec.refreshPolicy !== 'Periodic') return { ready: [], target: 'anything' };
    if (present.length < remote.length && spec.deletionPolicy === 'Retain')
      return { ready: ['False SecretSyncedError: could not get secret data from provider'], target: 'anything' };
    if (present.length === 0 && spec.deletionPolicy === 'Delete')
      return { ready: ['True SecretDeleted: secret deleted due to DeletionPolicy=Delete'], target: 'absent' };
    return { ready: [SYNCED], target: Object.fromEntries(present) };
  }
}
