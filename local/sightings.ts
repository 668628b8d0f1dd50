interface Sighted {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * What is news in a watch's events. A watch that begins anew tells first of every object there is, and an object that
 * changed while nobody watched is told of as added.
 *
 * @returns of an event's type and object what happened; undefined: that was known, or it is no event of an object
 */
export const createSightings = () => {
  const known = new Map<string, Sighted>();
  return (type: string, object: Sighted): 'created' | 'updated' | 'deleted' | undefined => {
    const place = `${object.namespace}/${object.name}`;
    const before = known.get(place);
    if (type === 'DELETED') {
      known.delete(place);
      return 'deleted';
    }
    if (type !== 'ADDED' && type !== 'MODIFIED') return undefined;
    known.set(place, object);
    if (before?.uid !== object.uid) return 'created';
    return before.resourceVersion === object.resourceVersion ? undefined : 'updated';
  };
};
