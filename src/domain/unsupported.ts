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

const unsupportedField = (es: ExternalSecret): string | undefined => {
  const index = es.data.findIndex(({ generator }) => generator);
  return index === -1 ? undefined : `spec.data[${index}].sourceRef.generatorRef`;
};
