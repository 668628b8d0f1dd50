import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EKSClient } from '@aws-sdk/client-eks';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createTables } from '../src/adapters/dynamodb/create-tables.ts';
import { createAcceptAbsence } from '../src/app/accept-absence.ts';
import type { Clock } from '../src/app/ports/runtime.ts';
import { createRegisterCluster } from '../src/app/register-cluster.ts';
import { createRemoveCluster } from '../src/app/remove-cluster.ts';
import { createShowClusters } from '../src/app/show-clusters.ts';
import { createShowStatus } from '../src/app/show-status.ts';
import { awsSettings } from './aws/aws-settings.ts';
import { composeDiagnose } from './aws/compose-doctor.ts';
import { createConnect } from './aws/connect.ts';
import { createConnectionSecrets } from './aws/connection-secrets.ts';
import { createDescribeEksCluster } from './aws/describe-eks-cluster.ts';
import { findTable } from './aws/find-table.ts';
import type { Services } from './edge.ts';
import type { Settings } from './settings.ts';

const clock: Clock = {
  now: Date.now,
  sleep: async (milliseconds, signal) => {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  },
};

/** The use cases over real AWS, or what stands for it. */
export const compose = async (settings: Settings): Promise<Services> => {
  const shared = awsSettings(settings);
  const tableName = settings.table ?? (await findTable(settings));
  const client = new DynamoDBClient(shared);
  const secretsManager = new SecretsManagerClient(shared);
  const { clusters, states, mirror, positions } = createTables({ client, tableName, clock });
  const connectionSecrets = createConnectionSecrets(secretsManager);
  return {
    registerCluster: createRegisterCluster({ clusters, connectionSecrets, connect: createConnect(settings, clock) }),
    removeCluster: createRemoveCluster({ clusters, connectionSecrets }),
    acceptAbsence: createAcceptAbsence({ clusters, clock }),
    showClusters: createShowClusters({ clusters, positions }),
    showStatus: createShowStatus({ clusters, states, mirror }),
    describeEksCluster: createDescribeEksCluster((region) => new EKSClient(awsSettings({ ...settings, ...region }))),
    diagnose: composeDiagnose(settings, { clusters, states }, clock),
    close: () => {
      client.destroy();
      secretsManager.destroy();
    },
  };
};
