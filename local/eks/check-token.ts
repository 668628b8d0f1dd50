import { isStsHost, type Partition } from './sts-hosts.ts';

/** What a token asks of STS, or why it is not asked at all. */
export type CheckedToken =
  | { readonly ask: { readonly host: string; readonly pathAndQuery: string }; readonly why?: never }
  | { readonly why: string; readonly ask?: never };

export interface TokenContext {
  readonly partition: Partition;
  /** Epoch milliseconds */
  readonly now: number;
}

const PREFIX = 'k8s-aws-v1.';
const MAX_TOKEN_BYTES = 4_096;
const MAX_EXPIRES_SECONDS = 900;
const MAX_AGE_MILLISECONDS = 15 * 60_000;
const CLUSTER_HEADER = 'x-k8s-aws-id';

const PARAMETERS: ReadonlySet<string> = new Set([
  'Action',
  'Version',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
]);

/** An https URL with a host and a query, in visible ASCII: no user, no port, no fragment, nothing a parser would mend. */
const URL_PARTS = /^https:\/\/(?<host>[^/?#@:\\]+)(?<path>\/[^?#]*)?\?(?<query>[!"$-~]*)$/;

/**
 * What EKS looks at before it asks STS, in its order (kubernetes-sigs/aws-iam-authenticator, `pkg/token`). Where that is
 * lenient (a parser that mends URLs, line breaks within base64, the case of parameters' names, which it leaves to STS), this is
 * strict: what the real one refuses is refused here.
 */
export const checkToken = (token: string, { partition, now }: TokenContext): CheckedToken => {
  if (Buffer.byteLength(token) > MAX_TOKEN_BYTES) return { why: 'longer than 4096 bytes' };
  if (!token.startsWith(PREFIX)) return { why: `does not begin with ${PREFIX}` };
  const text = decode(token.slice(PREFIX.length));
  if (text === undefined) return { why: 'not base64url without padding' };
  const { host, path, query } = URL_PARTS.exec(text)?.groups ?? {};
  if (host === undefined || query === undefined) return { why: 'not an https URL' };
  if (!isStsHost(host, partition)) return { why: `${host} is no STS endpoint of ${partition}` };
  if (path !== '/') return { why: 'the path is not /' };
  const parameters = parseQuery(query);
  if (typeof parameters === 'string') return { why: parameters };
  const why = checkParameters(parameters, now);
  return why === undefined ? { ask: { host, pathAndQuery: `/?${query}` } } : { why };
};

const decode = (encoded: string): string | undefined =>
  /^[\w-]+$/.test(encoded) && encoded.length % 4 !== 1
    ? Buffer.from(encoded, 'base64url').toString('latin1')
    : undefined;

/** By name; or what is wrong. */
const parseQuery = (query: string): ReadonlyMap<string, string> | string => {
  const parameters = new Map<string, string>();
  for (const pair of query.split('&')) {
    const [name, value] = pair.split(/=(.*)/s).map(unescapeText);
    if (name === undefined || pair.includes(';')) return 'the query cannot be parsed';
    if (!PARAMETERS.has(name)) return `parameter ${name} is not expected`;
    if (parameters.has(name)) return `parameter ${name} is there twice`;
    if (value === undefined) return `parameter ${name} has no value`;
    parameters.set(name, value);
  }
  return parameters;
};

const unescapeText = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined; // half a percent sign
  }
};

type Check = (parameters: ReadonlyMap<string, string>, now: number) => string | undefined;

const asksWhoItIs: Check = (parameters) =>
  parameters.get('Action') === 'GetCallerIdentity' ? undefined : 'the action is not GetCallerIdentity';

const clusterIsSigned: Check = (parameters) =>
  (parameters.get('X-Amz-SignedHeaders') ?? '').toLowerCase().split(';').includes(CLUSTER_HEADER)
    ? undefined
    : `the header ${CLUSTER_HEADER} is not signed`;

const expiresInTime: Check = (parameters) => {
  const seconds = parameters.get('X-Amz-Expires') ?? '';
  return /^\d{1,9}$/.test(seconds) && Number(seconds) <= MAX_EXPIRES_SECONDS
    ? undefined
    : 'X-Amz-Expires is not within 0 and 900';
};

const isFresh: Check = (parameters, now) => {
  const signedAt = parseDate(parameters.get('X-Amz-Date') ?? '');
  if (Number.isNaN(signedAt)) return 'X-Amz-Date is no date';
  return now > signedAt + MAX_AGE_MILLISECONDS ? 'signed more than 15 minutes ago' : undefined;
};

const checks: readonly Check[] = [asksWhoItIs, clusterIsSigned, expiresInTime, isFresh];

const checkParameters: Check = (parameters, now) => {
  for (const check of checks) {
    const why = check(parameters, now);
    if (why !== undefined) return why;
  }
  return undefined;
};

/** `20260701T120000Z` in epoch milliseconds; NaN for anything else, the 31st of February included. */
const parseDate = (text: string): number => {
  const [, year, month, day, hours, minutes, seconds] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(time) || new Date(time).getUTCDate() !== Number(day) ? Number.NaN : time;
};
