/** Keeps the `limit` entries used last. */
export class Recent<T> {
  readonly #entries = new Map<string, T>();
  readonly #limit: number;
  readonly #drop: (entry: T) => void;

  /** @param drop - called with each entry pushed out by newer ones */
  constructor(limit: number, drop: (entry: T) => void = () => undefined) {
    this.#limit = limit;
    this.#drop = drop;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  getOrMake(key: string, make: () => T): T {
    const entry = this.#entries.get(key) ?? make();
    this.#entries.delete(key); // a Map keeps the order of insertion: last used is last
    this.#entries.set(key, entry);
    this.#trim();
    return entry;
  }

  /** Forgets an entry, if it still is the one given. */
  delete(key: string, entry: T): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  values(): IterableIterator<T> {
    return this.#entries.values();
  }

  #trim(): void {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= this.#limit) return;
      this.#entries.delete(key);
      this.#drop(entry);
    }
  }
}
