import { type KubeConfig, Watch } from '@kubernetes/client-node';
import * as z from 'zod/mini';
import { createSightings } from './sightings.ts';

/** A change of a Kubernetes Secret that the service manages. */
export interface TargetChange {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly type: 'created' | 'updated' | 'deleted';
  /** Epoch milliseconds at which the watch told of it. */
  readonly at: number;
  /** The ExternalSecret that owns it, if one does. */
  readonly owner: string | undefined;
  /** Data keys and their decoded values; for comparing, never for printing. */
  readonly data: Readonly<Record<string, string>>;
}

const MANAGED_SELECTOR = 'reconcile.external-secrets.io/managed=true';
const secretSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    resourceVersion: z.string(),
    ownerReferences: z._default(z.array(z.object({ kind: z.string(), name: z.string() })), []),
  }),
  data: z._default(z.record(z.string(), z.string()), {}),
});

/**
 * Tells of every managed Secret of a cluster, those that are there already first, until `signal` aborts. A watch that
 * the server ends is begun again.
 */
export const watchTargets = async (
  { config, cluster }: { readonly config: KubeConfig; readonly cluster: string },
  tell: (change: TargetChange) => void,
  signal: AbortSignal,
): Promise<void> => {
  const sight = createSightings();
  while (!signal.aborted) {
    await new Promise<void>((resolve) => {
      const watching = new Watch(config).watch(
        '/api/v1/secrets',
        { labelSelector: MANAGED_SELECTOR },
        (type, object) => {
          const secret = z.safeParse(secretSchema, object);
          const change = secret.success ? sight(type, secret.data.metadata) : undefined;
          if (secret.success && change !== undefined) tell(toChange(cluster, change, secret.data));
        },
        () => resolve(), // ended by the server, by us, or by a cluster that went away: all of them begin again
      );
      signal.addEventListener('abort', () => void watching.then((controller) => controller.abort()), { once: true });
    });
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
};

const toChange = (
  cluster: string,
  type: TargetChange['type'],
  { metadata, data }: z.infer<typeof secretSchema>,
): TargetChange => ({
  cluster,
  namespace: metadata.namespace,
  name: metadata.name,
  type,
  at: Date.now(),
  owner: metadata.ownerReferences.find(({ kind }) => kind === 'ExternalSecret')?.name,
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])),
});
