import type { ServedRef } from './object-ref.ts';

/** A due ExternalSecret, to be proven current by a listing or to be sent on. */
export interface DueCandidate extends ServedRef {
  readonly cluster: string;
  /** Epoch milliseconds: its due time in the states now. */
  readonly dueAt: number;
  /** Seconds until it was due. */
  readonly delaySeconds: number;
}

/** One message: ExternalSecrets of all clusters, since one listing may serve them all. */
export interface DueCheck {
  readonly traceId: string;
  readonly objects: readonly DueCandidate[];
}

/** What one invocation loads, compares and stores in seconds. */
export const MAX_OBJECTS_PER_CHECK = 1_000;

/** Below the 256 KB of a message, with room for its envelope. */
const MAX_CHECK_BYTES = 200 * 1024;

/** Objects of one cluster stay together: most of them share an identity. */
export const toDueChecks = (objects: readonly DueCandidate[], traceId: string): readonly DueCheck[] => {
  const checks: { objects: DueCandidate[]; bytes: number }[] = [];
  for (const object of objects.toSorted((a, b) => (a.cluster < b.cluster ? -1 : Number(a.cluster > b.cluster)))) {
    const bytes = Buffer.byteLength(JSON.stringify(object));
    const last = checks.at(-1);
    if (last === undefined || last.objects.length === MAX_OBJECTS_PER_CHECK || last.bytes + bytes > MAX_CHECK_BYTES)
      checks.push({ objects: [object], bytes });
    else {
      last.objects.push(object);
      last.bytes += bytes;
    }
  }
  return checks.map((check) => ({ traceId, objects: check.objects }));
};
