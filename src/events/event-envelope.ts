import * as z from 'zod/mini';
import type { SecretChange } from '../domain/secret-change.ts';

/** The envelope every EventBridge event has; members that nobody here reads are let through unread. */
export const envelopeSchema = z.object({
  id: z.string().check(z.minLength(1)),
  source: z.string(),
  'detail-type': z.string(),
  account: z.string().check(z.regex(/^\d{12}$/)),
  region: z.string().check(z.minLength(1)),
  time: z.string(),
  resources: z.nullish(z.array(z.string())),
  detail: z.record(z.string(), z.unknown()),
});

export type EventEnvelope = z.infer<typeof envelopeSchema>;

/** An event that changes nothing for anybody who reads secrets. */
export interface IgnoredEvent {
  readonly ignored: string;
}

/** What an event says, less its envelope. */
export type EventContent = Pick<SecretChange, 'keys' | 'currentVersion' | 'mentions' | 'listing'> & {
  readonly eventId?: string;
};
