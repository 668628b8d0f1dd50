import type { StoreRef } from '../../domain/external-secret.ts';
import { syncedResourceVersion } from '../../domain/hashes.ts';
import type { MirroredObject } from '../../domain/mirrored-object.ts';
import { refuseUnlistedStores, refuseUnmatchedSelectors } from '../../domain/push/data-to.ts';
import { decidePush, type PushDecision, sourcesChanged } from '../../domain/push/decide-push.ts';
import { pushedReady, SOURCE_DELETED } from '../../domain/push/push-outcome.ts';
import type { PushedEntry, PushedState } from '../../domain/push/pushed.ts';
import { beforePush, placeId, pushedId, type Wanted } from '../../domain/push/pushed-memory.ts';
import {
  type StoredEntry,
  storedEntries,
  syncedName,
  toSyncedEntry,
  toSyncedPushSecrets,
} from '../../domain/push/synced-push-secrets.ts';
import { readyCondition } from '../../domain/status.ts';
import { InvalidSpecError, SyncError } from '../../domain/sync-error.ts';
import type { Engine } from '../ports/engine.ts';
import type { RecordUse } from '../record-use.ts';
import { adopt } from './adopt.ts';
import { placeOf } from './open-push-stores.ts';
import { type PlannedWrite, type PushStore, planPush, type RenderedSource } from './plan-push.ts';
import { inStep, SourceError, SourceMissingError } from './push-error.ts';
import type { Progress, PushBatch, PushOutcome } from './push-pass.ts';
import { removeEntries, without } from './remove-entries.ts';
import { renderSource } from './render-source.ts';
import { type PushSource, resolveSources, toPushedSources } from './resolve-source.ts';
import { selectStores } from './select-stores.ts';
import type { LineageDeps } from './trace-lineage.ts';
import { writeEntries } from './write-entries.ts';

export interface PushOneDeps extends LineageDeps {
  readonly recordUse: RecordUse;
}

