import type { EventSubject, ObjectEvent } from '../../../src/app/ports/cluster-client.ts';

/** An event as the cluster recorded it. */
export interface RecordedEvent extends ObjectEvent {
  readonly subject: EventSubject;
  /** That of the subject, or `default`. */
  readonly namespace: string;
}
