import type { SecretValue } from '../domain/secret-value.ts';
import { SyncError } from '../domain/sync-error.ts';
import type { TemplateSource, TextOf } from '../domain/template-steps.ts';
import type { ClusterClient } from './ports/cluster-client.ts';

/**
 * Objects that hold templates, each read once however many objects use it. Made after the targets were read and thrown
 * away with the batch, as shared reads of the provider are.
 */
export interface TemplateSources {
  /** @throws TemplateMissingError - there is no such object */
  read(namespace: string, source: TemplateSource, signal?: AbortSignal): Promise<ReadonlyMap<string, SecretValue>>;
}

/** An object or key that `templateFrom` names is not there. Nobody tells when it comes, so it is looked for again. */
export class TemplateMissingError extends SyncError {
  override readonly name = 'TemplateMissingError';
  readonly reason = 'TemplateMissing';
  readonly retryable = true;
}

export const createTemplateSources = (client: Pick<ClusterClient, 'readConfigMap' | 'readSecret'>): TemplateSources => {
  const known = new Map<string, ReturnType<TemplateSources['read']>>();
  return {
    read: (namespace, source, signal) => {
      const id = `${source.kind}/${namespace}/${source.name}`;
      const found = known.get(id) ?? readSource(client, { namespace, source }, signal);
      known.set(id, found);
      return found;
    },
  };
};

/**
 * Looks up templates in what was read of their sources.
 * @throws TemplateMissingError - the key is not there
 */
export const textsIn =
  (contents: ReadonlyMap<string, ReadonlyMap<string, SecretValue>>): TextOf =>
  (source, key) => {
    const text = contents.get(sourceId(source))?.get(key);
    if (text === undefined)
      throw new TemplateMissingError(`error in ${source.kind.toLowerCase()} ${source.name}: missing key ${key}`);
    return text;
  };

export const sourceId = ({ kind, name }: TemplateSource): string => `${kind}/${name}`;

const readSource = async (
  client: Pick<ClusterClient, 'readConfigMap' | 'readSecret'>,
  { namespace, source }: { readonly namespace: string; readonly source: TemplateSource },
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, SecretValue>> => {
  const ref = { namespace, name: source.name };
  const data =
    source.kind === 'ConfigMap'
      ? await client.readConfigMap(ref, signal)
      : (await client.readSecret(ref, signal))?.data;
  if (data === undefined) throw new TemplateMissingError(`${source.kind.toLowerCase()}s "${source.name}" not found`);
  return data;
};
