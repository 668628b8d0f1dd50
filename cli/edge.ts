import type { AcceptAbsence } from '../src/app/accept-absence.ts';
import type { Engines } from '../src/app/ports/engine.ts';
import type { RegisterCluster } from '../src/app/register-cluster.ts';
import type { RemoveCluster } from '../src/app/remove-cluster.ts';
import type { ShowClusters } from '../src/app/show-clusters.ts';
import type { ShowStatus } from '../src/app/show-status.ts';
import type { Diagnose } from './aws/compose-doctor.ts';
import type { DescribeEksCluster } from './aws/describe-eks-cluster.ts';
import type { Settings } from './settings.ts';

/** The use cases, over one deployed service. */
export interface Services {
  readonly registerCluster: RegisterCluster;
  readonly removeCluster: RemoveCluster;
  readonly acceptAbsence: AcceptAbsence;
  readonly showClusters: ShowClusters;
  readonly showStatus: ShowStatus;
  readonly describeEksCluster: DescribeEksCluster;
  readonly diagnose: Diagnose;
  /** Ends the connections to AWS. */
  readonly close: () => void;
}

/** Everything outside that a command touches. */
export interface Edge {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether whoever reads `out` wants colours. */
  readonly hasColour: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the project. */
  readonly checkout: string;
  /** Epoch milliseconds */
  readonly now: () => number;
  readonly compose: (settings: Settings) => Promise<Services>;
  /** What evaluates templates. */
  readonly engines: () => Promise<Engines>;
  /** All of stdin. */
  readonly readStdin: () => Promise<string>;
}
