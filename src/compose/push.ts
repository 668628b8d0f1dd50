import { createSecretWriters } from '../adapters/aws/secret-writers.ts';
import { createTokenIssuer } from '../adapters/aws/token-issuer.ts';
import { createEngine } from '../adapters/engine/engine.ts';
import { createOrderedWriters } from '../app/push/ordered-writers.ts';
import { createPacedWriters } from '../app/push/paced-writers.ts';
import { createPush } from '../app/push/push.ts';
import { createSpareSilentClusters } from '../app/spare-silent-clusters.ts';
import type { Config } from '../config.ts';
import { composeClusterClients } from './clusters.ts';
import { composeRuntime } from './runtime.ts';

export const composePush = (config: Config) => {
  const runtime = composeRuntime(config, 'push');
  const engines = createEngine();
  const push = createPush({
    ...runtime,
    serviceRoles: config.serviceRoles,
    clients: createSpareSilentClusters({ ...runtime, clients: composeClusterClients(config, runtime) }),
    engines,
    writers: createOrderedWriters({
      ...runtime,
      writers: createPacedWriters({
        ...runtime,
        writers: createSecretWriters({ endpoints: config.endpoints, engines }),
        parameterRates: config.parameterRates,
      }),
      newHolder: runtime.traceId,
      budget: config.writeBudget,
    }),
    issuer: createTokenIssuer({ endpoints: config.endpoints }),
  });
  return { ...runtime, push };
};
