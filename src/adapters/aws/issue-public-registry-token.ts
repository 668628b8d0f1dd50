import { ECRPUBLICClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr-public';
import type { IssuedToken } from '../../app/ports/token-issuer.ts';
import type { AwsOperation } from './aws-error.ts';
import { clientSettings } from './client-settings.ts';
import type { IssueOptions } from './issue-session-token.ts';
import { registryLogin } from './registry-login.ts';

const GET_AUTHORIZATION_TOKEN: AwsOperation = {
  service: 'ECR PUBLIC',
  name: 'GetAuthorizationToken',
  exceptions: ['InvalidParameterException', 'ServerException', 'UnsupportedCommandException'],
  prefix: 'unable to get public authorization token: ',
};

/** https://docs.aws.amazon.com/AmazonECRPublic/latest/APIReference/API_GetAuthorizationToken.html */
export const issuePublicRegistryToken = async (
  { place, keys, call }: IssueOptions,
  signal?: AbortSignal,
): Promise<IssuedToken> => {
  const client = new ECRPUBLICClient({ ...clientSettings(place, { maxAttempts: 3 }), credentials: keys });
  const command = new GetAuthorizationTokenCommand({});
  try {
    const answer = await call(GET_AUTHORIZATION_TOKEN, (abortSignal) => client.send(command, { abortSignal }), signal);
    return registryLogin(answer.authorizationData ?? {});
  } finally {
    client.destroy();
  }
};
