import type { EventSubject, ObjectEvent } from '../../app/ports/cluster-client.ts';
import type { Kind } from '../../domain/object-ref.ts';
import { toTimestamp } from '../../domain/status.ts';
import { RESOURCES } from './resource.ts';

/** The reference's own, so that `kubectl describe` and alerts on events look the same. */
const COMPONENTS: Readonly<Record<Kind, string>> = {
  ExternalSecret: 'external-secrets',
  SecretStore: 'secret-store',
  ClusterSecretStore: 'cluster-secret-store',
  ClusterExternalSecret: 'cluster-external-secret', // the reference has no events of it
  PushSecret: 'pushsecret',
  ClusterPushSecret: 'external-secrets-controller',
};

/** The API refuses longer notes. */
const MAX_MESSAGE_BYTES = 1_024;
const MAX_NAME_CHARACTERS = 253;

export interface EventOccasion {
  /** Epoch milliseconds */
  readonly now: number;
  /** Lower-case hex that no other event of the object has. */
  readonly id: string;
}

/** Events of cluster-scoped objects are kept in `default`. */
export const eventNamespace = ({ namespace }: EventSubject): string => (namespace === '' ? 'default' : namespace);

/** A core/v1 Event about `subject`. */
export const toEventManifest = (subject: EventSubject, event: ObjectEvent, { now, id }: EventOccasion): unknown => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: nameOf(subject.name, id), namespace: eventNamespace(subject) },
  involvedObject: {
    apiVersion: RESOURCES[subject.kind].apiVersion,
    kind: subject.kind,
    ...(subject.namespace !== '' && { namespace: subject.namespace }),
    name: subject.name,
    uid: subject.uid,
    resourceVersion: subject.resourceVersion,
  },
  type: event.type,
  reason: event.reason,
  message: cutToBytes(event.message, MAX_MESSAGE_BYTES),
  source: { component: COMPONENTS[subject.kind] },
  reportingComponent: 'secretcast',
  reportingInstance: '',
  firstTimestamp: toTimestamp(now),
  lastTimestamp: toTimestamp(now),
  count: 1,
});

const nameOf = (name: string, id: string): string =>
  `${name.slice(0, MAX_NAME_CHARACTERS - id.length - 1).replace(/[^a-z0-9]+$/, '')}.${id}`;

/** Never in the middle of a character. */
const cutToBytes = (text: string, bytes: number): string => {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
};
