import type { STSClientConfig } from '@aws-sdk/client-sts';
import type { BaseCredentials } from '../../app/ports/secret-reader.ts';
import type { IssuedToken, TokenIssuer } from '../../app/ports/token-issuer.ts';
import type { Credentials } from '../../domain/identity-plan.ts';
import type { GenerationPlan } from '../../domain/plan-generation.ts';
import { createCallAws } from './call-aws.ts';
import { type IssueOptions, issueSessionToken } from './issue-session-token.ts';
import { createSecurityTokenService } from './security-token-service.ts';
import { chainOf, createSessions, isWebIdentity } from './sessions.ts';

const MAX_ATTEMPTS = 3;

export interface TokenIssuerOptions {
  /** URLs that stand for the services' own. */
  readonly endpoints?: {
    readonly ecr?: string | undefined;
    readonly ecrPublic?: string | undefined;
    readonly sts?: string | undefined;
  };
  /** @default the SDK's own chain: the execution role, in Lambda */
  readonly hubCredentials?: STSClientConfig['credentials'];
  /** Milliseconds for one call with all its attempts. @default 15,000 */
  readonly deadlineMilliseconds?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** The issuer, and the end of its connections. */
export interface ClosableTokenIssuer extends TokenIssuer {
  close(): void;
}

/** Has AWS issue tokens under the identities that plans describe. A client is made for each: they are asked seldom. */
export const createTokenIssuer = (options: TokenIssuerOptions = {}): ClosableTokenIssuer => {
  const { endpoints = {}, hubCredentials, deadlineMilliseconds = 15_000, now = Date.now } = options;
  const call = createCallAws({ deadlineMilliseconds, maxAttempts: MAX_ATTEMPTS });
  const sts = createSecurityTokenService({ endpoint: endpoints.sts, hubCredentials, call });
  const sessions = createSessions(sts, now);

  const issue: TokenIssuer['issue'] = async (plan, credentials, signal) => {
    const { region } = plan;
    const keys = credentialsOf(plan, credentials, sessions);
    const optionsFor = (endpoint: string | undefined): IssueOptions => ({ place: { region, endpoint }, keys, call });
    return issueFrom(plan, { endpoints, optionsFor }, signal);
  };
  return { issue, close: () => sts.close() };
};

/** Static keys without a role sign for themselves; nobody's account has to be known here. */
const credentialsOf = (
  plan: GenerationPlan,
  credentials: BaseCredentials | undefined,
  sessions: ReturnType<typeof createSessions>,
): (() => Promise<Credentials>) => {
  const chain = chainOf(plan, credentials);
  const { base, hops } = chain;
  if (base !== 'hub' && !isWebIdentity(base) && hops.length === 0) return async () => ({ ...base });
  return async () => ({ ...(await sessions.open(chain)).credentials });
};

interface Issuing {
  readonly endpoints: NonNullable<TokenIssuerOptions['endpoints']>;
  readonly optionsFor: (endpoint: string | undefined) => IssueOptions;
}

const issueFrom = async (
  { request }: GenerationPlan,
  { endpoints, optionsFor }: Issuing,
  signal?: AbortSignal,
): Promise<IssuedToken> => {
  if (request.type === 'session') return issueSessionToken(request, optionsFor(endpoints.sts), signal);
  // The registries' clients are heavy, and few clusters have such generators.
  if (request.isPublic) {
    const { issuePublicRegistryToken } = await import('./issue-public-registry-token.ts');
    return issuePublicRegistryToken(optionsFor(endpoints.ecrPublic), signal);
  }
  const { issueRegistryToken } = await import('./issue-registry-token.ts');
  return issueRegistryToken(optionsFor(endpoints.ecr), signal);
};
