import { Agent, request } from 'undici';
import * as z from 'zod/mini';
import type { LocalCluster } from '../../../local/cluster.ts';

const eventSchema = z.looseObject({
  object: z.looseObject({
    metadata: z.looseObject({ name: z.optional(z.string()) }),
    data: z.optional(z.record(z.string(), z.string())),
  }),
});

/** Every content a Secret had, in order, as a watch tells it. */
export interface TargetHistory {
  /** Values of the one key, one for each change. */
  readonly values: () => readonly string[];
  readonly stop: () => Promise<void>;
}

export const watchTarget = async (
  { server, certificateAuthority, adminToken }: LocalCluster,
  name: string,
  key = 'password',
): Promise<TargetHistory> => {
  const dispatcher = new Agent({ connect: { ca: certificateAuthority } });
  const { body } = await request(`${server}/api/v1/namespaces/default/secrets?watch=true`, {
    dispatcher,
    headers: { authorization: `Bearer ${adminToken}` },
  });
  const values: string[] = [];
  const take = (line: string): void => {
    const { object } = eventSchema.parse(JSON.parse(line));
    const value = object.data?.[key];
    if (object.metadata.name === name && value !== undefined) values.push(Buffer.from(value, 'base64').toString());
  };
  const reading = (async () => {
    let rest = '';
    for await (const chunk of body) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') take(line);
    }
  })().catch(() => undefined); // `stop` breaks the connection
  return {
    values: () => values,
    stop: async () => {
      await dispatcher.destroy();
      await reading;
    },
  };
};
