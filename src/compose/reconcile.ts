import { createSecretReaders } from '../adapters/aws/secret-readers.ts';
import { createTokenIssuer } from '../adapters/aws/token-issuer.ts';
import { createEngine } from '../adapters/engine/engine.ts';
import { createCheckDue } from '../app/check-due.ts';
import { createPacedReaders } from '../app/paced-readers.ts';
import { createReconcile } from '../app/reconcile.ts';
import { createSpareSilentClusters } from '../app/spare-silent-clusters.ts';
import type { Config } from '../config.ts';
import { composeClusterClients } from './clusters.ts';
import { composeRuntime } from './runtime.ts';

export const composeReconcile = (config: Config) => {
  const runtime = composeRuntime(config, 'reconcile');
  const deps = {
    ...runtime,
    serviceRoles: config.serviceRoles,
    genericTargets: config.genericTargets,
    clients: createSpareSilentClusters({ ...runtime, clients: composeClusterClients(config, runtime) }),
    engines: createEngine(),
    readers: createPacedReaders({
      ...runtime,
      readers: createSecretReaders({ endpoints: config.endpoints }),
      parameterRates: config.parameterRates,
    }),
    issuer: createTokenIssuer({ endpoints: config.endpoints }),
  };
  return { ...runtime, reconcile: createReconcile(deps), checkDue: createCheckDue(deps) };
};
