import { NAMESPACE } from '../builders.ts';
import type { Fleet } from './fleet.ts';
import { KEYS, type ModelSpec, type ObjectName, PREFIXES } from './steps.ts';

type Texts = Readonly<Record<string, string>>;

const MISSING = 'True SecretMissing: secret will not be created due to CreationPolicy=Merge';
const NOT_OURS = 'False SecretSyncedError: could not delete secret';

/** Where a world at rest is not what its model says; empty: all is well. */
export const problemsOf = async (fleet: Fleet): Promise<readonly string[]> => [
  ...fleet.model.faults,
  ...[...fleet.model.specs].flatMap(([object, spec]) => problemsOfObject(fleet, object, spec)),
  ...(await problemsOfIndex(fleet)),
];

/** The same before the interval is over, of what the service was told: an edited Orphan is nothing that it is told of. */
export const earlyProblemsOf = (fleet: Fleet): readonly string[] =>
  [...fleet.model.specs]
    .filter(([, spec]) => spec.creationPolicy !== 'Orphan' && fleet.model.isTold(spec))
    .flatMap(([object, spec]) => problemsOfObject(fleet, object, spec).map((problem) => `early: ${problem}`));

/**
 * A change wakes those who read the key. Nobody else either, unless passes overlapped or ended half-way: what one of them
 * recorded for a spec of before may stay, and wakes an object once too often.
 */
const problemsOfIndex = async (fleet: Fleet): Promise<readonly string[]> => {
  const periodic = [...fleet.model.specs].filter(([, { refreshPolicy }]) => refreshPolicy === 'Periodic');
  const readOnce = [...fleet.model.specs.keys()].filter((object) => !periodic.some(([name]) => name === object));
  const names = PREFIXES.flatMap((prefix) => KEYS.map((key) => ({ name: `${prefix}prod/${key}`, key })));
  const problems = names.map(async ({ name, key }) => {
    const woken = await fleet.readersOf(name);
    const readers = periodic.filter(([, { keys }]) => name === fleet.model.remoteKey(key) && keys.includes(key));
    const known = new Set<string>([...readers.map(([object]) => object), ...readOnce]);
    return [
      ...readers.filter(([object]) => !woken.includes(object)).map(([object]) => `${name} does not wake ${object}`),
      ...woken.filter((object) => fleet.isOrderly && !known.has(object)).map((object) => `${name} wakes ${object}`),
    ];
  });
  return (await Promise.all(problems)).flat();
};

const problemsOfObject = (fleet: Fleet, object: ObjectName, spec: ModelSpec): readonly string[] => {
  const { ready, target } = fleet.model.expectation(spec);
  const told = fleet.world.ready({ kind: 'ExternalSecret', namespace: NAMESPACE, name: object }) ?? '';
  const isTold = ready.length === 0 || ready.includes(told);
  const problems = target === 'anything' ? [] : problemsOfTarget(fleet, spec, { target, told });
  if (problems === undefined || (problems.length === 0 && isTold)) return [];
  return [...problems, ...(isTold ? [] : ['wrong condition'])].map(
    (problem) => `${object} (${JSON.stringify(spec)}): ${problem}, ready: ${told}`,
  );
};

/** Undefined: as well as it can be, and the object says what is missing. */
const problemsOfTarget = (
  fleet: Fleet,
  spec: ModelSpec,
  { target, told }: { readonly target: 'absent' | Texts; readonly told: string },
): readonly string[] | undefined => {
  const found = fleet.world.target(spec.target);
  if (target === 'absent') {
    if (found !== undefined && told === NOT_OURS && !isOwned(fleet, spec.target)) return undefined;
    return found === undefined ? [] : ['not deleted'];
  }
  if (found === undefined) return spec.creationPolicy === 'Merge' && told === MISSING ? undefined : ['no target'];
  return [
    ...Object.entries({ ...fleet.model.foreignOf(spec.target), ...target })
      .filter(([key, value]) => found[key] !== value)
      .map(([key, value]) => `${key} is ${found[key]} and not ${value}`),
    ...unexpected(found, target, spec).map((key) => `${key} is there: ${found[key]}`),
    ...formerTargets(fleet, spec).map((name) => `${name} is left behind`),
  ];
};

/** Shared targets may hold what somebody else wrote, and nothing that once was ours. */
const unexpected = (found: Texts, wanted: Texts, { creationPolicy }: ModelSpec): readonly string[] => {
  const shared = creationPolicy === 'Merge' || creationPolicy === 'CreateOrMerge';
  return Object.keys(found).filter(
    (key) => !Object.hasOwn(wanted, key) && !(shared && found[key]?.startsWith('helm ') === true),
  );
};

/** Renamed away from, under a policy that deletes them. */
const formerTargets = (fleet: Fleet, { target }: ModelSpec): readonly string[] =>
  !fleet.model.leavesFormer && target !== 'web'
    ? ['db', 'db-two'].filter((name) => name !== target && isOwned(fleet, name))
    : [];

const isOwned = (fleet: Fleet, target: string): boolean =>
  (fleet.world.cluster().secret(NAMESPACE, target)?.ownerReferences ?? []).length > 0;
