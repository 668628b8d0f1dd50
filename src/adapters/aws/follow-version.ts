import type { RemoteSecret } from '../../app/ports/secret-reader.ts';
import { followingVersion } from '../../domain/push/version-token.ts';
import type { SecretValue } from '../../domain/secret-value.ts';
import { WriteConflictError } from '../../domain/sync-error.ts';
import type { DescribedSecret, SecretsManagerCalls } from './secrets-manager-calls.ts';

/** One change begins anew so many times when others come between. */
const MAX_ATTEMPTS = 10;
const CURRENT = 'AWSCURRENT';

/** What a secret holds. Without a version: nothing. */
export type Held = Partial<RemoteSecret>;

/**
 * Runs `attempt` until it says how it went; `undefined`: somebody else changed the secret meanwhile.
 * @throws WriteConflictError - others always come first
 */
export const untilDone = async <T>(
  key: string,
  attempt: (turns: Map<string, number>) => Promise<T | undefined>,
): Promise<T> => {
  const turns = new Map<string, number>();
  for (let count = 1; count <= MAX_ATTEMPTS; count += 1) {
    const outcome = await attempt(turns);
    if (outcome !== undefined) return outcome;
  }
  throw new WriteConflictError(`writing ${key} to Secrets Manager failed: others change it at the same time`);
};

export interface NextVersion {
  readonly key: string;
  readonly described: DescribedSecret;
  readonly held: Held;
  readonly content: SecretValue;
  readonly format: 'binary' | 'string';
  readonly beforeVersion?: (() => Promise<void>) | undefined;
}

/**
 * Makes a version that follows the one that was read, so that it cannot follow any other.
 * @param turns - versions that followed one before and were taken back, by what they followed
 * @returns its id; undefined: another follows already, or has replaced ours
 */
export const putFollowing = async (
  calls: SecretsManagerCalls,
  { key, described, held, content, format, beforeVersion }: NextVersion,
  turns: Map<string, number>,
): Promise<string | undefined> => {
  const base = held.version ?? '';
  const token = untaken(described, base, turns);
  if (token === undefined) return undefined;
  await beforeVersion?.();
  try {
    await calls.put({ SecretId: key, ClientRequestToken: token, ...toSecretInput(content, format) });
  } catch (error) {
    if (!(error instanceof WriteConflictError)) throw error;
    await noteTaken(calls, { key, base, token }, turns);
    return undefined;
  }
  const after = await calls.describe(key);
  if (stagesIn(after, token).includes(CURRENT)) return token;
  const ours = await calls.findValue(key, token);
  if (ours === undefined || ours.stages.includes(CURRENT)) return token; // it was made: reads lag behind
  if (stagesIn(after, base).includes(CURRENT)) takeBack(turns, base); // the same was written once and taken back
  return undefined;
};

/**
 * Skips versions that followed already and were taken back, since what they followed is current again.
 * @returns undefined: the one that follows is current, and what was read is older
 */
const untaken = (
  { ARN = '', VersionIdsToStages = {} }: DescribedSecret,
  base: string,
  turns: Map<string, number>,
): string | undefined => {
  const next = () => followingVersion(ARN, base, turns.get(base) ?? 0);
  for (let token = next(); ; token = next()) {
    const stages = VersionIdsToStages[token];
    if (stages === undefined) return token;
    if (stages.includes(CURRENT)) return undefined;
    takeBack(turns, base);
  }
};

/** A version of this id holds something else: it is current, and our read was late; or it was taken back. */
const noteTaken = async (
  calls: SecretsManagerCalls,
  { key, base, token }: { readonly key: string; readonly base: string; readonly token: string },
  turns: Map<string, number>,
): Promise<void> => {
  const other = await calls.findValue(key, token);
  if (other !== undefined && !other.stages.includes(CURRENT)) takeBack(turns, base);
};

const takeBack = (turns: Map<string, number>, base: string): void => {
  turns.set(base, (turns.get(base) ?? 0) + 1);
};

const stagesIn = (described: DescribedSecret | undefined, version: string): readonly string[] =>
  described?.VersionIdsToStages?.[version] ?? [];

/** A value as AWS takes it. */
export const toSecretInput = (content: SecretValue, format: 'binary' | 'string') =>
  format === 'string' ? { SecretString: content.revealText() } : { SecretBinary: content.reveal() };