/** One pass, and what it may call on. */
export interface PushWork {
  readonly progress: Progress;
  readonly batch: PushBatch;
  readonly engine: Engine;
  /** Stores the memory before anything is done about it. @throws SupersededError - another pass came first */
  readonly remember: () => Promise<void>;
  /** @throws SyncError - nothing may be written or removed any more */
  readonly beforeChange: () => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

const LEFT_ALONE: PushOutcome = { type: 'left-alone' };

/**
 * Pushes one PushSecret: observe, decide, act. All is read and planned before anything is written, and what will be written
 * is remembered first. How far it came is in `work.progress`, also when it throws.
 * @throws SyncError
 */
export const pushOne = async (deps: PushOneDeps, work: PushWork): Promise<PushOutcome> => {
  const { progress, batch, signal } = work;
  const { ps } = progress.pass;
  const selected = await chooseStores(deps, work);
  if (!(selected instanceof SyncError) && selected.length === 0) return LEFT_ALONE;
  const { generator } = ps.selector;
  const generates = ps.selector.secretName === '' && generator !== undefined;
  if (generates && (await batch.generators.isForeign(generator, ps.namespace, signal))) return LEFT_ALONE;
  const decision = decide(progress);
  if (decision.push === false || (decision.push === 'if-source-changed' && generates)) return skipped(false);
  refuseUnlistedStores(ps);
  const sources = await observeSources(work);
  progress.pushed = await adopt(progress, batch, signal);
  if (sources === 'gone') return withoutSource(deps, work);
  if (decision.push !== true && !sourcesChanged(progress.pushed.sources, toPushedSources(sources)))
    return skipped(false);
  if (selected instanceof SyncError) throw selected;
  return push(deps, work, { selected, sources });
};

const skipped = (resting: boolean): PushOutcome => ({ type: 'skipped', resting });

const decide = ({ pass }: Progress): PushDecision => {
  const { ps, status, state, cause, startedAt } = pass;
  const { verifiedAt, failures = 0 } = state ?? {};
  return decidePush({ ps, status, verifiedAt, failures, cause: cause.type, now: startedAt });
};

/** A failure is kept for later: whose the object is, and whether there is anything to do, comes first. */
const chooseStores = async (
  { recordUse }: PushOneDeps,
  { progress, batch, signal }: PushWork,
): Promise<readonly MirroredObject[] | SyncError> => {
  const { ps } = progress.pass;
  const record = async (found: readonly MirroredObject[]): Promise<void> => {
    const refs = [...named(ps.stores), ...found.map(placeOf)];
    progress.stores = await recordUse.stores(batch.scope.cluster.name, progress.pass, refs);
  };
  await record([]); // before they are looked up, so that one made later finds its users
  try {
    const found = await selectStores(ps, batch, signal);
    await record(found);
    return found;
  } catch (error) {
    if (error instanceof SyncError) return error;
    throw error;
  }
};

const named = (stores: Progress['pass']['ps']['stores']): readonly StoreRef[] =>
  stores.flatMap(({ kind, name, labelSelector }) =>
    labelSelector === undefined && name !== '' ? [{ kind, name }] : [],
  );

/** `gone`: Kubernetes has no Secret of the name. */
const observeSources = async ({ progress, batch, signal }: PushWork): Promise<readonly PushSource[] | 'gone'> => {
  try {
    return await resolveSources(progress.pass.ps, batch, signal);
  } catch (error) {
    if (error instanceof SourceError && error.cause instanceof SourceMissingError) return 'gone';
    throw error;
  }
};

/** What was pushed goes with its source where the policy says so. That it went is told until there is a source again. */
const withoutSource = async (deps: PushOneDeps, work: PushWork): Promise<PushOutcome> => {
  const { progress } = work;
  const { ps, status } = progress.pass;
  if (ps.deletionPolicy === 'Delete' && progress.pushed.entries.length > 0) {
    progress.pushed = beforePush({ ...progress.pushed, sources: [] }, NOTHING_WANTED);
    await work.remember();
    await inStep('failed to cleanup provider secrets: ', () => remove(deps, work));
    return { type: 'source-deleted' };
  }
  const isTold =
    readyCondition(status)?.reason === SOURCE_DELETED.reason &&
    status.syncedResourceVersion === syncedResourceVersion(ps);
  if (isTold) return skipped(true);
  throw new SourceError(new SourceMissingError(ps.selector.secretName));
};

const NOTHING_WANTED: Wanted = { entries: [], places: {}, deletes: true };

interface Observed {
  readonly selected: readonly MirroredObject[];
  readonly sources: readonly PushSource[];
}

const push = async (deps: PushOneDeps, work: PushWork, { selected, sources }: Observed): Promise<PushOutcome> => {
  const { progress, batch, engine, signal } = work;
  const { ps } = progress.pass;
  refuseUnmatchedSelectors(
    ps,
    selected.map((object) => ({ ...placeOf(object), labels: object.labels })),
  );
  const rendered = await renderAll(work, sources);
  const stores = rendered.length === 0 ? [] : await openAll(work, selected);
  const planned = await planPush({ ps, sources: rendered, stores, engine }, signal);
  const before = storedEntries(progress.synced);
  progress.pushed = beforePush(progress.pushed, wantedOf(planned, ps.deletionPolicy === 'Delete'));
  refuseTooMany(progress.pushed, planned);
  await work.remember();
  const { cluster, client } = batch.scope;
  const readFrom = { namespace: ps.namespace };
  const context = {
    deps,
    cluster: cluster.name,
    policies: {
      readConfigMap: (name: string, reading?: AbortSignal) => client.readConfigMap({ ...readFrom, name }, reading),
      readSecret: async (name: string, reading?: AbortSignal) =>
        (await client.readSecret({ ...readFrom, name }, reading))?.data,
    },
    beforeVersion: work.beforeChange,
    signal,
  };
  try {
    const waiting = await writeEntries(planned, progress, context);
    if (waiting !== undefined) throw waiting;
  } finally {
    progress.synced = toSyncedPushSecrets([...before, ...progress.done]);
  }
  progress.pushed = { ...progress.pushed, sources: toPushedSources(sources) };
  progress.synced = toSyncedPushSecrets([...progress.done, ...before.filter((entry) => isLeft(progress, entry))]);
  await inStep('Failed to Delete Secrets from Provider: ', () => remove(deps, work));
  return { type: 'pushed', ready: pushedReady(ps.updatePolicy === 'IfNotExists'), wrote: progress.wrote };
};

/** An item of the table takes 400 KB, and the status is in it beside the memory. */
const MAX_REMEMBERED_BYTES = 300 * 1024;

const refuseTooMany = (pushed: PushedState, planned: readonly PlannedWrite[]): void => {
  const listed = planned.map(({ entry }) => toSyncedEntry(entry));
  if (Buffer.byteLength(JSON.stringify([pushed, listed])) > MAX_REMEMBERED_BYTES)
    throw new InvalidSpecError(
      `its ${planned.length} entries are more than can be remembered of one PushSecret: spread them over several`,
    );
};

const renderAll = async (
  { progress, batch, engine, signal }: PushWork,
  sources: readonly PushSource[],
): Promise<readonly RenderedSource[]> => {
  const { template, namespace } = progress.pass.ps;
  const rendered: RenderedSource[] = [];
  for (const source of sources) {
    const asked = { template, namespace, data: source.data };
    rendered.push({ ...source, data: await renderSource(asked, { engine, templates: batch.templates }, signal) });
  }
  return rendered;
};

const openAll = (
  { progress, batch, signal }: PushWork,
  selected: readonly MirroredObject[],
): Promise<readonly PushStore[]> =>
  Promise.all(
    selected.map(async (object) => {
      const place = placeOf(object);
      const doing = `set secret failed: could not get secrets client for store ${place.name}: `;
      const opened = await inStep(doing, () => batch.stores.open(place, progress.pass.ps.namespace, signal));
      return { kind: place.kind, name: place.name, labels: object.labels, opened };
    }),
  );

/** Two stores may lead to the same place. */
const wantedOf = (planned: readonly PlannedWrite[], deletes: boolean): Wanted => {
  const entries = new Map<string, PushedEntry>();
  const places: Record<string, Wanted['places'][string]> = {};
  for (const { store, entry, key } of planned) {
    const { id, place } = store.opened;
    const { remoteKey, property } = entry;
    const wanted = { store: id, remoteKey, property, key, place: placeId(place) };
    if (!entries.has(pushedId(wanted))) entries.set(pushedId(wanted), wanted);
    places[wanted.place] = place;
  }
  return { entries: [...entries.values()], places, deletes };
};

const isLeft = ({ pushed, done }: Progress, { store, name }: StoredEntry): boolean =>
  !done.some((one) => one.store === store && one.name === name) &&
  pushed.entries.some((entry) => entry.left !== undefined && entry.store === store && syncedName(entry) === name);

/** What is marked as left, the status told with it. */
export const remove = async (deps: LineageDeps, { progress, batch, beforeChange, signal }: PushWork): Promise<void> => {
  const { ref } = progress.pass;
  const before = storedEntries(progress.synced);
  const removal = {
    deps,
    cluster: batch.scope.cluster.name,
    ref,
    stores: batch.stores,
    beforeRemoval: beforeChange,
    signal,
  };
  await removeEntries(removal, progress.pushed, (entry) => {
    progress.pushed = without(progress.pushed, entry);
    progress.wrote = true;
    progress.synced = toSyncedPushSecrets([...progress.done, ...before.filter((one) => isLeft(progress, one))]);
  });
};
