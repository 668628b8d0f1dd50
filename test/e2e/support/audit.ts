import { readFile } from 'node:fs/promises';
import * as z from 'zod/mini';
import type { LocalCluster } from '../../../local/cluster.ts';

const auditSchema = z.looseObject({
  verb: z.string(),
  requestReceivedTimestamp: z.string(),
  user: z.looseObject({ username: z.optional(z.string()) }),
  objectRef: z.optional(
    z.looseObject({
      resource: z.optional(z.string()),
      subresource: z.optional(z.string()),
      namespace: z.optional(z.string()),
      name: z.optional(z.string()),
    }),
  ),
  responseStatus: z.optional(z.looseObject({ code: z.optional(z.number()) })),
});

/** One request of the service to a cluster. */
export interface ServiceRequest {
  readonly verb: string;
  /** `secrets`, `externalsecrets/status`, … */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
}

const SERVICE_USER = 'secretcast';
const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete']);
const REVIEWS = /^selfsubject/;

/** What the service asked of a cluster since a moment (epoch milliseconds). A watch is there when it has ended. */
export const requestsIn = async (
  { auditLogFile }: Pick<LocalCluster, 'auditLogFile'>,
  since = 0,
): Promise<readonly ServiceRequest[]> => {
  const lines = (await readFile(auditLogFile, 'utf8')).split('\n').filter((line) => line.endsWith('}'));
  return lines
    .map((line) => auditSchema.parse(JSON.parse(line)))
    .filter(({ user }) => user.username === SERVICE_USER)
    .filter(({ requestReceivedTimestamp }) => Date.parse(requestReceivedTimestamp) >= since)
    .map(({ verb, objectRef = {}, responseStatus }) => ({
      verb,
      resource: [objectRef.resource ?? '', objectRef.subresource].filter(Boolean).join('/'),
      namespace: objectRef.namespace ?? '',
      name: objectRef.name ?? '',
      code: responseStatus?.code ?? 0,
    }));
};

/** Those that write something, whether they succeeded or not. */
export const writesIn = async (cluster: Pick<LocalCluster, 'auditLogFile'>, since = 0) =>
  (await requestsIn(cluster, since)).filter(({ verb, resource }) => WRITES.has(verb) && !REVIEWS.test(resource));
