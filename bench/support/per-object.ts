import type { ServiceRequest } from '../../test/e2e/support/audit.ts';

const FEED_VERBS: ReadonlySet<string> = new Set(['list', 'watch']);
/** Asked once a validation of a store, not for an object. */
const FOR_OBJECTS = /^(secrets|externalsecrets|events)/;

/** Requests for objects: what the feed lists and watches serves all of them. */
export const forObjects = (requests: readonly ServiceRequest[]): readonly ServiceRequest[] =>
  requests.filter(({ verb, resource }) => !FEED_VERBS.has(verb) && FOR_OBJECTS.test(resource));

/** `4.0 (1.0 get secrets, 1.0 create secrets, …)`; what was refused, or found nothing, is counted by itself. */
export const describePerObject = (requests: readonly ServiceRequest[], objects: number): string => {
  const kinds = Map.groupBy(requests, ({ verb, resource, code }) =>
    [verb, resource, ...(code >= 300 ? [code] : [])].join(' '),
  );
  const parts = [...kinds]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([kind, { length }]) => `${(length / objects).toFixed(2)} ${kind}`);
  return `${(requests.length / objects).toFixed(1)} (${parts.join(', ')})`;
};
