import { TableUnavailableError } from '../../../../src/domain/sync-error.ts';

export const tableAway = (): TableUnavailableError => new TableUnavailableError('the table is throttled');
