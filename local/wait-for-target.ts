import type { TargetChange } from './watch-targets.ts';

/** Gathers changes, and lets somebody wait until a key of a Secret has a value in every cluster. */
export interface TargetWaiter {
  tell(change: TargetChange): void;
  /** @returns per cluster, epoch milliseconds at which the value was there; clusters where it did not come are absent */
  wait(expected: ExpectedValue, withinMilliseconds: number): Promise<ReadonlyMap<string, number>>;
}

export interface ExpectedValue {
  readonly clusters: readonly string[];
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
  readonly value: string;
}

const LOOK_EVERY_MILLISECONDS = 20;

export const createTargetWaiter = (): TargetWaiter => {
  const latest = new Map<string, TargetChange>();
  return {
    tell: (change) => void latest.set(`${change.cluster}/${change.namespace}/${change.name}`, change),
    wait: async ({ clusters, namespace, name, key, value }, withinMilliseconds) => {
      const until = Date.now() + withinMilliseconds;
      for (;;) {
        const arrived = clusters.flatMap((cluster) => {
          const change = latest.get(`${cluster}/${namespace}/${name}`);
          return change?.data[key] === value ? [[cluster, change.at] as const] : [];
        });
        if (arrived.length === clusters.length || Date.now() >= until) return new Map(arrived);
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MILLISECONDS));
      }
    },
  };
};
