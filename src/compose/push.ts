import { createSecretReaders } from '../adapters/aws/secret-readers.ts';
import { createTokenIssuer } from '../adapters/aws/token-issuer.ts';
import { createEngine } from '../adapters/engine/engine.ts';
import { createPush } from '../app/push/push.ts';
import { createSpareSilentClusters } from '../app/spare-silent-clusters.ts';
import type { Config } from '../config.ts';
import { composeClusterClients } from './clusters.ts';
import { composeRuntime } from './runtime.ts';

export const composePush = (config: Config) => {
  const runtime = composeRuntime(config, 'push');
  const push = createPush({
    ...runtime,
    serviceRoles: config.serviceRoles,
    clients: createSpareSilentClusters({ ...runtime, clients: composeClusterClients(config, runtime) }),
    engines: createEngine(),
    readers: createSecretReaders({ endpoints: config.endpoints }),
    issuer: createTokenIssuer({ endpoints: config.endpoints }),
  });
  return { ...runtime, push };
};
