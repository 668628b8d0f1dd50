import { createClusterInspector } from '../../src/adapters/kubernetes/cluster-inspector.ts';
import { createEksToken } from '../../src/adapters/kubernetes/eks-token.ts';
import { createEksProofs, toProof } from '../../src/adapters/kubernetes/proof-sources.ts';
import type { OpenInspector } from '../../src/app/ports/doctor.ts';
import type { KubeconfigAccess } from '../kubeconfig.ts';
import { type OpenClusterDeps, speakTo, tokenOptions } from './open-cluster.ts';

/** Looks at clusters as an administrator: a user of a kubeconfig, or whoever runs the command, for EKS. */
export const createOpenInspector =
  (deps: OpenClusterDeps, access: KubeconfigAccess | undefined): OpenInspector =>
  async ({ connection }) => {
    if (access !== undefined) {
      const proof = toProof(access.credentials);
      const proofs = { get: async () => proof, renew: async () => undefined };
      const inspector = createClusterInspector(speakTo(connection, proofs, deps));
      return { inspector, as: 'the user of the kubeconfig' };
    }
    if (connection.type !== 'eks') return undefined;
    const { eksName, region } = connection;
    const token = createEksToken(tokenOptions({ type: 'eks', eksName, region }, deps.settings, deps.clock));
    return { inspector: createClusterInspector(speakTo(connection, createEksProofs(token), deps)), as: 'you' };
  };
