import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeTables } from '../../support/fake-tables.ts';
import { describeTables } from './describe-tables.ts';

const clock = createFakeClock();
const tables = createFakeTables(clock);

describeTables(() => tables, clock);
