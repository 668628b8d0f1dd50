import * as z from 'zod/mini';
import type { ClusterClient } from '../../app/ports/cluster-client.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import { parseAnswer } from './parse-answer.ts';
import type { Requester } from './request.ts';
import { CONFIG_MAPS } from './resource.ts';

/** https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/config-map-v1/ */
export const createConfigMapCalls = (requester: Requester): Pick<ClusterClient, 'readConfigMap'> => ({
  readConfigMap: async ({ namespace, name }, signal) => {
    const address = { resource: CONFIG_MAPS, namespace, name };
    const body = await requester.send({ verb: 'get', address }, signal);
    return body === undefined ? undefined : parseConfigMap(body);
  },
});

const ConfigMap = z.object({ data: z.optional(z.nullable(z.record(z.string(), z.nullable(z.string())))) });

const parseConfigMap = (body: unknown): ReadonlyMap<string, SecretValue> => {
  const { data } = parseAnswer(ConfigMap, body, 'ConfigMap');
  return new Map(Object.entries(data ?? {}).map(([key, text]) => [key, SecretValue.fromText(text ?? '')]));
};
