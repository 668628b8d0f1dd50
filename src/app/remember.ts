/** Runs each key's work once and gives everybody the same promise. Lives as long as one batch. */
export const remember = <T>(): ((key: string, work: () => Promise<T>) => Promise<T>) => {
  const known = new Map<string, Promise<T>>();
  return (key, work) => {
    const found = known.get(key) ?? work();
    known.set(key, found);
    return found;
  };
};
