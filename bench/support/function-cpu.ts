import { readFile } from 'node:fs/promises';
import { findWorkers } from '../../test/e2e/support/lambda-workers.ts';

/** Kernel ticks a second; the same on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;
const LOOK_EVERY_MILLISECONDS = 250;

export interface FunctionCpu {
  /** CPU seconds of all functions since it was started, those included that have ended; cold starts too. */
  readonly stop: () => Promise<number>;
}

/** Watches what the functions' processes use. One that ends between two looks loses a quarter of a second at most. */
export const watchFunctionCpu = async (): Promise<FunctionCpu> => {
  const before = await readAll();
  const latest = new Map(before);
  const look = async () => {
    for (const [id, used] of await readAll()) latest.set(id, used);
  };
  let over = false;
  const looking = (async () => {
    while (!over) {
      await look();
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MILLISECONDS));
    }
  })();
  return {
    stop: async () => {
      over = true;
      await looking;
      await look();
      return [...latest].reduce((sum, [id, used]) => sum + used - (before.get(id) ?? 0), 0);
    },
  };
};

/** CPU seconds by process id. */
const readAll = async (): Promise<ReadonlyMap<number, number>> => {
  const workers = await findWorkers();
  return new Map(await Promise.all(workers.map(async ({ id }) => [id, await cpuSecondsOf(id)] as const)));
};

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: fields 14 and 15. */
const cpuSecondsOf = async (id: number): Promise<number> => {
  const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => ''); // ended meanwhile
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_A_SECOND;
};
