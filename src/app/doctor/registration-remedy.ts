import type { Cluster } from '../../domain/cluster.ts';
import type { Remedy } from '../../domain/doctor/hop.ts';
import { InvalidSpecError, type SyncError } from '../../domain/sync-error.ts';

/** What mends a refusal that was decided before any call. */
export const registrationRemedy = (error: SyncError, { name }: Cluster): Remedy =>
  error instanceof InvalidSpecError
    ? {
        say: 'Edit the store. A ClusterSecretStore that takes its credentials from whoever uses it needs --namespace here.',
      }
    : {
        say: 'Nothing was asked of AWS. Whoever registers clusters decides; adding the cluster again replaces what it allows (other options as before: `secretcast cluster show`).',
        commands: [
          `secretcast cluster add ${name} … --default-role ARN --push-role ARN --allow-role PATTERN --allow-key PREFIX`,
        ],
      };
