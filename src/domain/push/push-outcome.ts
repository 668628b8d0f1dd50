import type { Condition } from '../status.ts';

/** The Ready condition of a PushSecret after a pass. */
export type PushReady = Required<Pick<Condition, 'status' | 'reason' | 'message'>>;

export const SYNCED = 'Synced';
export const ERRORED = 'Errored';

/** @param keepsExisting - under `updatePolicy: IfNotExists` */
export const pushedReady = (keepsExisting: boolean): PushReady => ({
  status: 'True',
  reason: SYNCED,
  message: `PushSecret synced successfully${keepsExisting ? '. Existing secrets in providers unchanged.' : ''}`,
});

export const failedReady = (message: string): PushReady => ({ status: 'False', reason: ERRORED, message });

export const SOURCE_DELETED: PushReady = {
  status: 'False',
  reason: 'SourceDeleted',
  message: 'source secret deleted; provider secrets cleaned up',
};
