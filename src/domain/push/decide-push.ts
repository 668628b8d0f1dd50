import { syncedResourceVersion } from '../hashes.ts';
import type { Cause } from '../message.ts';
import { type ObjectStatus, parseTimestamp } from '../status.ts';
import type { PushSecret } from './push-secret.ts';
import type { PushedSource } from './pushed.ts';

export type PushReason =
  | 'object-changed'
  | 'never-pushed'
  | 'interval-elapsed'
  | 'failed-before'
  | 'asked'
  | 'source-changed';

export type PushDecision =
  | { readonly push: true; readonly why: PushReason }
  | { readonly push: false }
  /** Only if a source is another one than was pushed: see {@link sourcesChanged}. */
  | { readonly push: 'if-source-changed' };

export interface PushQuestion {
  readonly ps: PushSecret;
  readonly status: ObjectStatus;
  /** Epoch milliseconds of the last pass that proved everything pushed; counts as refresh. */
  readonly verifiedAt: number | undefined;
  readonly failures: number;
  readonly cause: Cause['type'];
  /** Epoch milliseconds */
  readonly now: number;
}

type Check = (question: PushQuestion) => PushDecision | undefined;

const NO: PushDecision = { push: false };
const yes = (why: PushReason): PushDecision => ({ push: true, why });

const objectChanged: Check = ({ ps, status }) =>
  status.syncedResourceVersion === syncedResourceVersion(ps) ? undefined : yes('object-changed');

/** Pushed once for each change of the object, and for nothing else. */
const pushedOnce: Check = ({ ps }) => (ps.refreshIntervalMilliseconds <= 0 ? NO : undefined);

const neverPushed: Check = (question) => (lastPush(question) === undefined ? yes('never-pushed') : undefined);

const intervalElapsed: Check = (question) => {
  const end = (lastPush(question) ?? 0) + question.ps.refreshIntervalMilliseconds;
  return end <= question.now ? yes('interval-elapsed') : undefined;
};

const failedBefore: Check = ({ failures }) => (failures > 0 ? yes('failed-before') : undefined);

const asked: Check = ({ cause }) => (cause === 'person' || cause === 'store' ? yes('asked') : undefined);

/** The feed wakes a PushSecret when its source changed, and for other reasons too. */
const sourceMayHaveChanged: Check = ({ cause }) => (cause === 'feed' ? { push: 'if-source-changed' } : undefined);

/** The first that has an answer decides. */
const CHECKS: readonly Check[] = [
  objectChanged,
  pushedOnce,
  neverPushed,
  intervalElapsed,
  failedBefore,
  asked,
  sourceMayHaveChanged,
];

/** Whether a PushSecret is pushed now. */
export const decidePush = (question: PushQuestion): PushDecision => {
  for (const check of CHECKS) {
    const decision = check(question);
    if (decision !== undefined) return decision;
  }
  return NO;
};

/** Epoch milliseconds; undefined: there was no push that ended well. */
export const lastPush = ({ status, verifiedAt }: Pick<PushQuestion, 'status' | 'verifiedAt'>): number | undefined => {
  const refreshTime = parseTimestamp(status.refreshTime);
  return refreshTime === undefined ? undefined : Math.max(refreshTime, verifiedAt ?? 0);
};

export const sourcesChanged = (before: readonly PushedSource[], now: readonly PushedSource[]): boolean =>
  before.length !== now.length ||
  now.some(
    ({ name, uid, resourceVersion }) =>
      !before.some((one) => one.name === name && one.uid === uid && one.resourceVersion === resourceVersion),
  );
