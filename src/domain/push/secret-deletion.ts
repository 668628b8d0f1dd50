import { InvalidSpecError } from '../sync-error.ts';

/** How deleted secrets go, as a store says it. Days 0: after AWS's own 30. */
export interface SecretDeletion {
  readonly forceDeleteWithoutRecovery: boolean;
  readonly recoveryWindowInDays: number;
}

export const AWS_OWN_WINDOW: SecretDeletion = { forceDeleteWithoutRecovery: false, recoveryWindowInDays: 0 };

/** Why AWS would not delete a secret this way. */
export const deletionProblem = ({
  forceDeleteWithoutRecovery,
  recoveryWindowInDays: days,
}: SecretDeletion): InvalidSpecError | undefined => {
  if (days !== 0 && (days < 7 || days > 30))
    return new InvalidSpecError('invalid DeleteSecretInput: RecoveryWindowInDays must be between 7 and 30 days');
  return forceDeleteWithoutRecovery && days !== 0
    ? new InvalidSpecError('invalid DeleteSecretInput: ForceDeleteWithoutRecovery conflicts with RecoveryWindowInDays')
    : undefined;
};
