import * as z from 'zod/mini';
import type { WriteBudget } from './domain/push/write-budget.ts';
import { parseRoleArn, type RoleArn } from './domain/role-arn.ts';

/** A variable set to nothing counts as not set: deployment tools cannot leave one out. */
const url = z.pipe(
  z.optional(z.union([z.literal(''), z.url()])),
  z.transform((text) => (text === '' ? undefined : text)),
);
const seconds = (fallback: string) =>
  z.pipe(z._default(z.string().check(z.regex(/^\d+$/)), fallback), z.transform(Number));

const positive = (fallback: string) =>
  z.pipe(z._default(z.string().check(z.regex(/^[1-9]\d*$/)), fallback), z.transform(Number));

/** Between commas. */
const roleArns = z.pipe(
  z.pipe(
    z._default(z.string(), ''),
    z.transform((text) => text.split(',').filter((arn) => arn !== '')),
  ),
  z.array(z.string().check(z.refine((arn) => parseRoleArn(arn) !== undefined, 'not the ARN of a role'))),
);

/** Every variable the functions read, with its default. Durations are seconds. */
const environmentSchema = z.object({
  /** The one DynamoDB table. */
  TABLE_NAME: z.string().check(z.minLength(1)),
  /** URL of the reconcile queue. */
  RECONCILE_QUEUE_URL: z.string().check(z.minLength(1)),
  /** URL of the push queue. */
  PUSH_QUEUE_URL: z.string().check(z.minLength(1)),
  /** Region the service runs in; Lambda sets it. */
  AWS_REGION: z.string().check(z.minLength(1)),
  /** Stand for the services' own endpoints, for every store and generator. */
  AWS_SECRETSMANAGER_ENDPOINT: url,
  AWS_SSM_ENDPOINT: url,
  AWS_ACM_ENDPOINT: url,
  AWS_RESOURCE_GROUPS_TAGGING_API_ENDPOINT: url,
  AWS_STS_ENDPOINT: url,
  AWS_ECR_ENDPOINT: url,
  AWS_ECR_PUBLIC_ENDPOINT: url,
  /** ARNs of the roles of the service's functions, which no store may name. */
  SERVICE_ROLES: roleArns,
  /** How long one invocation of the feed holds its clusters before it hands them on, and at most. */
  WATCH_HOLD_SECONDS: seconds('540'),
  WATCH_STOP_SECONDS: seconds('600'),
  /** Whether ExternalSecrets may write objects of other kinds than Secret. */
  GENERIC_TARGETS: z._default(z.enum(['true', 'false']), 'false'),
  /** A call to a cluster ends after this. */
  CLUSTER_DEADLINE_SECONDS: seconds('5'),
  /** Parameter Store's quota in each account and Region, as far as it is ours. */
  PARAMETER_READS_PER_SECOND: positive('40'),
  PARAMETER_DESCRIBES_PER_SECOND: positive('3'),
  PARAMETER_WRITES_PER_SECOND: positive('3'),
  /** Versions that PushSecrets may make of one secret at once, and how long one more takes to be allowed. */
  SECRET_VERSION_BURST: positive('20'),
  SECRET_VERSION_SECONDS: positive('600'),
});

/** Names of all variables above. */
export const ENVIRONMENT_VARIABLES: readonly string[] = Object.keys(environmentSchema.shape);

export interface Config {
  readonly tableName: string;
  readonly reconcileQueueUrl: string;
  readonly pushQueueUrl: string;
  readonly region: string;
  readonly endpoints: {
    readonly secretsManager: string | undefined;
    readonly ssm: string | undefined;
    readonly acm: string | undefined;
    readonly tagging: string | undefined;
    readonly sts: string | undefined;
    readonly ecr: string | undefined;
    readonly ecrPublic: string | undefined;
  };
  readonly serviceRoles: readonly RoleArn[];
  readonly watchHoldMilliseconds: number;
  readonly watchStopMilliseconds: number;
  readonly clusterDeadlineMilliseconds: number;
  readonly genericTargets: boolean;
  /** Calls a second. */
  readonly parameterRates: { readonly reads: number; readonly describes: number; readonly writes: number };
  readonly writeBudget: WriteBudget;
}

/**
 * Reads the environment, once, during init.
 * @throws Error - names every variable that is missing or wrong, so that a bad deploy fails before its first event
 */
export const loadConfig = (environment: Readonly<Record<string, string | undefined>>): Config => {
  const parsed = z.safeParse(environmentSchema, environment);
  if (!parsed.success) {
    const names = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')} (${message})`);
    throw new Error(`environment variables missing or invalid: ${names.join(', ')}`);
  }
  const env = parsed.data;
  return {
    tableName: env.TABLE_NAME,
    reconcileQueueUrl: env.RECONCILE_QUEUE_URL,
    pushQueueUrl: env.PUSH_QUEUE_URL,
    region: env.AWS_REGION,
    endpoints: {
      secretsManager: env.AWS_SECRETSMANAGER_ENDPOINT,
      ssm: env.AWS_SSM_ENDPOINT,
      acm: env.AWS_ACM_ENDPOINT,
      tagging: env.AWS_RESOURCE_GROUPS_TAGGING_API_ENDPOINT,
      sts: env.AWS_STS_ENDPOINT,
      ecr: env.AWS_ECR_ENDPOINT,
      ecrPublic: env.AWS_ECR_PUBLIC_ENDPOINT,
    },
    serviceRoles: env.SERVICE_ROLES.flatMap((arn) => parseRoleArn(arn) ?? []),
    watchHoldMilliseconds: env.WATCH_HOLD_SECONDS * 1_000,
    watchStopMilliseconds: env.WATCH_STOP_SECONDS * 1_000,
    clusterDeadlineMilliseconds: env.CLUSTER_DEADLINE_SECONDS * 1_000,
    genericTargets: env.GENERIC_TARGETS === 'true',
    parameterRates: {
      reads: env.PARAMETER_READS_PER_SECOND,
      describes: env.PARAMETER_DESCRIBES_PER_SECOND,
      writes: env.PARAMETER_WRITES_PER_SECOND,
    },
    writeBudget: { burst: env.SECRET_VERSION_BURST, refillMilliseconds: env.SECRET_VERSION_SECONDS * 1_000 },
  };
};
