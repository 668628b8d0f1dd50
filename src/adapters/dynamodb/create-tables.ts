import type {
  ClusterRegistry,
  Dependants,
  FeedPositions,
  Finders,
  HandledEvents,
  Leases,
  Listings,
  Mirror,
  Outages,
  Quotas,
  States,
  StoreUsers,
  WriteLeases,
} from '../../app/ports/tables.ts';
import type { TableOptions } from './caller.ts';
import { createClusters } from './clusters.ts';
import { createDependants } from './dependants.ts';
import { createFeedPositions } from './feed-positions.ts';
import { createFinders } from './finders.ts';
import { createHandledEvents } from './handled-events.ts';
import { createLeases } from './leases.ts';
import { createListings } from './listings.ts';
import { createMirror } from './mirror.ts';
import { createOutages } from './outages.ts';
import { createQuotas } from './quotas.ts';
import { createStates } from './states.ts';
import { createStoreUsers } from './store-users.ts';
import { createTable } from './table.ts';
import { createWriteLeases } from './write-leases.ts';

export interface Tables {
  readonly clusters: ClusterRegistry;
  readonly mirror: Mirror;
  readonly states: States;
  readonly dependants: Dependants;
  readonly finders: Finders;
  readonly users: StoreUsers;
  readonly handledEvents: HandledEvents;
  readonly leases: Leases;
  readonly positions: FeedPositions;
  readonly outages: Outages;
  readonly listings: Listings;
  readonly quotas: Quotas;
  readonly writeLeases: WriteLeases;
}

/**
 * Every table port over the one DynamoDB table of infra/table.yml. All methods may throw TableUnavailableError
 * (repeat later) and MalformedItemError (somebody else wrote into the table).
 */
export const createTables = (options: TableOptions): Tables => {
  const table = createTable(options);
  return {
    clusters: createClusters(table),
    mirror: createMirror(table),
    states: createStates(table),
    dependants: createDependants(table),
    finders: createFinders(table),
    users: createStoreUsers(table),
    handledEvents: createHandledEvents(table, options.clock),
    leases: createLeases(table),
    positions: createFeedPositions(table),
    outages: createOutages(table),
    listings: createListings(table, options.clock),
    quotas: createQuotas(table),
    writeLeases: createWriteLeases(table),
  };
};
