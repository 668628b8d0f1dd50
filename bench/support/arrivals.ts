import { eventually } from '../../test/e2e/support/eventually.ts';
import type { TargetHistory } from '../../test/e2e/support/target-history.ts';

const PATIENCE = { withinMilliseconds: 300_000 };

/**
 * Waits until `targets` Secrets of each history hold `value` in `password`.
 * @returns epoch milliseconds at which the last of them was seen to
 */
export const lastArrival = (histories: readonly TargetHistory[], value: string, targets: number): Promise<number> =>
  eventually(() => Math.max(...histories.map((history) => arrivalIn(history, value, targets))), PATIENCE);

const arrivalIn = ({ sightings }: TargetHistory, value: string, targets: number): number => {
  const first = new Map<string, number>();
  for (const { name, data, at } of sightings) if (data['password'] === value && !first.has(name)) first.set(name, at);
  if (first.size < targets) throw new Error(`${first.size} of ${targets} targets are at ${value}`);
  return Math.max(...first.values());
};
