import type { RemoteWrite } from '../../app/ports/secret-writer.ts';
import type { ResourcePolicy } from '../../domain/push/push-metadata.ts';
import { CausedError, InvalidSpecError, SyncError } from '../../domain/sync-error.ts';

const WHILE = 'failed to resolve resource policy: ';

/** The source of a policy could not be read. */
export class PolicySourceError extends CausedError {
  override readonly name = 'PolicySourceError';
}

/** The source, or the key in it, is not there. Nobody tells when it comes, so it is looked for again. */
export class PolicyMissingError extends SyncError {
  override readonly name = 'PolicyMissingError';
  readonly reason = 'PolicyMissing';
  readonly retryable = true;
}

/**
 * The text of the policy that metadata refers to.
 * @throws InvalidSpecError, PolicyMissingError, PolicySourceError
 */
export const resolvePolicy = async (
  { policySourceRef: ref }: ResourcePolicy,
  { sources, source: { namespace } }: Pick<RemoteWrite, 'sources' | 'source'>,
  signal?: AbortSignal,
): Promise<string> => {
  if (ref === undefined) throw new InvalidSpecError(`${WHILE}policySourceRef is nil`);
  const { kind, name, key } = ref;
  if (kind !== 'ConfigMap' && kind !== 'Secret')
    throw new InvalidSpecError(`${WHILE}unsupported PolicySourceRef kind: ${kind} (must be ConfigMap or Secret)`);
  const failed = `${WHILE}failed to get ${kind} ${namespace}/${name}: `;
  const data = await saying(failed, () =>
    kind === 'ConfigMap' ? sources.readConfigMap(name, signal) : sources.readSecret(name, signal),
  );
  if (data === undefined) throw new PolicyMissingError(`${failed}${kind.toLowerCase()}s "${name}" not found`);
  const text = data.get(key);
  if (text === undefined) throw new PolicyMissingError(`${WHILE}key ${key} not found in ${kind} ${namespace}/${name}`);
  return text.revealText();
};

const saying = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SyncError ? new PolicySourceError(`${what}${error.message}`, error) : error;
  }
};
