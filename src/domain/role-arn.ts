/** A role by its ARN. Names are unique in an account whatever the path and the case, so account and name are the role. */
export interface RoleArn {
  readonly account: string;
  readonly name: string;
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const MAX_ARN_LENGTH = 2_048;

/** A wildcard, a character that some layer might decode, and a fragment of another ARN have no place in it. */
const ROLE_ARN = /^arn:aws(?:-[a-z]+)*:iam::(\d{12}):role\/(?:[\w+=,.@-]+\/)*([\w+=,.@-]{1,64})$/;

/** Undefined: not the ARN of a role; a bare name is none, nor are wildcards, or a session's ARN. */
export const parseRoleArn = (text: string): RoleArn | undefined => {
  const [, account, name] = (text.length <= MAX_ARN_LENGTH && ROLE_ARN.exec(text)) || [];
  return account === undefined || name === undefined ? undefined : { account, name };
};

/** Whether two ARNs name one role, however they spell it. */
export const isSameRole = (one: RoleArn, other: RoleArn): boolean =>
  one.account === other.account && one.name.toLowerCase() === other.name.toLowerCase();
