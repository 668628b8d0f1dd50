import type { Tables } from '../../../src/adapters/dynamodb/create-tables.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { describeClusters } from './clusters.ts';
import { describeDependants } from './dependants.ts';
import { describeFeedPositions } from './feed-positions.ts';
import { describeFinders } from './finders.ts';
import { describeHandledEvents } from './handled-events.ts';
import { describeLeases } from './leases.ts';
import { describeListings } from './listings.ts';
import { describeMirror } from './mirror.ts';
import { describeOutages } from './outages.ts';
import { describeQuotas } from './quotas.ts';
import { describeStates } from './states.ts';
import { describeStoreUsers } from './store-users.ts';
import { describeWriteLeases } from './write-leases.ts';

/**
 * The contract of every table port.
 * @param tables - asked in each test, so that they may be made in `beforeAll`
 * @param clock - the one the tables were made with
 */
export const describeTables = (tables: () => Tables, clock: FakeClock): void => {
  describeClusters(tables);
  describeMirror(tables);
  describeStates(tables);
  describeDependants(tables);
  describeFinders(tables);
  describeStoreUsers(tables);
  describeLeases(tables);
  describeFeedPositions(tables);
  describeHandledEvents(tables, clock);
  describeOutages(tables);
  describeListings(tables, clock);
  describeQuotas(tables);
  describeWriteLeases(tables);
};
