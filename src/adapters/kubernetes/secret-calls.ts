import type { ClusterClient, SecretRef } from '../../app/ports/cluster-client.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import { WriteConflictError } from '../../domain/sync-error.ts';
import { ONE_METADATA } from './accept.ts';
import { deleteConditionally } from './delete-conditionally.ts';
import { listPage } from './list.ts';
import type { Requester } from './request.ts';
import { type Address, RESOURCES } from './resource.ts';
import { parseSecret, toSecretManifest } from './secret-manifest.ts';
import { parseWritten } from './written.ts';

type SecretCalls = Pick<
  ClusterClient,
  'readSecret' | 'createSecret' | 'replaceSecret' | 'deleteSecret' | 'findSecrets'
>;

const PAGE_SIZE = 500;

/** https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1/ */
export const createSecretCalls = (requester: Requester): SecretCalls => ({
  readSecret: async (ref, signal) => {
    const body = await requester.send({ verb: 'get', address: addressOf(ref) }, signal);
    return body === undefined ? undefined : parseSecret(body);
  },

  createSecret: async (secret, fieldManager, signal) => {
    const { namespace } = secret;
    const body = await requester.send(
      {
        verb: 'create',
        address: { resource: RESOURCES.Secret, namespace },
        query: { fieldManager },
        accept: ONE_METADATA,
        body: toSecretManifest({ ...secret, uid: '', resourceVersion: '' }),
      },
      signal,
    );
    return parseWritten(body);
  },

  replaceSecret: async (secret, fieldManager, signal) => {
    requireVersion(secret);
    const body = await requester.send(
      {
        verb: 'update',
        address: addressOf(secret),
        query: { fieldManager },
        accept: ONE_METADATA,
        body: toSecretManifest(secret),
      },
      signal,
    );
    return parseWritten(body);
  },

  deleteSecret: async (ref, precondition, signal) => {
    await deleteConditionally(requester, { address: addressOf(ref), precondition }, signal);
  },

  findSecrets: async (namespace, labelSelector, signal) => {
    const found: MirroredObject[] = [];
    let continueToken: string | undefined;
    do {
      const list = { kind: 'Secret' as const, namespace, labelSelector, limit: PAGE_SIZE, continueToken };
      const page = await listPage(requester, list, signal);
      found.push(...page.items);
      continueToken = page.continueToken;
    } while (continueToken !== undefined);
    return found;
  },
});

const addressOf = ({ namespace, name }: SecretRef): Address => ({ resource: RESOURCES.Secret, namespace, name });

/** A write without a resourceVersion would be unconditional: the API server takes it as "whatever is there". */
const requireVersion = ({
  namespace,
  name,
  resourceVersion,
}: SecretRef & { readonly resourceVersion: string }): void => {
  if (resourceVersion === '') throw new WriteConflictError(`secrets ${namespace}/${name}: no resourceVersion was read`);
};
