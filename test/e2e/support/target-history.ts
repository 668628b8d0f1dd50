import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import * as z from 'zod/mini';
import type { ClusterAdmin } from './cluster-admin.ts';

/** One state a Secret was in. */
export interface Sighting {
  readonly cluster: string;
  readonly name: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly data: Readonly<Record<string, string>>;
  /** Epoch milliseconds at which the watch told of it. */
  readonly at: number;
}

/** Every state the Secrets of a namespace go through, as the API server tells a watch. */
export interface TargetHistory {
  /** All of them, oldest first. */
  readonly sightings: readonly Sighting[];
  readonly of: (name: string) => readonly Sighting[];
  /** @throws Error - the watch broke, so that states may be missing */
  readonly stop: () => Promise<void>;
}

const secretSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  data: z.optional(z.record(z.string(), z.string())),
});
const eventSchema = z.looseObject({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), object: secretSchema });

export const watchTargets = async (
  { name: cluster, local, send }: ClusterAdmin,
  namespace = 'default',
): Promise<TargetHistory> => {
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const { body } = await send('GET', path);
  const { metadata } = z.looseObject({ metadata: z.looseObject({ resourceVersion: z.string() }) }).parse(body);
  const dispatcher = new Agent({ connect: { ca: local.certificateAuthority }, bodyTimeout: 0 });
  const over = new AbortController();
  const answer = await request(`${local.server}${path}?watch=true&resourceVersion=${metadata.resourceVersion}`, {
    dispatcher,
    signal: over.signal,
    headers: { authorization: `Bearer ${local.adminToken}` },
  });
  const sightings: Sighting[] = [];
  const reading = read(answer.body, (line) => {
    const { type, object } = eventSchema.parse(JSON.parse(line));
    sightings.push({ cluster, type, name: object.metadata.name, data: decode(object.data), at: Date.now() });
  }).then(
    () => over.signal.aborted || Promise.reject(new Error(`the watch on ${cluster} ended early`)),
    (error: unknown) => over.signal.aborted || Promise.reject(error),
  );
  reading.catch(() => undefined); // told by `stop`
  return {
    sightings,
    of: (name) => sightings.filter((sighting) => sighting.name === name),
    stop: async () => {
      over.abort();
      await reading.finally(() => dispatcher.destroy());
    },
  };
};

const read = async (body: Readable, take: (line: string) => void): Promise<void> => {
  for await (const line of createInterface({ input: body })) if (line !== '') take(line);
};

const decode = (data: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]));
