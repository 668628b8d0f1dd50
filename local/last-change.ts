import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterHistoryCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { KubeConfig } from '@kubernetes/client-node';
import { CustomObjectsApi } from '@kubernetes/client-node';
import * as z from 'zod/mini';
import type { LocalAws } from './aws/start-local-aws.ts';

/** A change older than this has nothing to do with what was just seen: the target was repaired, not rotated. */
const RECENT_MILLISECONDS = 30_000;

export interface RemoteChange {
  readonly key: string;
  /** Epoch milliseconds, by AWS's clock. */
  readonly at: number;
}

const specSchema = z.object({
  spec: z.object({
    data: z._default(z.array(z.object({ remoteRef: z.object({ key: z.string() }) })), []),
    dataFrom: z._default(z.array(z.object({ extract: z.optional(z.object({ key: z.string() })) })), []),
  }),
});

/** Finds the newest recent change among the keys an ExternalSecret reads; undefined when there was none. */
export type FindLastChange = (
  config: KubeConfig,
  namespace: string,
  externalSecret: string,
) => Promise<RemoteChange | undefined>;

export const createFindLastChange = ({ endpoint, region, credentials }: LocalAws): FindLastChange => {
  const secrets = new SecretsManagerClient({ endpoint, region, credentials });
  const parameters = new SSMClient({ endpoint, region, credentials });
  const secretChangedAt = async (key: string) =>
    (await secrets.send(new DescribeSecretCommand({ SecretId: key }))).LastChangedDate;
  const parameterChangedAt = async (key: string) =>
    (await parameters.send(new GetParameterHistoryCommand({ Name: key }))).Parameters?.at(-1)?.LastModifiedDate;

  return async (config, namespace, externalSecret) => {
    const keys = await keysOf(config, namespace, externalSecret);
    const changes = keys.flatMap((key) => [secretChangedAt, parameterChangedAt].map((ask) => toChange(key, ask(key))));
    const recent = (await Promise.all(changes)).flatMap((change) =>
      change !== undefined && Date.now() - change.at < RECENT_MILLISECONDS ? [change] : [],
    );
    return recent.sort((a, b) => b.at - a.at)[0];
  };
};

/** A key is a secret or a parameter: the other of the two questions fails, and says nothing. */
const toChange = async (key: string, asking: Promise<Date | undefined>): Promise<RemoteChange | undefined> => {
  const at = await asking.catch(() => undefined);
  return at === undefined ? undefined : { key, at: at.getTime() };
};

const keysOf = async (config: KubeConfig, namespace: string, name: string): Promise<readonly string[]> => {
  const api = config.makeApiClient(CustomObjectsApi);
  const place = { group: 'external-secrets.io', version: 'v1', plural: 'externalsecrets', namespace, name };
  const parsed = z.safeParse(specSchema, await api.getNamespacedCustomObject(place).catch(() => undefined));
  if (!parsed.success) return []; // deleted meanwhile
  const { data, dataFrom } = parsed.data.spec;
  return [...data.map(({ remoteRef }) => remoteRef.key), ...dataFrom.flatMap(({ extract }) => extract?.key ?? [])];
};
