import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const LOCK = join(import.meta.dirname, '../node_modules/.cache/secretcast-deploy.lock');
const LOOK_EVERY_MILLISECONDS = 200;

/**
 * Runs `work` while no other process of this checkout does: osls packages into one folder of the checkout, so two deploys
 * at a time would deploy each other's halves. A lock whose process is gone counts for nothing.
 */
export const withProjectLock = async <T>(work: () => Promise<T>): Promise<T> => {
  while (!(await take())) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MILLISECONDS));
  try {
    return await work();
  } finally {
    await rm(LOCK, { force: true });
  }
};

const take = async (): Promise<boolean> => {
  await mkdir(join(LOCK, '..'), { recursive: true });
  try {
    await writeFile(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const holder = Number(await readFile(LOCK, 'utf8').catch(() => '0'));
  if (holder > 0 && !isAlive(holder)) await rm(LOCK, { force: true });
  return false;
};

const isAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
};
