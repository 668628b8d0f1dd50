import * as z from 'zod/mini';
import { remoteKeysFor } from '../domain/remote-key.ts';
import { distinctKeys } from './distinct-keys.ts';
import type { EventContent, EventEnvelope } from './event-envelope.ts';
import { fieldsOf, MalformedMessageError } from './malformed-message.ts';

const text = z.string().check(z.minLength(1));
const detailSchema = z.object({ name: text, labelUpdated: text, versionId: text });

/**
 * Secrets Manager's own event, on for every secret, sent whenever a staging label moves (AWSPENDING and AWSPREVIOUS aside).
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring-eventbridge.html
 */
export const secretLabelChange = ({ id, account, region, resources, detail }: EventEnvelope): EventContent => {
  const parsed = z.safeParse(detailSchema, detail);
  if (!parsed.success)
    throw new MalformedMessageError(
      `event ${id} (Secret Label Updated) is invalid at ${fieldsOf(parsed.error)} of its detail`,
    );
  const { name, labelUpdated, versionId } = parsed.data;
  const location = { account, region, service: 'secretsmanager' } as const;
  const keys = [...(resources ?? []).slice(0, 1).flatMap((arn) => remoteKeysFor(arn, location)), { ...location, name }];
  return { keys: distinctKeys(keys), ...(labelUpdated === 'AWSCURRENT' ? { currentVersion: versionId } : {}) };
};
