import type { AwsAnswer, AwsRequest } from './aws-server.ts';

export const STS_TARGET = 'STS.';

/** Long-lived keys that the server knows, and whose account they are of. */
export const KNOWN_KEYS = { accessKeyId: 'AKIAKNOWN', secretAccessKey: 'not-checked' } as const;
export const KNOWN_ACCOUNT = '111122223333';

const TWELVE_HOURS_SECONDS = 12 * 3_600;

/** Issues sessions, and knows whose each is. Every role may be assumed, and reads everything, unless it is denied. */
export class AwsServerSts {
  readonly #roles = new Map<string, string>();
  readonly #denied = new Set<string>();
  readonly #refused = new Set<string>();
  #sessions = 0;

  /** Sessions of the role may read nothing. */
  denyReads(roleArn: string): void {
    this.#denied.add(roleArn);
  }

  /** Nobody may assume the role. */
  refuse(roleArn: string): void {
    this.#refused.add(roleArn);
  }

  /** The role behind an access key id, or the id itself. */
  identityOf(accessKeyId: string): string {
    return this.#roles.get(accessKeyId) ?? accessKeyId;
  }

  answer({ target, input, signer }: AwsRequest): AwsAnswer {
    if (target === `${STS_TARGET}GetCallerIdentity`)
      return xml(
        `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${KNOWN_ACCOUNT}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
      );
    if (target === `${STS_TARGET}GetSessionToken`) {
      this.#sessions += 1;
      const seconds = Number(input['DurationSeconds'] ?? TWELVE_HOURS_SECONDS);
      return xml(sessionToken({ accessKeyId: `ASIASESSION${this.#sessions}`, seconds }));
    }
    const role = String(input['RoleArn']);
    if (this.#refused.has(role))
      return stsError(403, 'AccessDenied', `User ${this.identityOf(signer)} may not assume ${role}`);
    const accessKeyId = `ASIA${this.#roles.size + 1}`;
    this.#roles.set(accessKeyId, role);
    const operation = target.slice(STS_TARGET.length);
    return xml(assumedRole(operation, role, { accessKeyId, seconds: Number(input['DurationSeconds'] ?? 3600) }));
  }

  /** The answer to a read by somebody who may not. */
  denialOf({ target, signer }: AwsRequest): AwsAnswer | undefined {
    const identity = this.identityOf(signer);
    if (!this.#denied.has(identity)) return undefined;
    const message = `${identity} is not authorized to perform: ${target}`;
    return { status: 400, body: JSON.stringify({ __type: 'AccessDeniedException', Message: message }) };
  }
}

export const stsError = (status: number, code: string, message: string): AwsAnswer => ({
  status,
  contentType: 'text/xml',
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>request-1</RequestId></ErrorResponse>`,
});

const xml = (body: string): AwsAnswer => ({ status: 200, contentType: 'text/xml', body });

interface SessionKeys {
  readonly accessKeyId: string;
  readonly seconds: number;
}

/** @param operation - AssumeRole or AssumeRoleWithWebIdentity: they answer alike under names of their own */
const assumedRole = (operation: string, roleArn: string, keys: SessionKeys): string =>
  `<${operation}Response><${operation}Result>
    <AssumedRoleUser><Arn>arn:aws:sts::${roleArn.split(':')[4]}:assumed-role/x/secretcast</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>
    ${credentials(keys)}
  </${operation}Result></${operation}Response>`;

const sessionToken = (keys: SessionKeys): string =>
  `<GetSessionTokenResponse><GetSessionTokenResult>${credentials(keys)}</GetSessionTokenResult></GetSessionTokenResponse>`;

const credentials = ({ accessKeyId, seconds }: SessionKeys): string => {
  const expiration = new Date(Date.now() + seconds * 1000).toISOString();
  return `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>session-secret</SecretAccessKey><SessionToken>session-token</SessionToken><Expiration>${expiration}</Expiration></Credentials>`;
};
