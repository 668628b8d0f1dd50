import { SyncError } from '../src/domain/sync-error.ts';
import { CliError } from './cli-error.ts';

/** What may be shown of a failure. */
export interface Explanation {
  readonly what: string;
  readonly hints: readonly string[];
}

/**
 * Says what went wrong in words of ours. Clients' errors may quote requests, tokens and files; of those only names get
 * through, and the text of AWS's own refusals, which names identity, action and resource.
 */
export const explainError = (error: unknown): Explanation => {
  if (error instanceof CliError) return { what: error.message, hints: error.hints };
  const cause = causes(error)
    .map(explainAws)
    .find((explanation) => explanation !== undefined);
  if (cause !== undefined) return cause;
  if (error instanceof SyncError) return { what: error.message, hints: [] };
  const name = error instanceof Error ? error.name : typeof error;
  return {
    what: `unexpected ${name}`,
    hints: ['This is a bug of secretcast; please report it with the command you ran.'],
  };
};

const causes = (error: unknown): readonly Error[] => (error instanceof Error ? [error, ...causes(error.cause)] : []);

const CREDENTIALS_HINT =
  'Sign in to the account of the service, for example with `aws sso login`, or set AWS_PROFILE; `aws sts get-caller-identity` shows who you are.';

const explainAws = (error: Error): Explanation | undefined => {
  if (error.name === 'CredentialsProviderError' || error.name === 'TokenProviderError')
    return { what: 'no usable AWS credentials were found', hints: [CREDENTIALS_HINT] };
  if (CREDENTIALS_REFUSED.has(error.name))
    return { what: `AWS does not accept the credentials (${error.name})`, hints: [CREDENTIALS_HINT] };
  if (DENIED.has(error.name)) return { what: `AWS denied it: ${firstLine(error.message)}`, hints: [] };
  if (error.message === 'Region is missing')
    return { what: 'the AWS Region of the service is not known', hints: ['Give --region, or set AWS_REGION.'] };
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'string' && NETWORK.test(code))
    return {
      what: `no connection to AWS (${code})`,
      hints: ['Check the network and --endpoint-url. For a local stack: is `npm start` still running?'],
    };
  return undefined;
};

const CREDENTIALS_REFUSED: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);
const DENIED: ReadonlySet<string> = new Set(['AccessDenied', 'AccessDeniedException']);
const NETWORK = /^(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 600);
