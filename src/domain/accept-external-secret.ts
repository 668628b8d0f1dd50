import { type ExternalSecret, isGeneric } from './external-secret.ts';
import { refuseUnknownGenerators } from './generator-ref.ts';
import { parseManifestPath } from './manifest-path.ts';
import type { MirroredObject } from './mirrored-object.ts';
import { parseExternalSecret } from './parse-external-secret.ts';
import { DISABLED } from './plan-manifest.ts';
import { InvalidSpecError } from './sync-error.ts';
import { TargetRefusedError } from './target-error.ts';
import { refuseUnsupported } from './unsupported.ts';
import { validateExternalSecret } from './validate-external-secret.ts';

/**
 * Reads an ExternalSecret that can be followed.
 * @throws InvalidSpecError - it cannot be read, or breaks a rule
 * @throws UnsupportedError, TargetRefusedError - it asks for what is not done here
 */
export const acceptExternalSecret = (
  object: MirroredObject,
  { genericTargets }: { readonly genericTargets: boolean },
): ExternalSecret => {
  const es = parseExternalSecret(object);
  validateExternalSecret(es);
  if (isGeneric(es)) acceptGenericTarget(es, genericTargets);
  refuseUnsupported(es);
  refuseUnknownGenerators(es);
  return es;
};

/** Kinds that the service itself works for: written by a target, they would be another way around their own rules. */
const OWN_GROUPS = ['external-secrets.io/', 'generators.external-secrets.io/'];

/** @throws TargetRefusedError, InvalidSpecError */
const acceptGenericTarget = ({ target: { manifest, template } }: ExternalSecret, allowed: boolean): void => {
  const { apiVersion = '', kind = '' } = manifest ?? {};
  if (!allowed)
    throw new TargetRefusedError(
      DISABLED,
      'generic targets are disabled: spec.target.manifest needs the deploy parameter genericTargets',
    );
  if (apiVersion === '' || kind === '')
    throw new InvalidSpecError('spec.target.manifest: apiVersion and kind must not be empty');
  if (OWN_GROUPS.some((group) => apiVersion.startsWith(group)))
    throw new InvalidSpecError(`spec.target.manifest: ${kind} of ${apiVersion} is no target`);
  for (const { target } of template?.templateFrom ?? []) if (!isMap(target)) parseManifestPath(target);
};

const isMap = (target: string): boolean => ['', 'data', 'labels', 'annotations'].includes(target.toLowerCase());
