import { createFindDue } from '../app/find-due.ts';
import type { Config } from '../config.ts';
import { composeRuntime } from './runtime.ts';

export const composeOnSchedule = (config: Config) => {
  const runtime = composeRuntime(config, 'on-schedule');
  return { ...runtime, findDue: createFindDue(runtime) };
};
