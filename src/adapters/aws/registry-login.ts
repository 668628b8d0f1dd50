import type { IssuedToken } from '../../app/ports/token-issuer.ts';
import { decodeBase64 } from '../../domain/go-base64.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import { InvalidSecretValueError } from '../../domain/sync-error.ts';
import { unixSeconds } from './issue-session-token.ts';

interface AuthorizationData {
  /** Base64 of `user:password`. */
  readonly authorizationToken?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

/**
 * User and password out of what a registry issued.
 * @throws InvalidSecretValueError - not exactly one colon, or no end; the message quotes nothing
 */
export const registryLogin = ({ authorizationToken = '', expiresAt }: AuthorizationData): IssuedToken => {
  const decoded = decodeBase64(Buffer.from(authorizationToken), 'standard');
  const [username, password, ...more] = decoded.ok ? Buffer.from(decoded.bytes).toString('utf8').split(':') : [];
  if (username === undefined || password === undefined || more.length > 0 || expiresAt === undefined)
    throw new InvalidSecretValueError('unexpected token format');
  return {
    values: new Map([
      ['username', SecretValue.fromText(username)],
      ['password', SecretValue.fromText(password)],
      ['expires_at', unixSeconds(expiresAt)],
    ]),
    expiresAt: expiresAt.getTime(),
  };
};
