import type { Template } from '../../../src/app/ports/engine.ts';
import { SecretValue } from '../../../src/domain/secret-value.ts';

export const secret = (text: string): SecretValue => SecretValue.fromText(text);

export const secrets = (values: Readonly<Record<string, string>>): ReadonlyMap<string, SecretValue> =>
  new Map(Object.entries(values).map(([key, value]) => [key, secret(value)]));

export const template = (text: string, overrides: Partial<Template> = {}): Template => ({
  name: 'key',
  scope: 'Values',
  text: secret(text),
  ...overrides,
});

/** The revealed form of what came out. */
export const texts = (values: ReadonlyMap<string, SecretValue>): Readonly<Record<string, string>> =>
  Object.fromEntries([...values].map(([key, value]) => [key, value.revealText()]));
