import { IDLE_CHECK_MILLISECONDS } from '../domain/due.ts';
import type { RequestedObject } from '../domain/message.ts';
import type { States } from './ports/tables.ts';

/** What there is nothing to do for is not asked about every few minutes either: the feed tells when that changes. */
export const shelve = async (
  states: States,
  cluster: string,
  { request, startedAt }: { readonly request: RequestedObject; readonly startedAt: number },
): Promise<void> => {
  const { kind, namespace, name, dueAt } = request;
  if (dueAt === undefined) return;
  await states.moveDue({ cluster, ref: { kind, namespace, name }, dueAt }, startedAt + IDLE_CHECK_MILLISECONDS);
};
