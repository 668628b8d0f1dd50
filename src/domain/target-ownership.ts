import type { ExternalSecret } from './external-secret.ts';
import { createdByHash } from './hashes.ts';
import { TargetRefusedError } from './target-error.ts';
import type { OwnerReference } from './target-secret.ts';

export const CREATED_BY_LABEL = 'reconcile.external-secrets.io/created-by';

/** What ownership is about, of a Secret or of any other target. */
interface Owned {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ownerReferences: readonly OwnerReference[];
}

const API_GROUP = 'external-secrets.io';

/** Controller of `secret`, when it is an ExternalSecret of any version. */
export const owningExternalSecret = (secret: Pick<Owned, 'ownerReferences'>): OwnerReference | undefined =>
  secret.ownerReferences.find((reference) => reference.controller === true && isExternalSecret(reference));

/**
 * Puts our owner reference and label on, or takes them off, as `creationPolicy` says.
 * @throws TargetRefusedError - the Secret is controlled by another ExternalSecret, or (Owner) by anything else
 */
export const withOwnership = <T extends Owned>(secret: T, es: ExternalSecret): T => {
  refuseOtherExternalSecret(secret, es);
  if (es.target.creationPolicy !== 'Owner') return disown(secret, es);
  refuseOtherController(secret, es);
  const ours: OwnerReference = {
    apiVersion: `${API_GROUP}/v1`,
    kind: 'ExternalSecret',
    name: es.name,
    uid: es.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  const index = secret.ownerReferences.findIndex((reference) => isOurs(reference, es));
  return {
    ...secret,
    ownerReferences: index < 0 ? [...secret.ownerReferences, ours] : secret.ownerReferences.with(index, ours),
    labels: { ...secret.labels, [CREATED_BY_LABEL]: createdByHash(es.namespace, es.name) },
  };
};

const disown = <T extends Owned>(secret: T, es: ExternalSecret): T => {
  const { [CREATED_BY_LABEL]: _, ...labels } = secret.labels;
  return { ...secret, labels, ownerReferences: secret.ownerReferences.filter((reference) => !isOurs(reference, es)) };
};

const refuseOtherExternalSecret = (secret: Owned, es: ExternalSecret): void => {
  const owner = owningExternalSecret(secret);
  if (owner === undefined || owner.name === es.name) return;
  throw new TargetRefusedError(
    'target is owned by another ExternalSecret',
    `unable to mutate secret ${secret.name}: secret is owned by another ExternalSecret: ${owner.name}`,
  );
};

const refuseOtherController = (secret: Owned, es: ExternalSecret): void => {
  const controller = secret.ownerReferences.find((reference) => reference.controller === true);
  if (controller === undefined || isOurs(controller, es)) return;
  throw new TargetRefusedError(
    'failed to take ownership of target secret',
    `unable to mutate secret ${secret.name}: could not set controller reference on secret: ` +
      `Object ${secret.namespace}/${secret.name} is already owned by another ${controller.kind} controller ${controller.name}`,
  );
};

const isExternalSecret = ({ apiVersion, kind }: OwnerReference): boolean =>
  kind === 'ExternalSecret' && apiVersion.startsWith(`${API_GROUP}/`);

const isOurs = (reference: OwnerReference, es: ExternalSecret): boolean =>
  isExternalSecret(reference) && reference.name === es.name;
