import { request } from 'node:http';
import { type AccessEntry, type CallerIdentity, type ReviewedUser, toReviewedUser } from './access-entries.ts';
import { checkToken } from './check-token.ts';
import type { Partition } from './sts-hosts.ts';

export interface EksAuthenticatorOptions {
  /** The only cluster that tokens may be for. */
  readonly clusterName: string;
  readonly accessEntries: () => readonly AccessEntry[];
  /** `http://HOST:PORT` of the STS that stands for every STS endpoint of AWS. */
  readonly sts: string;
  /** Epoch milliseconds. @default that of this machine */
  readonly now?: () => number;
  /** @default 'aws' */
  readonly partition?: Partition;
}

/** Who a token is, or why nobody. */
export type Verdict =
  | { readonly user: ReviewedUser; readonly why?: never }
  | { readonly why: string; readonly user?: never };

export type JudgeToken = (token: string) => Promise<Verdict>;

const STS_DEADLINE_MILLISECONDS = 5_000;

/**
 * Judges the bearer tokens of one EKS cluster as aws-iam-authenticator does: looks at the token, asks STS with the cluster's own
 * name in the signed header, and looks for an access entry of whom STS names. The request goes to another address than the
 * token says and is the same otherwise, its Host header too, which is signed.
 */
export const createEksAuthenticator = (options: EksAuthenticatorOptions): JudgeToken => {
  const { clusterName, accessEntries, sts, now = Date.now, partition = 'aws' } = options;
  return async (token) => {
    const { ask, why } = checkToken(token, { partition, now: now() });
    if (ask === undefined) return { why };
    const { status, body } = await get(sts + ask.pathAndQuery, { host: ask.host, 'x-k8s-aws-id': clusterName });
    if (status !== 200) return { why: `STS answered ${status} (${textOf(body, 'Code') ?? 'no code'})` };
    const caller = toCallerIdentity(body);
    if (caller === undefined) return { why: 'STS named nobody' };
    const user = toReviewedUser(caller, accessEntries());
    return user === undefined ? { why: `no access entry names ${caller.arn}` } : { user };
  };
};

/** Follows no redirect. */
const get = (
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly body: string }> =>
  new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(STS_DEADLINE_MILLISECONDS);
    const asking = request(url, { headers, signal, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    asking.on('error', reject);
    asking.end();
  });

const toCallerIdentity = (body: string): CallerIdentity | undefined => {
  const [account, arn, userId] = ['Account', 'Arn', 'UserId'].map((element) => textOf(body, element));
  return account === undefined || arn === undefined || userId === undefined ? undefined : { account, arn, userId };
};

/** The local STS answers in XML, whatever it is asked to accept. */
const textOf = (xml: string, element: string): string | undefined =>
  new RegExp(`<${element}>([^<]+)</${element}>`).exec(xml)?.[1];
