import type { ExternalSecret } from './external-secret.ts';
import type { MirroredObject } from './mirrored-object.ts';
import { parseExternalSecret } from './parse-external-secret.ts';
import { refuseUnsupported } from './unsupported.ts';
import { validateExternalSecret } from './validate-external-secret.ts';

/**
 * Reads an ExternalSecret that can be followed.
 * @throws InvalidSpecError - it cannot be read, or breaks a rule
 * @throws UnsupportedError, TargetRefusedError - it asks for what is not done here
 */
export const acceptExternalSecret = (object: MirroredObject): ExternalSecret => {
  const es = parseExternalSecret(object);
  validateExternalSecret(es);
  refuseUnsupported(es);
  return es;
};
