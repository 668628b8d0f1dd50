import { randomUUID } from 'node:crypto';
import type { CryptoKey, JWTPayload } from 'jose';
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import { invalid, notFound } from './api-error.ts';
import type { User } from './authentication.ts';
import { invalidValue } from './field-error.ts';
import type { Json, JsonObject } from './json.ts';
import { isObject, numberAt, stringAt, stringsAt } from './json.ts';
import { toTimestamp, uidOf } from './object-meta.ts';
import { keyOf } from './resource-type.ts';
import type { Store } from './store.ts';

const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
const ACCOUNTS = '/serviceaccounts';

export interface TokenRequest {
  readonly namespace: string;
  readonly name: string;
  /** The posted TokenRequest. */
  readonly body: JsonObject;
}

/** Tokens of service accounts, as the TokenRequest API issues them. */
export interface ServiceAccountTokens {
  /** @throws ApiError - 404 no such service account */
  readonly issue: (request: TokenRequest) => Promise<JsonObject>;
  /** Who a token stands for; undefined when it is expired, of another issuer, or its account is gone. */
  readonly verify: (token: string) => Promise<User | undefined>;
  /** The JSON Web Key Set that verifies them. */
  readonly keys: () => Promise<Json>;
}

export interface TokenAuthority {
  readonly store: Store;
  readonly issuer: string;
  readonly now: () => Date;
}

const accountOf = (payload: JWTPayload): JsonObject => {
  const claim = payload['kubernetes.io'];
  return isObject(claim) ? claim : {};
};

/** @throws ApiError - 422 for less than ten minutes */
const readSeconds = (body: JsonObject): number => {
  const seconds = numberAt(body, 'spec', 'expirationSeconds') ?? DEFAULT_SECONDS;
  if (seconds >= MIN_SECONDS) return seconds;
  throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', [
    invalidValue('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes'),
  ]);
};

interface SigningKeys {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

const KEY_ID = 'local';

const verifyToken = async (
  token: string,
  keys: SigningKeys,
  { store, issuer, now }: TokenAuthority,
): Promise<User | undefined> => {
  try {
    const { payload } = await jwtVerify(token, keys.publicKey, { issuer, audience: issuer, currentDate: now() });
    const claim = accountOf(payload);
    const namespace = stringAt(claim, 'namespace') ?? '';
    const name = stringAt(claim, 'serviceaccount', 'name') ?? '';
    const account = store.get(ACCOUNTS, keyOf(namespace, name));
    if (account === undefined || uidOf(account) !== stringAt(claim, 'serviceaccount', 'uid')) return undefined;
    const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
    return { name: `system:serviceaccount:${namespace}:${name}`, uid: uidOf(account), groups };
  } catch {
    return undefined;
  }
};

export const createServiceAccountTokens = (authority: TokenAuthority): ServiceAccountTokens => {
  const { store, issuer, now } = authority;
  let pair: Promise<SigningKeys> | undefined;
  const keys = (): Promise<SigningKeys> => {
    pair ??= generateKeyPair('RS256');
    return pair;
  };
  return {
    issue: async ({ namespace, name, body }) => {
      const account = store.get(ACCOUNTS, keyOf(namespace, name));
      if (account === undefined) throw notFound({ group: '', plural: 'serviceaccounts' }, name);
      const asked = stringsAt(body, 'spec', 'audiences');
      const audiences = asked.length === 0 ? [issuer] : asked;
      const seconds = readSeconds(body);
      const issuedAt = Math.floor(now().getTime() / 1000);
      const claim = { namespace, serviceaccount: { name, uid: uidOf(account) } };
      const { privateKey } = await keys();
      const token = await new SignJWT({ 'kubernetes.io': claim })
        .setProtectedHeader({ alg: 'RS256', kid: KEY_ID })
        .setIssuer(issuer)
        .setSubject(`system:serviceaccount:${namespace}:${name}`)
        .setAudience([...audiences])
        .setIssuedAt(issuedAt)
        .setNotBefore(issuedAt)
        .setExpirationTime(issuedAt + seconds)
        .setJti(randomUUID())
        .sign(privateKey);
      const expirationTimestamp = toTimestamp(new Date((issuedAt + seconds) * 1000));
      return {
        kind: 'TokenRequest',
        apiVersion: 'authentication.k8s.io/v1',
        metadata: { name, namespace, uid: uidOf(account), creationTimestamp: toTimestamp(now()) },
        spec: { audiences, expirationSeconds: seconds, boundObjectRef: null },
        status: { token, expirationTimestamp },
      };
    },
    verify: async (token) => (token.split('.').length === 3 ? verifyToken(token, await keys(), authority) : undefined),
    keys: async () => {
      const { kty, n, e } = await exportJWK((await keys()).publicKey);
      return { keys: [{ use: 'sig', kty: kty ?? '', kid: KEY_ID, alg: 'RS256', n: n ?? '', e: e ?? '' }] };
    },
  };
};
