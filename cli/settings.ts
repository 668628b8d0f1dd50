import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { CliError } from './cli-error.ts';
import type { Edge } from './edge.ts';

/** Which deployed service a command speaks to. */
export interface Settings {
  readonly stage: string;
  /** Absent: the SDK's own rules decide (AWS_REGION, profile). */
  readonly region?: string;
  /** URL that stands for every AWS service's own. */
  readonly endpoint?: string;
  /** Absent: the deployed stack says. */
  readonly table?: string;
  /** Absent: the SDK's own chain. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Where the connection secret of a cluster is: this and the cluster's name. */
  readonly connectionSecretPrefix: string;
}

/** As typed; absent is not given. */
export interface SettingsOptions {
  readonly stage?: string;
  readonly region?: string;
  readonly endpointUrl?: string;
  readonly table?: string;
}

/** What `npm start` leaves in the checkout for as long as the local stack runs. */
const LocalEnvironment = z.object({
  endpoint: z.string(),
  region: z.string(),
  table: z.string(),
  stage: z.exactOptional(z.string()),
  credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
});

const LOCAL_FILE = join('.local', 'env.json');
const DEFAULT_STAGE = 'dev';

/**
 * The local stack when one runs and nothing says otherwise, else AWS. Which of the two is said on stderr when it is the
 * local one, so that nobody takes it for the real one.
 */
export const readSettings = (options: SettingsOptions, edge: Pick<Edge, 'env' | 'err' | 'checkout'>): Settings => {
  const endpoint = options.endpointUrl ?? nonEmpty(edge.env['AWS_ENDPOINT_URL']);
  const table = options.table ?? nonEmpty(edge.env['SECRETCAST_TABLE']);
  const stage = options.stage ?? nonEmpty(edge.env['SECRETCAST_STAGE']);
  const isAwsMeant = [options.endpointUrl, table, stage, options.region].some((given) => given !== undefined);
  const local = isAwsMeant ? undefined : readLocal(edge.checkout, nonEmpty(edge.env['AWS_ENDPOINT_URL']));
  if (local !== undefined) {
    edge.err(`using the local stack at ${local.endpoint} (${LOCAL_FILE})\n`);
    const { stage: localStage = DEFAULT_STAGE, ...place } = local;
    return { ...place, stage: localStage, connectionSecretPrefix: prefixOf(localStage) };
  }
  const region = options.region ?? nonEmpty(edge.env['AWS_REGION']) ?? nonEmpty(edge.env['AWS_DEFAULT_REGION']);
  return {
    stage: stage ?? DEFAULT_STAGE,
    connectionSecretPrefix: prefixOf(stage ?? DEFAULT_STAGE),
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(table === undefined ? {} : { table }),
  };
};

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

const prefixOf = (stage: string): string => `secretcast/${stage}/clusters/`;

/** @param meant - the endpoint of the environment: what `npm start` says to export is its own, another is another stack */
const readLocal = (checkout: string, meant: string | undefined): z.infer<typeof LocalEnvironment> | undefined => {
  const file = join(checkout, LOCAL_FILE);
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  const parsed = LocalEnvironment.safeParse(parseJson(text));
  if (parsed.success) return meant === undefined || meant === parsed.data.endpoint ? parsed.data : undefined;
  throw new CliError(
    `${file} does not describe a local stack`,
    'Run `npm start` again, or delete the file, or name the service on AWS with --region and --stage.',
  );
};

const readIfThere = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

/** `JSON.parse` quotes its input, which holds keys. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
