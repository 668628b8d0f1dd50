import { createFindAffected } from '../app/find-affected.ts';
import type { Config } from '../config.ts';
import { composeRuntime } from './runtime.ts';

export const composeOnSecretChange = (config: Config) => {
  const runtime = composeRuntime(config, 'on-secret-change');
  return { ...runtime, findAffected: createFindAffected(runtime) };
};
