/** One page of a listing; `next` is absent after the last. A page may be empty and not be the last. */
export interface Page<T> {
  readonly entries: readonly T[];
  readonly next: string | undefined;
}

/** All pages, one after the other; each is a call with a deadline of its own. */
export const allPages = async <T>(readPage: (token: string | undefined) => Promise<Page<T>>): Promise<readonly T[]> => {
  const entries: T[] = [];
  let token: string | undefined;
  do {
    const page = await readPage(token);
    entries.push(...page.entries);
    token = page.next === '' ? undefined : page.next;
  } while (token !== undefined);
  return entries;
};

export const chunksOf = <T>(entries: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(entries.length / size) }, (_, index) =>
    entries.slice(index * size, (index + 1) * size),
  );
