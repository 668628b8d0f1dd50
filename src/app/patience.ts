/** A healthy API server nearby answers in a tenth of it, so that a pause of its own is not taken for silence. */
const MIN_MILLISECONDS = 250;
/** Also for a cluster that has not been heard here yet: opening the connection to a far one takes a good part of it. */
const MAX_MILLISECONDS = 1_000;
/** How many times longer than usual a call may take. */
const FACTOR = 4;
/** Share of the newest answer in what is usual. */
const WEIGHT = 1 / 8;

/**
 * How long a call to a cluster may wait for an answer before the cluster is taken to be silent: by what its calls
 * usually take, seen from this container. So a far cluster is given time, and a near one that stops holds nobody long.
 */
export interface Patience {
  /** Milliseconds */
  with(cluster: string): number;
  /** Takes in what a call took that was answered. */
  learn(cluster: string, milliseconds: number): void;
  /** Takes in an answer of any kind. */
  heard(cluster: string, at: number): void;
  /**
   * Epoch milliseconds at which a call asked at `askedAt` has waited for too long, by what is known now. A cluster that
   * answers others meanwhile is busy, maybe with our own calls, and not silent.
   */
  endsAt(cluster: string, askedAt: number): number;
}

export const createPatience = (): Patience => {
  const usual = new Map<string, number>();
  const heardAt = new Map<string, number>();
  const patienceWith = (cluster: string): number => {
    const milliseconds = usual.get(cluster);
    if (milliseconds === undefined) return MAX_MILLISECONDS;
    return Math.min(Math.max(FACTOR * milliseconds, MIN_MILLISECONDS), MAX_MILLISECONDS);
  };
  return {
    with: patienceWith,
    endsAt: (cluster, askedAt) => Math.max(askedAt, heardAt.get(cluster) ?? 0) + patienceWith(cluster),
    heard: (cluster, at) => {
      heardAt.set(cluster, Math.max(heardAt.get(cluster) ?? 0, at));
    },
    learn: (cluster, milliseconds) => {
      const known = usual.get(cluster) ?? milliseconds;
      usual.set(cluster, known + WEIGHT * (milliseconds - known));
    },
  };
};
