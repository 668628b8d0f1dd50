import type { ClusterUser } from '../cluster.ts';
import { unauthorized } from './api-error.ts';
import type { ServiceAccountTokens } from './service-account-tokens.ts';

export interface User {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
}

const ANONYMOUS: User = { name: 'system:anonymous', uid: '', groups: ['system:unauthenticated'] };

export type Authenticate = (authorization: string | undefined) => Promise<User>;

/** Tells who sends a request by its bearer token. @throws ApiError - 401 for a token nobody has; none at all is anonymous */
export const createAuthenticate = (users: readonly ClusterUser[], tokens: ServiceAccountTokens): Authenticate => {
  const byToken = new Map(users.map((user) => [user.token, user]));
  return async (authorization) => {
    if (authorization === undefined) return ANONYMOUS;
    const token = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw unauthorized();
    const known = byToken.get(token);
    if (known !== undefined) {
      return { name: known.name, uid: '', groups: [...new Set([...known.groups, 'system:authenticated'])] };
    }
    const account = await tokens.verify(token);
    if (account === undefined) throw unauthorized();
    return account;
  };
};
