/** What makes a secret's replicas those that are wanted. */
export interface ReplicationPlan {
  readonly remove: readonly string[];
  readonly add: readonly string[];
}

/**
 * @param existing - Regions of replicas, whatever their state: one that failed is removed too when it is not wanted
 * @param wanted - undefined: replicas are left alone
 */
export const planReplication = (
  existing: readonly string[],
  wanted: readonly string[] | undefined,
): ReplicationPlan => ({
  remove: wanted === undefined ? [] : existing.filter((region) => !wanted.includes(region)),
  add: [...new Set(wanted)].filter((region) => !existing.includes(region)),
});
