import { compareBytes } from '../../domain/go-map-text.ts';
import { selectorProblem, selectorText } from '../../domain/label-selector.ts';
import type { PushSecret } from '../../domain/push/push-secret.ts';
import type { PushedSource } from '../../domain/push/pushed.ts';
import { InvalidSpecError } from '../../domain/sync-error.ts';
import type { SecretData } from '../../domain/target-content.ts';
import type { TargetSecret } from '../../domain/target-secret.ts';
import { isTellable } from '../failure.ts';
import { SourceError, SourceMissingError } from './push-error.ts';
import type { PushBatch } from './push-pass.ts';

/** What the reference calls a Secret that a generator made; it is in no cluster. */
const GENERATED_NAME = '___generated-secret';

/** A Secret to push, or what a generator made in its place. */
export interface PushSource {
  readonly name: string;
  readonly data: SecretData;
  /** Absent of generated values. */
  readonly secret?: TargetSecret;
}

type Asked = Pick<PushSecret, 'selector' | 'namespace'>;

/**
 * What a PushSecret pushes, in the order of names. None: no Secret carries the labels.
 * @throws SourceError - whatever went wrong; its cause is a SourceMissingError when Kubernetes has no Secret of the name
 */
export const resolveSources = async (
  asked: Asked,
  batch: Pick<PushBatch, 'scope' | 'generators'>,
  signal?: AbortSignal,
): Promise<readonly PushSource[]> => {
  try {
    return await resolve(asked, batch, signal);
  } catch (error) {
    throw isTellable(error) ? new SourceError(error) : error;
  }
};

const resolve = async (
  { selector, namespace }: Asked,
  { scope: { client }, generators }: Pick<PushBatch, 'scope' | 'generators'>,
  signal?: AbortSignal,
): Promise<readonly PushSource[]> => {
  const { secretName: name, generator, secrets } = selector;
  if (name !== '') {
    const secret = await client.readSecret({ namespace, name }, signal);
    if (secret === undefined) throw new SourceMissingError(name);
    return [toSource(secret)];
  }
  if (generator !== undefined) {
    const { values } = await generators.generate(generator, namespace, signal);
    return [{ name: GENERATED_NAME, data: values }];
  }
  if (secrets === undefined) throw new InvalidSpecError('no secret selector provided');
  const problem = selectorProblem(secrets);
  if (problem !== undefined) throw new InvalidSpecError(problem);
  const found = await client.findSecrets(namespace, selectorText(secrets), signal);
  const read = await Promise.all(found.map(({ ref }) => client.readSecret({ namespace, name: ref.name }, signal)));
  return read
    .flatMap((secret) => (secret === undefined ? [] : [toSource(secret)])) // gone since it was listed
    .toSorted((a, b) => compareBytes(a.name, b.name));
};

const toSource = (secret: TargetSecret): PushSource => ({ name: secret.name, data: secret.data, secret });

/** What is remembered of them, to see later whether they changed. */
export const toPushedSources = (sources: readonly PushSource[]): readonly PushedSource[] =>
  sources.flatMap(({ secret }) =>
    secret === undefined ? [] : [{ name: secret.name, uid: secret.uid, resourceVersion: secret.resourceVersion }],
  );
