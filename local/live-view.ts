import type { KubeConfig } from '@kubernetes/client-node';
import type { FindLastChange } from './last-change.ts';
import { type TargetChange, watchTargets } from './watch-targets.ts';

export interface ViewedCluster {
  readonly name: string;
  readonly config: KubeConfig;
}

export interface LiveViewOptions {
  readonly clusters: readonly ViewedCluster[];
  readonly findLastChange: FindLastChange;
  readonly print: (line: string) => void;
  /** Told of each change beside being printed. @default nobody */
  readonly tell?: (change: TargetChange) => void;
}

/** Prints each change of a managed Secret in each cluster, with the time since the secret behind it changed. */
export const showLive = async (options: LiveViewOptions, signal: AbortSignal): Promise<void> => {
  await Promise.all(
    options.clusters.map((cluster) =>
      watchTargets(
        { config: cluster.config, cluster: cluster.name },
        (change) => {
          options.tell?.(change);
          void describe(options, cluster, change).then(options.print);
        },
        signal,
      ),
    ),
  );
};

const describe = async (
  { findLastChange }: LiveViewOptions,
  { config }: ViewedCluster,
  { cluster, namespace, name, type, at, owner }: TargetChange,
): Promise<string> => {
  const time = new Date(at).toISOString().slice(11, 23);
  const line = `${time}  ${cluster.padEnd(10)} ${`${namespace}/${name}`.padEnd(34)} ${type.padEnd(8)}`;
  if (owner === undefined || type !== 'updated') return line;
  const change = await findLastChange(config, namespace, owner);
  return change === undefined || change.at > at ? line : `${line} ${at - change.at} ms after ${change.key} changed`;
};
