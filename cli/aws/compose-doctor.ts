import { EKSClient } from '@aws-sdk/client-eks';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { createSecretReaders } from '../../src/adapters/aws/secret-readers.ts';
import type { Tables } from '../../src/adapters/dynamodb/create-tables.ts';
import { reachServer } from '../../src/adapters/kubernetes/reach-server.ts';
import type { Requester } from '../../src/adapters/kubernetes/request.ts';
import { createDoctor, type Doctor } from '../../src/app/doctor.ts';
import type { Clock } from '../../src/app/ports/runtime.ts';
import type { KubeconfigAccess } from '../kubeconfig.ts';
import type { Settings } from '../settings.ts';
import { awsSettings } from './aws-settings.ts';
import { createHubProbe } from './hub-probe.ts';
import { createOpenCluster } from './open-cluster.ts';
import { createOpenInspector } from './open-inspector.ts';

/** One look, with whoever looks at what the service may not see. All its connections end with it. */
export type Diagnose = (request: Parameters<Doctor>[0], administrator?: KubeconfigAccess) => ReturnType<Doctor>;

export const composeDiagnose =
  (settings: Settings, tables: Pick<Tables, 'clusters' | 'states'>, clock: Clock): Diagnose =>
  async (request, administrator) => {
    const shared = awsSettings(settings);
    const { endpoint, credentials } = settings;
    const secretsManager = new SecretsManagerClient(shared);
    const events = new EventBridgeClient(shared);
    const sqs = new SQSClient(shared);
    const sts = new STSClient(shared);
    const readers = createSecretReaders({
      endpoints: { secretsManager: endpoint, ssm: endpoint, acm: endpoint, sts: endpoint },
      ...(credentials === undefined ? {} : { hubCredentials: credentials }),
    });
    const opened: Requester[] = [];
    const deps = { settings, secretsManager, clock, opened };
    try {
      return await createDoctor({
        ...tables,
        readers,
        reach: reachServer,
        open: createOpenCluster(deps),
        inspect: createOpenInspector(deps, administrator),
        hub: createHubProbe({ events, sqs, sts, eksIn: (region) => new EKSClient({ ...shared, region }) }),
        stack: `secretcast-${settings.stage}`,
      })(request);
    } finally {
      readers.close();
      for (const client of [secretsManager, events, sqs, sts]) client.destroy();
      await Promise.all(opened.map((requester) => requester.close()));
    }
  };
