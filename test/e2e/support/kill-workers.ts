import { readdir, readFile } from 'node:fs/promises';
import { STAGE } from '../../../local/stack.ts';

/**
 * Kills every container of a function of this very stack, in the middle of whatever it does.
 * @param directory - of the stack: no other stack's workers run from there
 * @returns how many there were
 */
export const killWorkers = async (directory: string, functionName: string): Promise<number> => {
  const program = `${directory}/aws/tmp/ministack-lambda-secretcast-${STAGE}-${functionName}-`;
  const ids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const commands = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  const workers = ids.filter((_, index) => commands[index]?.includes(program));
  for (const id of workers) process.kill(Number(id), 'SIGKILL');
  return workers.length;
};
