import { X509Certificate } from 'node:crypto';
import * as z from 'zod/mini';
import type { ConnectionSecret } from '../src/domain/connection-secret.ts';

/** What credentials say about themselves; unsigned, so good for advice only. */
export interface CredentialFacts {
  /** Kubernetes user */
  readonly user?: string;
  /** Epoch milliseconds */
  readonly expiresAt?: number;
}

export const credentialFacts = (credentials: ConnectionSecret): CredentialFacts =>
  'token' in credentials ? tokenFacts(credentials.token) : certificateFacts(credentials.clientCertificateData);

const Claims = z.object({ sub: z.optional(z.string()), exp: z.optional(z.number()) });

/** The user of a service account's token. Of other issuers the API server's settings make the user, so nothing is said. */
const SERVICE_ACCOUNT = /^system:serviceaccount:[a-z0-9-]+:[a-z0-9.-]+$/;

const tokenFacts = (token: string): CredentialFacts => {
  const claims = Claims.safeParse(decodePayload(token));
  if (!claims.success) return {};
  const { sub, exp } = claims.data;
  return {
    ...(sub !== undefined && SERVICE_ACCOUNT.test(sub) && { user: sub }),
    ...(exp !== undefined && { expiresAt: exp * 1_000 }),
  };
};

const decodePayload = (token: string): unknown => {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
  } catch {
    return undefined; // an opaque token
  }
};

const certificateFacts = (pem: string): CredentialFacts => {
  try {
    const { subject, validTo } = new X509Certificate(pem);
    const user = /^CN=(.+)$/m.exec(subject)?.[1];
    return { ...(user !== undefined && { user }), expiresAt: Date.parse(validTo) };
  } catch {
    return {}; // the API server will say so
  }
};
