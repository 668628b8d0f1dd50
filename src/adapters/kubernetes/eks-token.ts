import { SignatureV4 } from '@smithy/signature-v4';
import type { Clock } from '../../app/ports/runtime.ts';
import { partitionOf } from '../../domain/partition.ts';
import { ClusterForbiddenError } from '../../domain/sync-error.ts';
import { Sha256 } from './sha256.ts';

type SignerOptions = ConstructorParameters<typeof SignatureV4>[0];
type CredentialSource = SignerOptions['credentials'];
type Identity = Extract<CredentialSource, { readonly accessKeyId: string }>;

export interface EksTokenOptions {
  /** Of the role that the cluster's access entry names. */
  readonly credentials: CredentialSource;
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
   * Signed on this machine, kept for 14 of its 15 minutes, and no longer than the session that signed it.
   * @throws ClusterForbiddenError - EKS would refuse it for its length; and whatever the credentials fail with
   */
  get(): Promise<string>;
  /** Makes the next one anew: an API server did not accept the current one. */
  forget(): void;
}

const REFRESH_AFTER_MILLISECONDS = 14 * 60_000;
/** EKS asks STS when it gets the token: the session must live then. */
const SESSION_MARGIN_MILLISECONDS = 60_000;
/** STS does not heed it, EKS asks for 0 to 900. */
const EXPIRES_SECONDS = 60;
const MAX_TOKEN_BYTES = 4_096;

/**
 * A presigned `sts:GetCallerIdentity` that EKS replays: https://docs.aws.amazon.com/eks/latest/userguide/cluster-auth.html
 * The cluster's name is a signed header, so that a token for one cluster is worth nothing at another. EKS refuses any
 * query parameter it does not know; therefore a bare signer and not an SDK client.
 */
export const createEksToken = (options: EksTokenOptions): EksToken => {
  const { clock } = options;
  let kept: Promise<SignedToken> | undefined;

  const renew = (now: number): Promise<SignedToken> => {
    const made = makeToken(options, now);
    kept = made;
    made.catch(() => {
      if (kept === made) kept = undefined; // a failure is not kept
    });
    return made;
  };

  return {
    get: async () => {
      const now = clock.now();
      const seen = kept;
      const current = await seen;
      if (current !== undefined && now < current.usedUntil) return current.token;
      const renewed = kept !== undefined && kept !== seen ? kept : renew(now); // another call may have been quicker
      return (await renewed).token;
    },
    forget: () => {
      kept = undefined;
    },
  };
};

interface SignedToken {
  readonly token: string;
  /** Epoch milliseconds */
  readonly usedUntil: number;
}

const makeToken = async (options: EksTokenOptions, now: number): Promise<SignedToken> => {
  const { credentials, region } = options;
  const identity: Identity = typeof credentials === 'function' ? await credentials() : credentials;
  const signer = new SignatureV4({ credentials: identity, region, service: 'sts', sha256: Sha256 });
  const sessionEnd = identity.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
  const usedUntil = Math.min(now + REFRESH_AFTER_MILLISECONDS, sessionEnd - SESSION_MARGIN_MILLISECONDS);
  return { token: await sign(signer, options, now), usedUntil };
};

const sign = async (signer: SignatureV4, options: EksTokenOptions, now: number): Promise<string> => {
  const { region, clusterName, stsEndpoint = `https://sts.${region}.${partitionOf(region).dnsSuffix}` } = options;
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
