import type { Tables } from '../../src/adapters/dynamodb/create-tables.ts';
import type { Clock } from '../../src/app/ports/runtime.ts';
import { createFakeClock } from './fake-clock.ts';
import { createFakeClusters } from './fake-tables/fake-clusters.ts';
import { createFakeDependants } from './fake-tables/fake-dependants.ts';
import { createFakeFeedPositions } from './fake-tables/fake-feed-positions.ts';
import { createFakeFinders } from './fake-tables/fake-finders.ts';
import { createFakeHandledEvents } from './fake-tables/fake-handled-events.ts';
import { createFakeLeases } from './fake-tables/fake-leases.ts';
import { createFakeListings } from './fake-tables/fake-listings.ts';
import { createFakeMirror } from './fake-tables/fake-mirror.ts';
import { createFakeOutages } from './fake-tables/fake-outages.ts';
import { createFakeQuotas } from './fake-tables/fake-quotas.ts';
import { createFakeStates } from './fake-tables/fake-states.ts';
import { createFakeStoreUsers } from './fake-tables/fake-store-users.ts';
import { createFakeWriteLeases } from './fake-tables/fake-write-leases.ts';

/**
 * The whole table in memory: removing a cluster empties the others of it. What goes in and comes out are copies.
 * It passes the suites of test/contract/tables, as the adapters do.
 */
export const createFakeTables = (clock: Pick<Clock, 'now'> = createFakeClock()): Tables => {
  const mirror = createFakeMirror();
  const states = createFakeStates();
  const dependants = createFakeDependants();
  const finders = createFakeFinders();
  const users = createFakeStoreUsers();
  const leases = createFakeLeases();
  const positions = createFakeFeedPositions(leases.isCurrent);
  const outages = createFakeOutages();
  const perCluster = [mirror, states, dependants, finders, users, leases, positions, outages];
  const clusters = createFakeClusters((cluster) => {
    for (const table of perCluster) table.forget(cluster);
  });
  return {
    clusters,
    mirror,
    states,
    dependants,
    finders,
    users,
    leases,
    positions,
    outages,
    handledEvents: createFakeHandledEvents(clock),
    listings: createFakeListings(clock),
    quotas: createFakeQuotas(),
    writeLeases: createFakeWriteLeases(),
  };
};
