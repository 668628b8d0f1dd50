import * as z from 'zod/mini';
import type { SecretChange } from '../domain/secret-change.ts';
import { cloudTrailChange } from './cloudtrail-secret-event.ts';
import { type EventContent, type EventEnvelope, envelopeSchema, type IgnoredEvent } from './event-envelope.ts';
import { refuseForeignClaims } from './event-sender.ts';
import { fieldsOf, MalformedMessageError } from './malformed-message.ts';
import { parameterChange, parameterPolicyChange } from './parameter-event.ts';
import { secretLabelChange } from './secret-label-event.ts';

type EventParser = (event: EventEnvelope) => EventContent | IgnoredEvent;

/** By `source` and `detail-type`; one for each pattern in infra/rules.yml. */
const PARSERS: Readonly<Record<string, EventParser>> = {
  'aws.secretsmanager Secret Label Updated': secretLabelChange,
  'aws.secretsmanager AWS API Call via CloudTrail': cloudTrailChange,
  'aws.secretsmanager AWS Service Event via CloudTrail': cloudTrailChange,
  'aws.ssm Parameter Store Change': parameterChange,
  'aws.ssm Parameter Store Policy Action': parameterPolicyChange,
};

/** Kinds of event that are read; all others are ignored. */
export const READ_KINDS: readonly string[] = Object.keys(PARSERS);

/**
 * Reads an EventBridge event out of a message of the secret-changes queue.
 * @throws MalformedMessageError - not an event, one without what its kind must have, or one that speaks for somebody else
 */
export const parseSecretChange = (body: string): SecretChange | IgnoredEvent => {
  const event = parseEnvelope(body);
  const kind = `${event.source} ${event['detail-type']}`;
  const parser = Object.hasOwn(PARSERS, kind) ? PARSERS[kind] : undefined;
  if (parser === undefined) return { ignored: `unknown kind of event: ${kind}` };
  refuseForeignClaims(event);
  const content = parser(event);
  if ('ignored' in content) return content;
  if (content.keys.length === 0) throw new MalformedMessageError(`event ${event.id} (${kind}) names no secret`);
  return { eventId: event.id, ...content, at: parseTime(event) };
};

const parseEnvelope = (body: string): EventEnvelope => {
  let event: unknown;
  try {
    event = JSON.parse(body);
  } catch {
    throw new MalformedMessageError('event is not JSON'); // the parser's own error quotes the body
  }
  const parsed = z.safeParse(envelopeSchema, event);
  if (parsed.success) return parsed.data;
  throw new MalformedMessageError(`event is invalid at ${fieldsOf(parsed.error)}`);
};

const parseTime = ({ id, time }: EventEnvelope): number => {
  const at = Date.parse(time);
  if (Number.isNaN(at)) throw new MalformedMessageError(`event ${id} has no valid time`);
  return at;
};
