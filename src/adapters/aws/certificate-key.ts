import { createPrivateKey, randomInt } from 'node:crypto';
import { StoreRejectedError } from '../../domain/store-error.ts';

const ALPHANUMERICS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const PASSPHRASE_LENGTH = 32;

/** What a private key is wrapped in on its way here; used once. */
export const makePassphrase = (): string =>
  Array.from({ length: PASSPHRASE_LENGTH }, () => ALPHANUMERICS.charAt(randomInt(ALPHANUMERICS.length))).join('');

const BEGIN = /-----BEGIN ([A-Z0-9 ]+)-----/;

/**
 * The private key of an export, out of its passphrase.
 * @returns PKCS#8 as PEM
 * @throws StoreRejectedError - it is no such key; nothing of it is quoted
 */
export const decryptKey = (pem: string, passphrase: string): string => {
  const type = BEGIN.exec(pem)?.[1];
  if (type === undefined) throw failed('failed to decode PEM block');
  if (type === 'PRIVATE KEY') return pem;
  if (type !== 'ENCRYPTED PRIVATE KEY') throw failed(`unexpected PEM type: ${type}`);
  try {
    const key = createPrivateKey({ key: pem, format: 'pem', passphrase });
    return key.export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch {
    throw failed('failed to decrypt PKCS#8 private key'); // OpenSSL's own words say no more, and may one day say too much
  }
};

const failed = (why: string): StoreRejectedError =>
  new StoreRejectedError(`failed to decrypt exported private key: ${why}`);
