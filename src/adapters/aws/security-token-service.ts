import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
  type STSClientConfig,
} from '@aws-sdk/client-sts';
import type { Credentials, RoleHop, SessionTag } from '../../domain/identity-plan.ts';
import type { SecretValue } from '../../domain/secret-value.ts';
import { StoreAccessDeniedError } from '../../domain/sync-error.ts';
import type { AwsOperation } from './aws-error.ts';
import type { CallAws } from './call-aws.ts';
import { clientSettings } from './client-settings.ts';
import { Recent } from './recent.ts';

const ASSUME_ROLE: AwsOperation = {
  service: 'STS',
  name: 'AssumeRole',
  exceptions: ['ExpiredTokenException', 'MalformedPolicyDocument', 'PackedPolicyTooLarge', 'RegionDisabledException'],
};
const ASSUME_ROLE_WITH_WEB_IDENTITY: AwsOperation = {
  service: 'STS',
  name: 'AssumeRoleWithWebIdentity',
  exceptions: [
    'ExpiredTokenException',
    'IDPCommunicationError',
    'IDPRejectedClaim',
    'InvalidIdentityToken',
    'MalformedPolicyDocument',
    'PackedPolicyTooLarge',
    'RegionDisabledException',
  ],
};
const GET_CALLER_IDENTITY: AwsOperation = { service: 'STS', name: 'GetCallerIdentity', exceptions: [] };

/** The shortest AWS gives; a session that leaks is worth little. */
const SESSION_SECONDS = 900;
const SESSION_NAME = 'secretcast';
/** The reference's own: trust policies and alarms of its users may name it. */
const WEB_IDENTITY_SESSION_NAME = 'external-secrets-provider-aws';
/** Clients kept, one a Region. */
const MAX_CLIENTS = 20;

/** An identity in use. */
export interface Session {
  readonly credentials: Credentials;
  readonly account: string;
  /** Epoch milliseconds. Absent: static keys. */
  readonly expiresAt?: number;
}

/** Who signs a call: keys, or the hub itself. */
export type Signer = Credentials | 'hub';

export interface SecurityTokenService {
  /** @throws StoreAccessDeniedError, StoreUnavailableError, StoreRejectedError */
  assumeRole(hop: RoleHop, from: { readonly signer: Signer; readonly region: string }): Promise<Session>;
  /** For as long as STS gives without being asked: an hour. The call is not signed; the token says who asks. */
  assumeRoleWithWebIdentity(
    identity: { readonly roleArn: string; readonly token: SecretValue },
    region: string,
  ): Promise<Session>;
  /** The account that keys belong to. */
  accountOf(credentials: Credentials, region: string): Promise<string>;
  close(): void;
}

export interface SecurityTokenServiceOptions {
  readonly endpoint?: string | undefined;
  /** @default the SDK's own chain: the execution role, in Lambda */
  readonly hubCredentials?: STSClientConfig['credentials'];
  readonly call: CallAws;
}

/** Calls the STS of a store's own Region. A store's retry settings are not for these calls. */
export const createSecurityTokenService = (options: SecurityTokenServiceOptions): SecurityTokenService => {
  const { endpoint, hubCredentials, call } = options;
  const hubClients = new Recent<STSClient>(MAX_CLIENTS, (client) => client.destroy());

  const makeClient = (region: string, credentials: STSClientConfig['credentials']): STSClient =>
    new STSClient({
      ...clientSettings({ region, endpoint }, { maxAttempts: 3 }),
      ...(credentials === undefined ? {} : { credentials }),
    });

  const withClient = async <T>(
    { signer, region }: { readonly signer: Signer; readonly region: string },
    use: (client: STSClient) => Promise<T>,
  ): Promise<T> => {
    if (signer === 'hub') return use(hubClients.getOrMake(region, () => makeClient(region, hubCredentials)));
    const client = makeClient(region, { ...signer }); // a copy: the SDK writes into it. Used once in a session's life
    try {
      return await use(client);
    } finally {
      client.destroy();
    }
  };

  return {
    /** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
    assumeRole: (hop, from) =>
      withClient(from, async (client) => {
        const command = new AssumeRoleCommand(toInput(hop));
        return toSession(await call(ASSUME_ROLE, (abortSignal) => client.send(command, { abortSignal })), {
          operation: 'AssumeRole',
          roleArn: hop.roleArn,
        });
      }),
    /** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
    assumeRoleWithWebIdentity: ({ roleArn, token }, region) =>
      withClient({ signer: 'hub', region }, async (client) => {
        const command = new AssumeRoleWithWebIdentityCommand({
          RoleArn: roleArn,
          RoleSessionName: WEB_IDENTITY_SESSION_NAME,
          WebIdentityToken: token.revealText(),
        });
        const answer = await call(ASSUME_ROLE_WITH_WEB_IDENTITY, (abortSignal) =>
          client.send(command, { abortSignal }),
        );
        return toSession(answer, { operation: 'AssumeRoleWithWebIdentity', roleArn });
      }),
    /** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
    accountOf: (credentials, region) =>
      withClient({ signer: credentials, region }, async (client) => {
        const command = new GetCallerIdentityCommand({});
        const { Account = '' } = await call(GET_CALLER_IDENTITY, (abortSignal) =>
          client.send(command, { abortSignal }),
        );
        return Account;
      }),
    close: () => {
      for (const client of hubClients.values()) client.destroy();
    },
  };
};

const toInput = ({ roleArn, externalId, sessionTags, transitiveTagKeys }: RoleHop) => ({
  RoleArn: roleArn,
  RoleSessionName: SESSION_NAME,
  DurationSeconds: SESSION_SECONDS,
  ...(externalId === undefined ? {} : { ExternalId: externalId }),
  // Without tags nothing is sent: trust policies need no sts:TagSession then.
  ...(sessionTags.length === 0 ? {} : { Tags: sessionTags.map(toTag) }),
  ...(transitiveTagKeys.length === 0 ? {} : { TransitiveTagKeys: [...transitiveTagKeys] }),
});

const toTag = ({ key, value }: SessionTag) => ({ Key: key, Value: value });

interface AssumedRole {
  readonly Credentials?:
    | {
        readonly AccessKeyId: string | undefined;
        readonly SecretAccessKey: string | undefined;
        readonly SessionToken: string | undefined;
        readonly Expiration: Date | undefined;
      }
    | undefined;
  readonly AssumedRoleUser?: { readonly Arn: string | undefined } | undefined;
}

const toSession = (
  { Credentials, AssumedRoleUser }: AssumedRole,
  { operation, roleArn }: { readonly operation: string; readonly roleArn: string },
): Session => {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
  if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined)
    throw new StoreAccessDeniedError(`operation error STS: ${operation}, no credentials in the answer for ${roleArn}`);
  return {
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
    account: accountIn(AssumedRoleUser?.Arn ?? roleArn),
    expiresAt: Expiration?.getTime() ?? 0,
  };
};

/** `arn:PARTITION:iam::ACCOUNT:…` */
const accountIn = (arn: string): string => arn.split(':')[4] ?? '';
