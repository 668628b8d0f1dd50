import { toGoJson } from '../go-json.ts';
import { SecretValue } from '../secret-value.ts';
import type { PushContent } from './push-content.ts';

/** What Secrets Manager is to hold: the bytes of the key, or the whole as a JSON object of texts. */
export const toSecretContent = (content: PushContent): SecretValue =>
  content.type === 'key' ? content.value : jsonOf(content.values, (value) => value.revealText());

/**
 * What a parameter is to hold: the key as text, or the whole as a JSON object.
 * @param encodeAsDecoded - the object holds texts; otherwise Base64
 */
export const toParameterText = (content: PushContent, encodeAsDecoded: boolean): string => {
  if (content.type === 'key') return content.value.revealText();
  const toText = (value: SecretValue) =>
    encodeAsDecoded ? value.revealText() : Buffer.from(value.reveal()).toString('base64');
  return jsonOf(content.values, toText).revealText();
};

/** As Go writes a map: sorted by the bytes of keys, compact; nothing is escaped for HTML's sake. */
const jsonOf = (values: ReadonlyMap<string, SecretValue>, toText: (value: SecretValue) => string): SecretValue =>
  SecretValue.fromText(
    toGoJson(Object.fromEntries([...values].map(([key, value]) => [key, toText(value)])), { escapeHtml: false }),
  );
