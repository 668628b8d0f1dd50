import * as z from 'zod/mini';
import type { ClusterClient } from '../../app/ports/cluster-client.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import { ONE_METADATA } from './accept.ts';
import { parseAnswer } from './parse-answer.ts';
import type { Requester } from './request.ts';
import { SERVICE_ACCOUNTS } from './resource.ts';

type ServiceAccountCalls = Pick<ClusterClient, 'readServiceAccount' | 'requestToken'>;

/** https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
export const createServiceAccountCalls = (requester: Requester): ServiceAccountCalls => ({
  readServiceAccount: async ({ namespace, name }, signal) => {
    const address = { resource: SERVICE_ACCOUNTS, namespace, name };
    const body = await requester.send({ verb: 'get', address, accept: ONE_METADATA }, signal);
    if (body === undefined) return undefined;
    const { uid, annotations = {} } = parseAnswer(ServiceAccount, body, 'ServiceAccount').metadata;
    return { uid, annotations };
  },

  requestToken: async ({ namespace, name }, audiences, signal) => {
    const body = await requester.send(
      {
        verb: 'create',
        address: { resource: SERVICE_ACCOUNTS, namespace, name, subresource: 'token' },
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences } },
      },
      signal,
    );
    return SecretValue.fromText(parseAnswer(TokenRequest, body, 'TokenRequest').status.token);
  },
});

const ServiceAccount = z.object({
  metadata: z.object({ uid: z.string(), annotations: z.optional(z.record(z.string(), z.string())) }),
});

const TokenRequest = z.object({ status: z.object({ token: z.string() }) });
