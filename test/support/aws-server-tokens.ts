import type { AwsAnswer, AwsRequest } from './aws-server.ts';
import { success } from './aws-server-secrets.ts';

export const ECR_TARGET = 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken';
export const ECR_PUBLIC_TARGET = 'SpencerFrontendService.GetAuthorizationToken';

const TWELVE_HOURS_SECONDS = 12 * 3_600;

/** What the registries issue, numbered by `count`. */
export const answerRegistry = ({ target }: AwsRequest, count: number): AwsAnswer | undefined => {
  const token = {
    authorizationToken: Buffer.from(`AWS:password-${count}`).toString('base64'),
    expiresAt: Math.floor(Date.now() / 1_000) + TWELVE_HOURS_SECONDS,
  };
  if (target === ECR_PUBLIC_TARGET) return success({ authorizationData: token });
  const proxyEndpoint = 'https://111122223333.dkr.ecr.eu-central-1.amazonaws.com';
  return target === ECR_TARGET ? success({ authorizationData: [{ ...token, proxyEndpoint }] }) : undefined;
};
