import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import type { IssuedToken } from '../../app/ports/token-issuer.ts';
import type { TokenRequest } from '../../domain/aws-generator.ts';
import type { Credentials } from '../../domain/identity-plan.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import { InvalidSecretValueError } from '../../domain/sync-error.ts';
import type { AwsOperation } from './aws-error.ts';
import type { CallAws } from './call-aws.ts';
import { type ClientPlace, clientSettings } from './client-settings.ts';

const GET_SESSION_TOKEN: AwsOperation = {
  service: 'STS',
  name: 'GetSessionToken',
  exceptions: ['RegionDisabledException'],
  prefix: 'unable to get authorization token: ',
};

/** Where, as whom, and within which limits something is issued. */
export interface IssueOptions {
  readonly place: ClientPlace;
  readonly keys: () => Promise<Credentials>;
  readonly call: CallAws;
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html */
export const issueSessionToken = async (
  { durationSeconds, serialNumber, tokenCode }: Extract<TokenRequest, { type: 'session' }>,
  { place, keys, call }: IssueOptions,
  signal?: AbortSignal,
): Promise<IssuedToken> => {
  const client = new STSClient({ ...clientSettings(place, { maxAttempts: 3 }), credentials: keys });
  const command = new GetSessionTokenCommand({
    DurationSeconds: durationSeconds,
    SerialNumber: serialNumber,
    TokenCode: tokenCode,
  });
  try {
    const answer = await call(GET_SESSION_TOKEN, (abortSignal) => client.send(command, { abortSignal }), signal);
    return toToken(answer.Credentials);
  } finally {
    client.destroy();
  }
};

interface SessionKeys {
  readonly AccessKeyId: string | undefined;
  readonly SecretAccessKey: string | undefined;
  readonly SessionToken: string | undefined;
  readonly Expiration: Date | undefined;
}

const toToken = (keys: SessionKeys | undefined): IssuedToken => {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = keys ?? {};
  if (
    AccessKeyId === undefined ||
    SecretAccessKey === undefined ||
    SessionToken === undefined ||
    Expiration === undefined
  )
    throw new InvalidSecretValueError('no credentials found');
  return {
    values: new Map([
      ['access_key_id', SecretValue.fromText(AccessKeyId)],
      ['secret_access_key', SecretValue.fromText(SecretAccessKey)],
      ['session_token', SecretValue.fromText(SessionToken)],
      ['expiration', unixSeconds(Expiration)],
    ]),
    expiresAt: Expiration.getTime(),
  };
};

/** A moment as generated values tell it. */
export const unixSeconds = (at: Date): SecretValue => SecretValue.fromText(String(Math.floor(at.getTime() / 1_000)));
