import type { ExternalSecret } from './external-secret.ts';
import { UnsupportedError } from './sync-error.ts';
import { TargetRefusedError } from './target-error.ts';

/**
 * Refuses what a later release will do, rather than doing half of it.
 * @throws UnsupportedError - names the field
 * @throws TargetRefusedError - the target is not a Secret
 */
export const refuseUnsupported = (es: ExternalSecret): void => {
  if (es.target.manifest !== undefined)
    throw new TargetRefusedError(
      'invalid generic target',
      'generic targets are disabled: only Secrets are written, remove spec.target.manifest',
    );
  const field = unsupportedField(es);
  if (field !== undefined) throw new UnsupportedError(field);
};

const unsupportedField = (es: ExternalSecret): string | undefined =>
  firstDefined([...es.dataFrom.map(unsupportedInDataFrom), ...es.data.map(unsupportedInData)]);

const unsupportedInDataFrom = (entry: ExternalSecret['dataFrom'][number], index: number): string | undefined => {
  const path = `spec.dataFrom[${index}]`;
  if (entry.find) return `${path}.find`;
  if (entry.sourceRef === 'generator') return `${path}.sourceRef.generatorRef`;
  return undefined;
};

const unsupportedInData = (entry: ExternalSecret['data'][number], index: number): string | undefined =>
  entry.generator ? `spec.data[${index}].sourceRef.generatorRef` : undefined;

const firstDefined = (fields: readonly (string | undefined)[]): string | undefined =>
  fields.find((field) => field !== undefined);
