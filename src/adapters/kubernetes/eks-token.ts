import { SignatureV4 } from '@smithy/signature-v4';
import type { Clock } from '../../app/ports/runtime.ts';
import { dnsSuffix } from '../../domain/partition.ts';
import { ClusterForbiddenError } from '../../domain/sync-error.ts';
import { Sha256 } from './sha256.ts';

type SignerOptions = ConstructorParameters<typeof SignatureV4>[0];

export interface EksTokenOptions {
  /** Of the role that the cluster's access entry names. */
  readonly credentials: SignerOptions['credentials'];
  /** The cluster's Region; its STS endpoint is the one asked. */
  readonly region: string;
  /** Name of the cluster; for local clusters on Outposts the id. */
  readonly clusterName: string;
  readonly clock: Pick<Clock, 'now'>;
  /** URL of another STS, for tests. @default the Region's */
  readonly stsEndpoint?: string;
}

/** The bearer tokens of one EKS cluster. */
export interface EksToken {
  /**
   * Signed on this machine, kept for 14 of its 15 minutes.
   * @throws ClusterForbiddenError - EKS would refuse it for its length; and whatever the credentials fail with
   */
  get(): Promise<string>;
  /** Makes the next one anew: an API server did not accept the current one. */
  forget(): void;
}

const REFRESH_AFTER_MILLISECONDS = 14 * 60_000;
/** STS does not heed it, EKS asks for 0 to 900. */
const EXPIRES_SECONDS = 60;
const MAX_TOKEN_BYTES = 4_096;

/**
 * A presigned `sts:GetCallerIdentity` that EKS replays: https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html
 * The cluster's name is a signed header, so that a token for one cluster is worth nothing at another. EKS refuses any
 * query parameter it does not know; therefore a bare signer and not an SDK client.
 */
export const createEksToken = (options: EksTokenOptions): EksToken => {
  const { credentials, region, clock } = options;
  const signer = new SignatureV4({ credentials, region, service: 'sts', sha256: Sha256 });
  let kept: { readonly token: Promise<string>; readonly signedAt: number } | undefined;

  const renew = (signedAt: number): Promise<string> => {
    const token = sign(signer, options, signedAt);
    const made = { token, signedAt };
    kept = made;
    token.catch(() => {
      if (kept === made) kept = undefined; // a failure is not kept
    });
    return token;
  };

  return {
    get: async () => {
      const now = clock.now();
      return kept !== undefined && now - kept.signedAt < REFRESH_AFTER_MILLISECONDS ? kept.token : renew(now);
    },
    forget: () => {
      kept = undefined;
    },
  };
};

const sign = async (signer: SignatureV4, options: EksTokenOptions, now: number): Promise<string> => {
  const { region, clusterName, stsEndpoint = `https://sts.${region}.${dnsSuffix(region)}` } = options;
  const { protocol, host, hostname, port } = new URL(stsEndpoint);
  const signed = await signer.presign(
    {
      method: 'GET',
      protocol,
      hostname,
      ...(port !== '' && { port: Number(port) }),
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host, 'x-k8s-aws-id': clusterName },
    },
    { expiresIn: EXPIRES_SECONDS, signingDate: new Date(now) },
  );
  const query = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${name}=${encodeURIComponent(String(value))}`,
  );
  const token = `k8s-aws-v1.${Buffer.from(`${protocol}//${host}/?${query.join('&')}`).toString('base64url')}`;
  if (token.length > MAX_TOKEN_BYTES)
    throw new ClusterForbiddenError(
      'the EKS token is longer than 4096 bytes: its session carries too many tags or policies',
    );
  return token;
};
