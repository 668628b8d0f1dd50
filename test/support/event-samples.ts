import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../events');

/** What becomes of a sample: looked up under these keys (`REGION SERVICE NAME`), ignored, or no message of a queue at all. */
export type SampleOutcome =
  | { readonly keys: readonly string[]; readonly announces?: string }
  | { readonly ignored: string }
  | { readonly triggers: 'a schedule' };

export const ACCOUNT = '111122223333';
const VERSION = '4d383ea9-084a-49c9-8722-cbfb0f25c456';

const secretIn = (region: string): readonly string[] => [
  `${region} secretsmanager prod/payments/db`,
  `${region} secretsmanager prod/payments/db-a1B2c3`, // an ARN may as well be a partial one of a name that ends like this
];
const secret: SampleOutcome = { keys: secretIn('eu-west-1') };
const newVersion: SampleOutcome = { ...secret, announces: VERSION };
const replicated: SampleOutcome = { keys: [...secretIn('eu-west-1'), ...secretIn('us-east-1')] };
const parameter: SampleOutcome = { keys: ['eu-west-1 ssm /prod/payments/feature-flags'] };
const newParameter: SampleOutcome = { ...parameter, announces: '' };
const unread = (operation: string): SampleOutcome => ({ ignored: `${operation} changes nothing for readers` });

/** One row a file of events/. */
export const SAMPLE_OUTCOMES: Readonly<Record<string, SampleOutcome>> = {
  'eventbridge-scheduled-rule-event': { triggers: 'a schedule' },
  'sm-api-cancel-rotate-secret': unread('CancelRotateSecret'),
  'sm-api-create-secret': secret,
  'sm-api-delete-resource-policy': secret,
  'sm-api-delete-secret': secret,
  'sm-api-delete-secret-legacy-arn-casing': secret,
  'sm-api-put-resource-policy': secret,
  'sm-api-put-secret-value-access-denied-ignore': { ignored: 'PutSecretValue failed' },
  'sm-api-put-secret-value-awspending-ignore': {
    ignored: 'PutSecretValue of a pending version changes nothing for readers',
  },
  'sm-api-put-secret-value-by-arn': newVersion,
  'sm-api-put-secret-value-by-name': newVersion,
  'sm-api-put-secret-value-by-partial-arn': newVersion,
  'sm-api-remove-regions-from-replication': replicated,
  'sm-api-replicate-secret-to-regions': replicated,
  'sm-api-restore-secret': secret,
  'sm-api-rotate-secret': unread('RotateSecret'),
  'sm-api-stop-replication-to-replica': secret,
  'sm-api-tag-resource': secret,
  'sm-api-untag-resource': secret,
  'sm-api-update-secret': secret,
  'sm-api-update-secret-version-stage': newVersion,
  'sm-native-secret-label-updated-awscurrent': newVersion,
  'sm-native-secret-label-updated-custom-label': secret,
  'sm-native-secret-label-updated-replayed': newVersion,
  'sm-service-cancel-secret-version-delete': secret,
  'sm-service-end-secret-version-delete': secret,
  'sm-service-replication-succeeded': secret,
  'sm-service-rotation-abandoned': unread('RotationAbandoned'),
  'sm-service-rotation-failed': unread('RotationFailed'),
  'sm-service-rotation-started': unread('RotationStarted'),
  'sm-service-rotation-succeeded': secret,
  'sm-service-secret-version-deletion': secret,
  'sm-service-start-secret-version-delete': unread('StartSecretVersionDelete'),
  'ssm-parameter-store-change-create': newParameter,
  'ssm-parameter-store-change-delete': parameter,
  'ssm-parameter-store-change-label-parameter-version': parameter,
  'ssm-parameter-store-change-update': newParameter,
  'ssm-parameter-store-policy-action-expiration': parameter,
  'ssm-parameter-store-policy-action-expiration-notification': {
    ignored: 'parameter policy ExpirationNotification changes no value',
  },
  'ssm-parameter-store-policy-action-no-change-notification': {
    ignored: 'parameter policy NoChangeNotification changes no value',
  },
};

/** Names of the files in events/, less their ending. */
export const sampleNames: readonly string[] = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));

/** The sample as the body of a message. */
export const readSample = (name: string): string => readFileSync(join(FOLDER, `${name}.json`), 'utf8');

/** The samples that arrive by the secret-changes queue. */
export const queueSamples = Object.entries(SAMPLE_OUTCOMES).flatMap(([name, outcome]) =>
  'triggers' in outcome ? [] : [{ name, outcome, body: readSample(name) }],
);
