const PREFIX = 'k8s-aws-v1.';

/** The parameters EKS knows, all of which a token has. */
export const TOKEN_PARAMETERS = [
  'Action',
  'Version',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
] as const;

/** The presigned URL within an EKS bearer token. */
export const decodeToken = (token: string): string =>
  Buffer.from(token.slice(PREFIX.length), 'base64url').toString('latin1');

/** The token that a URL makes, whatever the URL is. */
export const encodeToken = (url: string): string => PREFIX + Buffer.from(url, 'latin1').toString('base64url');

/** Text only: nothing is parsed, escaped or put in order. */
export const changeParameter = (url: string, name: string, change: (pair: string) => readonly string[]): string => {
  const [before = '', query = ''] = url.split('?');
  const pairs = query.split('&').flatMap((pair) => (pair.startsWith(`${name}=`) ? change(pair) : [pair]));
  return `${before}?${pairs.join('&')}`;
};
