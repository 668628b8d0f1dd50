import { formatRef, parseRef, type ServedRef } from '../../domain/object-ref.ts';
import { readyCondition } from '../../domain/status.ts';
import type { SyncState } from '../../domain/sync-state.ts';
import type { States } from '../ports/tables.ts';

/** What the service itself was answered last, by its own account. */
export type Recorded =
  | { readonly outcome: 'ready' }
  | { readonly outcome: 'failing'; readonly text: string /** The object that said so. */; readonly by: string }
  | { readonly outcome: 'unknown' };

const READY: Recorded = { outcome: 'ready' };
const UNKNOWN: Recorded = { outcome: 'unknown' };

/** Of one object. */
export const recordOf = (state: SyncState | undefined, ref: ServedRef): Recorded => {
  const ready = state && readyCondition(state.status);
  if (state === undefined || ready === undefined) return UNKNOWN;
  if (ready.status === 'True') return READY;
  return { outcome: 'failing', text: state.lastWarning?.text ?? ready.message ?? '', by: formatRef(ref) };
};

interface Users {
  readonly cluster: string;
  readonly store: ServedRef;
  /** Those that read, or those that push. */
  readonly kind: 'ExternalSecret' | 'PushSecret';
}

/** Of what uses a store: the first that fails says more than all that do not. */
export const recordOfUsers = async (
  states: Pick<States, 'list'>,
  { cluster, store, kind }: Users,
): Promise<Recorded> => {
  const wanted = formatRef(store);
  const users = [...(await states.list(cluster))].filter(
    ([text, { stores }]) => parseRef(text).kind === kind && stores.includes(wanted),
  );
  const failing = users.find(([, { failures, lastWarning }]) => failures > 0 && lastWarning !== undefined);
  if (failing !== undefined) {
    const [by, { lastWarning }] = failing;
    return { outcome: 'failing', text: lastWarning?.text ?? '', by };
  }
  return users.length > 0 ? READY : UNKNOWN;
};
