import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import type { IssuedToken } from '../../app/ports/token-issuer.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import { InvalidSecretValueError } from '../../domain/sync-error.ts';
import type { AwsOperation } from './aws-error.ts';
import { clientSettings } from './client-settings.ts';
import type { IssueOptions } from './issue-session-token.ts';
import { registryLogin } from './registry-login.ts';

const GET_AUTHORIZATION_TOKEN: AwsOperation = {
  service: 'ECR',
  name: 'GetAuthorizationToken',
  exceptions: ['InvalidParameterException', 'ServerException'],
  prefix: 'unable to get authorization token: ',
};

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html */
export const issueRegistryToken = async (
  { place, keys, call }: IssueOptions,
  signal?: AbortSignal,
): Promise<IssuedToken> => {
  const client = new ECRClient({ ...clientSettings(place, { maxAttempts: 3 }), credentials: keys });
  const command = new GetAuthorizationTokenCommand({});
  try {
    const answer = await call(GET_AUTHORIZATION_TOKEN, (abortSignal) => client.send(command, { abortSignal }), signal);
    const tokens = answer.authorizationData ?? [];
    const [token] = tokens;
    if (token === undefined || tokens.length > 1)
      throw new InvalidSecretValueError(
        `unexpected number of authorization tokens. expected 1, found ${tokens.length}`,
      );
    const { values, ...rest } = registryLogin(token);
    return {
      ...rest,
      values: new Map([...values, ['proxy_endpoint', SecretValue.fromText(token.proxyEndpoint ?? '')]]),
    };
  } finally {
    client.destroy();
  }
};
