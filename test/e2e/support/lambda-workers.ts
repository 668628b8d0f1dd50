import { readdir, readFile } from 'node:fs/promises';

/**
 * Ends every running invocation of a function of this stack, as a lost machine would: SIGKILL, without a last word.
 * Workers are found among the processes that descend from this one by the function's name in their environment.
 * @returns how many there were
 */
export const killWorkers = async (functionName: string): Promise<number> => {
  const workers = (await findWorkers()).filter((worker) => worker.functionName === functionName);
  for (const { id } of workers) process.kill(id, 'SIGKILL');
  return workers.length;
};

export interface Worker {
  /** Process id */
  readonly id: number;
  readonly functionName: string;
}

/** Processes that run functions of this stack. */
export const findWorkers = async (): Promise<readonly Worker[]> => {
  const parents = await readParents();
  const ours = [...parents.keys()].filter((id) => descends(id, parents));
  const workers = await Promise.all(ours.map(async (id) => ({ id, functionName: await functionOf(id) })));
  return workers.flatMap(({ id, functionName }) => (functionName === undefined ? [] : [{ id, functionName }]));
};

/** Process id to parent's id. */
const readParents = async (): Promise<ReadonlyMap<number, number>> => {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const pairs = ids.map(async (id): Promise<readonly [number, number]> => {
    const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => ''); // ended meanwhile
    const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [Number(id), Number(afterName[1] ?? 0)];
  });
  return new Map(await Promise.all(pairs));
};

const descends = (id: number, parents: ReadonlyMap<number, number>): boolean => {
  const parent = parents.get(id) ?? 0;
  return parent === process.pid || (parent > 1 && descends(parent, parents));
};

const VARIABLE = 'AWS_LAMBDA_FUNCTION_NAME=';

const functionOf = async (id: number): Promise<string | undefined> => {
  const environment = await readFile(`/proc/${id}/environ`, 'utf8').catch(() => '');
  const line = environment.split('\0').find((variable) => variable.startsWith(VARIABLE));
  return line?.slice(VARIABLE.length);
};
