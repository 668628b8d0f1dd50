/** Counts what a cluster was asked, as its audit log would. */
export class Requests {
  readonly #counts = new Map<string, number>();

  add(verb: string, resource: string): void {
    const key = `${verb} ${resource}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** @param query - each absent member counts every one */
  count({ verb, resource }: { readonly verb?: string; readonly resource?: string } = {}): number {
    return [...this.#counts]
      .filter(([key]) => {
        const [seenVerb, seenResource] = key.split(' ');
        return (verb ?? seenVerb) === seenVerb && (resource ?? seenResource) === seenResource;
      })
      .reduce((total, [, count]) => total + count, 0);
  }

  /** `{ 'get secrets': 2 }` */
  all(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort());
  }

  reset(): void {
    this.#counts.clear();
  }
}
