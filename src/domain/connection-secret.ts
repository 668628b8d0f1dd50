import * as z from 'zod/mini';
import type { SecretValue } from './secret-value.ts';
import { InvalidSecretValueError } from './sync-error.ts';

const text = z.string().check(z.minLength(1));

/**
 * What a cluster's connection secret holds, as JSON: a bearer token, or a client certificate and its key.
 *
 * @example
 * { "token": "…" }
 * { "clientCertificateData": "-----BEGIN CERTIFICATE-----…", "clientKeyData": "-----BEGIN PRIVATE KEY-----…" }
 */
export const ConnectionSecret = z.union([
  z.strictObject({ token: text }),
  z.strictObject({ clientCertificateData: text, clientKeyData: text }),
]);
export type ConnectionSecret = z.infer<typeof ConnectionSecret>;

/** @throws InvalidSecretValueError - neither form; the value is not quoted */
export const parseConnectionSecret = (secretId: string, value: SecretValue): ConnectionSecret => {
  const parsed = ConnectionSecret.safeParse(parseJson(value.revealText()));
  if (parsed.success) return parsed.data;
  throw new InvalidSecretValueError(
    `connection secret ${secretId} is not JSON with "token", or with "clientCertificateData" and "clientKeyData"`,
  );
};

/** `JSON.parse` quotes its input in the error. */
const parseJson = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};
