import { createHash } from 'node:crypto';

/**
 * The id of the version that follows `base`. It depends on nothing but what it follows, so only one version can: of two
 * who read the same version and write different contents AWS refuses the later, and a repeat of the same write is the same
 * version. Ids are seen by many (events, lists, logs), so nothing of the content is in them.
 *
 * @param arn - tells a secret from an earlier one of the same name
 * @param base - id of the version that was read; empty: there was none
 * @param turn - 0, or how many versions that followed `base` before were taken back
 */
export const followingVersion = (arn: string, base: string, turn: number): string => {
  const digest = createHash('sha256')
    .update(JSON.stringify([arn, base, turn]))
    .digest('hex');
  // Version 8 of a UUID: made of what one likes.
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `a${digest.slice(17, 20)}`,
    digest.slice(20, 32),
  ].join('-');
};
