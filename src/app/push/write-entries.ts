import { syncedResourceVersion } from '../../domain/hashes.ts';
import { comesRound, formatLineage, type Lineage, MAX_ROUNDS } from '../../domain/push/lineage.ts';
import type { PushedEntry } from '../../domain/push/pushed.ts';
import { afterWrite, pushedId, withEntries } from '../../domain/push/pushed-memory.ts';
import { syncedName, toSyncedEntry } from '../../domain/push/synced-push-secrets.ts';
import { WriteBudgetError } from '../../domain/push/write-budget-error.ts';
import { sameJson } from '../../domain/same-json.ts';
import { causesOf } from '../../domain/sync-error.ts';
import type { PolicySources } from '../ports/secret-writer.ts';
import type { PlannedWrite } from './plan-push.ts';
import { inStep, PushLoopError } from './push-error.ts';
import type { Progress } from './push-pass.ts';
import { type LineageDeps, originsOf, pushesTo } from './trace-lineage.ts';

export interface WriteContext {
  readonly deps: LineageDeps;
  readonly cluster: string;
  /** Reads what metadata refers to. */
  readonly policies: PolicySources;
  /** Asked before a version is made: whether all still is as it was when this was decided. */
  readonly beforeVersion: () => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

/**
 * Writes what was planned, in order; entries of one remote key that belong together make one version. A key that may not
 * be written for a while is left until then, and the others are written all the same.
 * @returns that key's error, the earliest of several
 * @throws PushError - the first that fails; what comes after it is not tried
 */
export const writeEntries = async (
  planned: readonly PlannedWrite[],
  progress: Progress,
  context: WriteContext,
): Promise<WriteBudgetError | undefined> => {
  const waiting: WriteBudgetError[] = [];
  for (const group of groupsOf(planned)) {
    try {
      await writeGroup(group, progress, context);
    } catch (error) {
      const budget = causesOf(error).find((cause) => cause instanceof WriteBudgetError);
      if (budget === undefined) throw error;
      waiting.push(budget);
    }
  }
  return waiting.toSorted((a, b) => a.until - b.until)[0];
};

/** At least one. */
type Group = readonly [PlannedWrite, ...PlannedWrite[]];

const groupsOf = (planned: readonly PlannedWrite[]): readonly Group[] => {
  const groups: [PlannedWrite, ...PlannedWrite[]][] = [];
  for (const write of planned) {
    const group = groups.find(([first]) => isTogether(first, write));
    if (group === undefined) groups.push([write]);
    else group.push(write);
  }
  return groups;
};

const isTogether = (a: PlannedWrite, b: PlannedWrite): boolean =>
  a.store.opened === b.store.opened &&
  a.name === b.name &&
  a.source === b.source &&
  sameJson(a.entry.metadata, b.entry.metadata);

const writeGroup = async (group: Group, progress: Progress, context: WriteContext): Promise<void> => {
  const [{ store, name, entry }] = group;
  const { ps } = progress.pass;
  const { writer } = store.opened;
  const exists =
    ps.updatePolicy === 'IfNotExists' &&
    (await inStep('set secret failed: could not verify if secret exists in store: ', () =>
      writer.exists(name, context.signal),
    ));
  if (exists) {
    for (const write of group) settle(progress, write, ({ pending: _, ...known }) => known);
    return;
  }
  const doing = `set secret failed: could not write remote ref ${entry.secretKey} to target secretstore ${store.name}: `;
  await inStep(doing, () => writeTogether(group, progress, context));
};

const writeTogether = async (group: Group, progress: Progress, context: WriteContext): Promise<void> => {
  const [first, ...others] = group;
  const { ps } = progress.pass;
  const loops = await watchLoops(group, progress, context);
  const { wrote, version } = await first.store.opened.writer.write(
    {
      key: first.name,
      property: first.entry.property,
      content: first.content,
      also: others.map(({ entry: { property }, content }) => ({ property, content })),
      metadata: first.entry.metadata,
      sources: context.policies,
      source: { namespace: ps.namespace, name: first.source.name },
      by: writtenBy(progress, context),
      beforeVersion: async () => {
        await context.beforeVersion();
        loops.refuse();
      },
    },
    context.signal,
  );
  progress.wrote ||= wrote;
  for (const write of group)
    settle(progress, write, (known) => afterWrite(known, { version, wrote, ...loops.after(known, wrote) }));
};

export const writtenBy = ({ pass }: Pick<Progress, 'pass'>, { cluster }: Pick<WriteContext, 'cluster'>): string =>
  `PushSecret ${pass.ref.namespace}/${pass.ref.name} of cluster ${cluster}`;

/** What is known of an entry from now on, and that the status lists it. */
const settle = (
  progress: Progress,
  { key, entry, store }: PlannedWrite,
  change: (known: PushedEntry) => PushedEntry,
): void => {
  const id = pushedId({ key, property: entry.property });
  progress.pushed = withEntries(
    progress.pushed,
    progress.pushed.entries.map((known) => (pushedId(known) === id ? change(known) : known)),
  );
  progress.done = [...progress.done, { store: store.opened.id, name: syncedName(entry), entry: toSyncedEntry(entry) }];
};

interface Loops {
  /** @throws PushLoopError - this version would come round again, as those before it did */
  readonly refuse: () => void;
  readonly after: (
    known: PushedEntry,
    wrote: boolean,
  ) => { readonly madeFrom: readonly string[]; readonly rounds: number };
}

/**
 * A round: what is new in the source came from what we wrote to the very key that is to be written. One that finds nothing
 * to write has come to rest, as when a Secret is pushed where it is read.
 */
const watchLoops = async (group: Group, progress: Progress, context: WriteContext): Promise<Loops> => {
  const [{ source, key, name }] = group;
  const { deps, cluster, signal } = context;
  const origins = source.secret === undefined ? [] : await originsOf(deps, { cluster, secret: source.secret }, signal);
  const known = progress.pushed.entries.filter((entry) => entry.key === key);
  const before = new Set(known.flatMap(({ madeFrom = [] }) => madeFrom));
  const news = origins.filter((origin) => !before.has(formatLineage(origin)));
  const isRound = news.length > 0 && (await allComeRound(key, news, context));
  const rounds = isEdited(progress) ? 0 : Math.max(0, ...known.map((entry) => entry.rounds ?? 0));
  return {
    refuse: () => {
      if (isRound && rounds >= MAX_ROUNDS) throw new PushLoopError(loopMessage({ name, source: source.name, news }));
    },
    after: (_, wrote) => ({
      madeFrom: origins.map(formatLineage),
      rounds: roundsAfter({ rounds, isRound, wrote, isNews: news.length > 0 }),
    }),
  };
};

/** Since it was last pushed: what went round before may come to rest now. */
const isEdited = ({ pass: { ps, status } }: Progress): boolean =>
  status.syncedResourceVersion !== syncedResourceVersion(ps);

const allComeRound = async (
  key: string,
  news: readonly Lineage[],
  { deps, signal }: Pick<WriteContext, 'deps' | 'signal'>,
): Promise<boolean> => {
  for (const origin of news) if (!(await comesRound(key, [origin], (to) => pushesTo(deps, to, signal)))) return false;
  return true;
};

/** What else changed the source ends a row of rounds; the same source again neither ends nor lengthens it. */
const roundsAfter = ({
  rounds,
  isRound,
  wrote,
  isNews,
}: {
  readonly rounds: number;
  readonly isRound: boolean;
  readonly wrote: boolean;
  readonly isNews: boolean;
}): number => {
  if (!isNews) return rounds;
  return isRound && wrote ? rounds + 1 : 0;
};

const loopMessage = ({
  name,
  source,
  news,
}: {
  readonly name: string;
  readonly source: string;
  readonly news: readonly Lineage[];
}): string => {
  const through = [...new Set(news.map(({ key }) => key.split('#').slice(3).join('#')))].join(', ');
  return `it goes round: Secret ${source} is made from ${through}, which is made from what is pushed to ${name}, and ${MAX_ROUNDS} pushes in a row changed what the next one would push; push to another key, or push what comes round unchanged`;
};
