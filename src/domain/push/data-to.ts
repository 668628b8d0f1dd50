import { type LabelSelector, selectorProblem, selectsLabels } from '../label-selector.ts';
import { InvalidSpecError } from '../sync-error.ts';
import type { PushDataTo, PushSecret, PushStoreRef } from './push-secret.ts';

/** A store that is pushed to, as rules see it. */
export interface PushTarget {
  readonly kind: PushStoreRef['kind'];
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

type Refs = Pick<PushSecret, 'stores' | 'dataTo'>;

/**
 * What is wrong with the `storeRef`s of `dataTo` that can be told before stores are looked up.
 * @throws InvalidSpecError - in the reference's words
 */
export const refuseUnlistedStores = ({ stores, dataTo }: Refs): void => {
  for (const [index, { storeRef }] of dataTo.entries()) {
    if (storeRef === undefined) throw problemOf(index, 'storeRef is required');
    if (storeRef.labelSelector !== undefined) continue;
    if (storeRef.name === '') throw problemOf(index, 'storeRef must have name or labelSelector');
    if (!stores.some((listed) => names(listed, storeRef)))
      throw problemOf(index, `storeRef "${storeRef.name}" not found in secretStoreRefs`);
  }
};

/** A store that is listed by its labels is not listed by its name. */
const names = (listed: PushStoreRef, { kind, name }: PushStoreRef): boolean =>
  listed.labelSelector === undefined && listed.kind === kind && listed.name === name;

/** @throws InvalidSpecError - a selector that is none, or that selects none of the stores */
export const refuseUnmatchedSelectors = (
  { dataTo }: Pick<PushSecret, 'dataTo'>,
  targets: readonly PushTarget[],
): void => {
  for (const [index, { storeRef }] of dataTo.entries()) {
    if (storeRef?.labelSelector === undefined) continue;
    refuseBadSelector(storeRef.labelSelector, index);
    if (!targets.some((target) => isMeant(storeRef, target)))
      throw problemOf(index, 'labelSelector does not match any store in secretStoreRefs');
  }
};

/** The rules for one store, in order. */
export const rulesFor = ({ dataTo }: Pick<PushSecret, 'dataTo'>, target: PushTarget): readonly PushDataTo[] =>
  dataTo.filter(({ storeRef }) => storeRef !== undefined && isMeant(storeRef, target));

const isMeant = ({ kind, name, labelSelector }: PushStoreRef, target: PushTarget): boolean =>
  kind === target.kind &&
  (labelSelector === undefined ? name === target.name : selectsLabels(labelSelector, target.labels));

const refuseBadSelector = (selector: LabelSelector, index: number): void => {
  const problem = selectorProblem(selector);
  if (problem !== undefined) throw problemOf(index, `invalid labelSelector: ${problem}`);
};

const problemOf = (index: number, problem: string): InvalidSpecError =>
  new InvalidSpecError(`dataTo[${index}]: ${problem}`);
