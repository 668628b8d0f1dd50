import { SignatureV4 } from '@smithy/signature-v4';
import { request } from 'undici';
import * as z from 'zod/mini';
import type { Clock } from '../../app/ports/runtime.ts';
import { partitionOf } from '../../domain/partition.ts';
import { ClusterUnreachableError } from '../../domain/sync-error.ts';
import type { EksTokenOptions } from './eks-token.ts';
import { networkCodeOf } from './exchange.ts';
import { Sha256 } from './sha256.ts';

/** Where an API server is, and which roots it is believed with. */
export interface ApiPlace {
  /** https URL */
  readonly server: string;
  /** PEM bundle, the only trusted roots */
  readonly certificateAuthority: string;
}

export interface DescribeEksOptions {
  /** May call `eks:DescribeCluster` in the cluster's account. */
  readonly credentials: EksTokenOptions['credentials'];
  readonly region: string;
  readonly clusterName: string;
  readonly clock: Pick<Clock, 'now'>;
  /** URL of another EKS, for tests. @default the Region's */
  readonly endpoint?: string;
  /** @default 3000 */
  readonly deadlineMilliseconds?: number;
}

/**
 * Asks EKS where the cluster is. One signed request rather than an SDK's client, which would be a tenth of the bundle for
 * a question that is asked a few times a year.
 * @throws ClusterUnreachableError - no answer, or none that says it
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html
 */
export const describeEks = async (options: DescribeEksOptions): Promise<ApiPlace> => {
  const { region, clusterName, deadlineMilliseconds = 3_000 } = options;
  const what = `DescribeCluster of EKS cluster ${clusterName} in ${region}`;
  const endpoint = new URL(options.endpoint ?? `https://eks.${region}.${partitionOf(region).dnsSuffix}`);
  const path = `/clusters/${encodeURIComponent(clusterName)}`;
  const signal = AbortSignal.timeout(deadlineMilliseconds);
  try {
    const headers = await sign(options, endpoint, path);
    const { statusCode, body } = await request(new URL(path, endpoint), { headers, signal });
    const answer: unknown = await body.json();
    if (statusCode !== 200) throw new ClusterUnreachableError(`${what} was refused (${statusCode}${reasonOf(answer)})`);
    return toPlace(what, answer);
  } catch (error) {
    if (error instanceof ClusterUnreachableError) throw error;
    const why = signal.aborted ? 'no answer in time' : (networkCodeOf(error) ?? nameOf(error));
    throw new ClusterUnreachableError(`${what} failed (${why})`);
  }
};

const sign = async ({ credentials, region, clock }: DescribeEksOptions, endpoint: URL, path: string) => {
  const signer = new SignatureV4({ credentials, region, service: 'eks', sha256: Sha256 });
  const { protocol, host, hostname } = endpoint;
  const unsigned = { method: 'GET', protocol, hostname, path, query: {}, headers: { host } };
  return (await signer.sign(unsigned, { signingDate: new Date(clock.now()) })).headers;
};

const answerSchema = z.object({
  cluster: z.object({ endpoint: z.url(), certificateAuthority: z.object({ data: z.string() }) }),
});

const toPlace = (what: string, answer: unknown): ApiPlace => {
  const { data } = answerSchema.safeParse(answer);
  if (data === undefined)
    throw new ClusterUnreachableError(`${what} names no API server: it may be new, or on its way out`);
  const { endpoint, certificateAuthority } = data.cluster;
  return { server: endpoint, certificateAuthority: Buffer.from(certificateAuthority.data, 'base64').toString('utf8') };
};

/** The exception's name, as `__type` or `code` have it: never the service's text. */
const reasonOf = (answer: unknown): string => {
  const { data } = z.object({ __type: z.optional(z.string()), code: z.optional(z.string()) }).safeParse(answer);
  const name = (data?.__type ?? data?.code ?? '').split('#').at(-1) ?? '';
  return /^[A-Za-z]{1,64}$/.test(name) ? ` ${name}` : '';
};

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : 'unknown error');
