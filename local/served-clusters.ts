import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ApiException, CoreV1Api } from '@kubernetes/client-node';
import { applyManifests, openKubeconfig, readManifests } from './apply-manifests.ts';
import { EXAMPLE } from './example.ts';
import { type LocalStack, registerCluster } from './stack.ts';

const DEFINITIONS = join(import.meta.dirname, '../infra/crds');

/** A cluster that `npm start` shows: one of its own, or the user's. */
export interface ServedCluster {
  /** As it is registered. */
  readonly name: string;
  readonly kubeconfigFile: string;
  readonly context: string;
  /** Installs what the service needs. */
  readonly prepare: () => Promise<void>;
  readonly register: (stack: LocalStack) => Promise<void>;
  /** Takes the example away again. */
  readonly leave: () => Promise<void>;
}

/** The stack's own clusters: prepared when they were started, gone when it ends. */
export const localClusters = ({ clusters, kubeconfigFile }: LocalStack): readonly ServedCluster[] =>
  clusters.map(({ name }) => ({
    name,
    kubeconfigFile,
    context: name,
    prepare: async () => undefined,
    register: (stack) => registerCluster(stack, name),
    leave: async () => undefined,
  }));

/**
 * Clusters of the user's kubeconfig, with the user's own rights. The definitions stay installed: other objects of theirs may
 * be there by then. The example's namespace goes.
 */
export const ownClusters = (contexts: readonly string[]): readonly ServedCluster[] => {
  const kubeconfigFile = process.env['KUBECONFIG']?.split(delimiter)[0] ?? join(homedir(), '.kube/config');
  return contexts.map((context) => {
    const name = toRegisteredName(context);
    return {
      name,
      kubeconfigFile,
      context,
      prepare: async () => applyManifests(kubeconfigFile, context, await readManifests(DEFINITIONS)),
      register: async (stack) => {
        await stack.secretcast('cluster', 'add', name, '--kubeconfig', kubeconfigFile, '--context', context);
      },
      leave: () => deleteExample(kubeconfigFile, context),
    };
  });
};

/** Contexts may be ARNs or addresses; a cluster's name is a word. */
const toRegisteredName = (context: string): string =>
  context
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(-63);

const deleteExample = async (kubeconfigFile: string, context: string): Promise<void> => {
  const api = openKubeconfig(kubeconfigFile, context).makeApiClient(CoreV1Api);
  try {
    await api.deleteNamespace({ name: EXAMPLE.namespace });
  } catch (error) {
    if (!(error instanceof ApiException && error.code === 404)) throw error;
  }
};
