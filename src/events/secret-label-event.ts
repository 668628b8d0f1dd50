import * as z from 'zod/mini';
import { remoteKeysFor } from '../domain/remote-key.ts';
import { MalformedMessageError } from './malformed-message.ts';
import type { EventContent, EventEnvelope } from './secret-change.ts';

const detailSchema = z.object({ name: z.string(), labelUpdated: z.string(), versionId: z.string() });

/**
 * Secrets Manager's own event, on for every secret, sent whenever a staging label moves (AWSPENDING and AWSPREVIOUS aside).
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring-eventbridge.html
 */
export const secretLabelChange = ({ id, account, region, resources, detail }: EventEnvelope): EventContent => {
  const parsed = z.safeParse(detailSchema, detail);
  if (!parsed.success)
    throw new MalformedMessageError(`event ${id} (Secret Label Updated) lacks name, label or version`);
  const { name, labelUpdated, versionId } = parsed.data;
  const location = { account, region, service: 'secretsmanager' } as const;
  const keys = [...resources.slice(0, 1).flatMap((arn) => remoteKeysFor(arn, location)), { ...location, name }];
  const distinct = keys.filter((key, index) => keys.findIndex((other) => other.name === key.name) === index);
  return labelUpdated === 'AWSCURRENT' ? { keys: distinct, currentVersion: versionId } : { keys: distinct };
};
