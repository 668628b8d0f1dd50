/** What lets an IAM role into a cluster: https://docs.aws.amazon.com/eks/latest/userguide/creating-access-entries.html */
export interface AccessEntry {
  /** `arn:aws:iam::ACCOUNT:role/PATH/NAME` or `…:user/…`, of any account. */
  readonly principalArn: string;
  readonly kubernetesGroups: readonly string[];
  /** `{{SessionName}}` stands for that of the session. @default the session's own ARN, for a role */
  readonly username?: string;
}

/** Of STS's answer to GetCallerIdentity. */
export interface CallerIdentity {
  readonly account: string;
  readonly arn: string;
  readonly userId: string;
}

/** `status.user` of a TokenReview. */
export interface ReviewedUser {
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** @returns undefined: no entry names the caller */
export const toReviewedUser = (caller: CallerIdentity, entries: readonly AccessEntry[]): ReviewedUser | undefined => {
  const { principal, sessionName } = principalOf(caller.arn);
  const entry = entries.find(({ principalArn }) => withoutPath(principalArn) === principal);
  if (entry === undefined) return undefined;
  const { username = defaultUsername(caller.arn), kubernetesGroups } = entry;
  return {
    // As EKS has it: a session's name cannot pretend to be an address.
    username: username.replaceAll('{{SessionName}}', sessionName.replaceAll('@', '-')),
    uid: `aws-iam-authenticator:${caller.account}:${caller.userId.split(':')[0]}`,
    groups: kubernetesGroups,
    extra: {
      arn: [caller.arn],
      canonicalArn: [entry.principalArn],
      sessionName: [sessionName],
      principalId: [caller.userId],
    },
  };
};

const SESSION = /^arn:(?<partition>[\w-]+):sts::(?<account>\d{12}):assumed-role\/(?<role>[^/]+)\/(?<session>[^/]+)$/;

/** A session stands for its role. STS tells no role's path, and an account has no two roles of one name. */
const principalOf = (arn: string): { readonly principal: string; readonly sessionName: string } => {
  const { partition, account, role, session = '' } = SESSION.exec(arn)?.groups ?? {};
  return role === undefined
    ? { principal: withoutPath(arn), sessionName: '' }
    : { principal: `arn:${partition}:iam::${account}:role/${role}`, sessionName: session };
};

const withoutPath = (arn: string): string => arn.replace(/:(role|user)\/.*\//, ':$1/');

const defaultUsername = (arn: string): string => arn.replace(/(:assumed-role\/[^/]+)\/.*$/, '$1/{{SessionName}}');
