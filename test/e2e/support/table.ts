import { Agent, request } from 'undici';
import * as z from 'zod/mini';
import type { LocalCluster } from '../../../local/cluster.ts';

const tableSchema = z.object({
  columnDefinitions: z.array(z.object({ name: z.string() })),
  rows: z.array(z.object({ cells: z.array(z.unknown()) })),
});

/** What kubectl prints of a collection: its columns, and the cells of each row by column. */
export const readTable = async ({ server, certificateAuthority, adminToken }: LocalCluster, path: string) => {
  const dispatcher = new Agent({ connect: { ca: certificateAuthority } });
  try {
    const answer = await request(server + path, {
      dispatcher,
      headers: { authorization: `Bearer ${adminToken}`, accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    });
    const { columnDefinitions, rows } = tableSchema.parse(await answer.body.json());
    const columns = columnDefinitions.map(({ name }) => name);
    const toRow = (cells: readonly unknown[]): Readonly<Record<string, unknown>> =>
      Object.fromEntries(columns.map((column, index) => [column, cells[index]]));
    return { columns, rows: rows.map(({ cells }) => toRow(cells)) };
  } finally {
    await dispatcher.destroy();
  }
};
