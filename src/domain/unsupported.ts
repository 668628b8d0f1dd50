import type { ExternalSecret } from './external-secret.ts';
import { UnsupportedError } from './sync-error.ts';

/**
 * Refuses what a later release will do, rather than doing half of it.
 * @throws UnsupportedError - names the field
 */
export const refuseUnsupported = (es: ExternalSecret): void => {
  const field = unsupportedField(es);
  if (field !== undefined) throw new UnsupportedError(field);
};

const unsupportedField = (es: ExternalSecret): string | undefined => {
  const index = es.data.findIndex(({ generator }) => generator);
  return index === -1 ? undefined : `spec.data[${index}].sourceRef.generatorRef`;
};
