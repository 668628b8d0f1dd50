import * as z from 'zod/mini';
import type { EventContent, EventEnvelope, IgnoredEvent } from './event-envelope.ts';
import { fieldsOf, MalformedMessageError } from './malformed-message.ts';

const changeSchema = z.object({
  name: z.string().check(z.minLength(1)),
  /** Create, Update, Delete, LabelParameterVersion; of one that is new to us it is known that something changed. */
  operation: z.string(),
});

const policySchema = z.object({
  'parameter-name': z.string().check(z.minLength(1)),
  'policy-type': z.string(),
  'action-status': z.nullish(z.string()),
});

/**
 * A parameter was written, deleted or labelled. The event names no version, so a new one is announced without a name.
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html
 */
export const parameterChange = (event: EventEnvelope): EventContent => {
  const parsed = z.safeParse(changeSchema, event.detail);
  if (!parsed.success)
    throw new MalformedMessageError(
      `event ${event.id} (Parameter Store Change) is invalid at ${fieldsOf(parsed.error)} of its detail`,
    );
  const { name, operation } = parsed.data;
  const written = operation === 'Create' || operation === 'Update';
  const keys = [keyOf(event, name)];
  const listing = LISTING_CHANGES[operation];
  return {
    keys,
    ...(written ? { currentVersion: '' } : {}),
    ...(listing === undefined ? {} : { listing: { type: listing, keys } }),
  };
};

/** Tags of parameters change without an event. */
const LISTING_CHANGES: Readonly<Record<string, 'appeared' | 'disappeared'>> = {
  Create: 'appeared',
  Delete: 'disappeared',
};

/** Of the policies only an expiration that was carried out changes what readers see: the parameter is gone. */
export const parameterPolicyChange = (event: EventEnvelope): EventContent | IgnoredEvent => {
  const parsed = z.safeParse(policySchema, event.detail);
  if (!parsed.success)
    throw new MalformedMessageError(
      `event ${event.id} (Parameter Store Policy Action) is invalid at ${fieldsOf(parsed.error)} of its detail`,
    );
  const { 'parameter-name': name, 'policy-type': policy, 'action-status': status } = parsed.data;
  if (policy !== 'Expiration' || status !== 'Success')
    return { ignored: `parameter policy ${policy} changes no value` };
  const keys = [keyOf(event, name)];
  return { keys, listing: { type: 'disappeared', keys } };
};

const keyOf = ({ account, region }: EventEnvelope, name: string) => ({
  account,
  region,
  service: 'ssm' as const,
  name,
});
