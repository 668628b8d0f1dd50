import { InvalidArgumentError } from 'commander';
import { parseGoDuration } from '../src/domain/go-duration.ts';
import { isCertificateArn, parseSecretArn } from '../src/domain/remote-key.ts';
import { InvalidSpecError } from '../src/domain/sync-error.ts';

const CLUSTER_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9])?$/;
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/;
const ARN_PARTS = 6;

/** Each throws InvalidArgumentError, which becomes a message about the option and exit code 2. */
export const parseClusterName = (text: string): string => {
  if (CLUSTER_NAME.test(text)) return text;
  throw new InvalidArgumentError('Letters, digits, "-", "_" and ".", at most 100, a letter or digit at both ends.');
};

export const parseRoleArn = (text: string): string => {
  if (ROLE_ARN.test(text)) return text;
  throw new InvalidArgumentError('A role looks like arn:aws:iam::111122223333:role/NAME.');
};

/** `*` never matches a colon, so a pattern with fewer parts than an ARN would match nothing. */
export const parseRolePattern = (text: string, before: readonly string[]): readonly string[] => {
  if (text !== '*' && (text.split(':').length !== ARN_PARTS || !text.startsWith('arn:')))
    throw new InvalidArgumentError('A pattern looks like arn:aws:iam::*:role/read-*, or is * alone.');
  return [...before, text];
};

/** What a registration may hold of a proxy: a registration is no place for credentials. */
export const isPlainProxy = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
};

export const parseProxy = (text: string): string => {
  if (isPlainProxy(text)) return text;
  throw new InvalidArgumentError('A proxy looks like http://proxy.example.com:3128, without user or password.');
};

/** A prefix is taken as it is; one that is an ARN says for which account, Region and service it is. */
export const parseKeyPrefix = (text: string, before: readonly string[]): readonly string[] => {
  if (text === '' || /[\s*]/.test(text))
    throw new InvalidArgumentError('A prefix is what keys begin with, such as team-a/; it has no spaces and no *.');
  if (/^arn:/i.test(text) && parseSecretArn(text) === undefined && !isCertificateArn(text))
    throw new InvalidArgumentError(
      'An ARN as a prefix looks like arn:aws:secretsmanager:REGION:ACCOUNT:secret:team-a/.',
    );
  return [...before, text];
};

export const parseLabel = (
  text: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('A label looks like key=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
};

/** A Go duration over 0, as written. */
export const parseInterval = (text: string): string => {
  try {
    if (parseGoDuration(text) > 0) return text;
  } catch (error) {
    if (!(error instanceof InvalidSpecError)) throw error;
  }
  throw new InvalidArgumentError('An interval looks like 30s, 5m or 1h30m, and is over 0.');
};

/** `namespace/name` */
export const parseServiceAccount = (
  text: string,
  before: readonly { readonly namespace: string; readonly name: string }[],
): readonly { readonly namespace: string; readonly name: string }[] => {
  const [namespace, name, ...more] = text.split('/');
  if (!namespace || !name || more.length > 0)
    throw new InvalidArgumentError('A service account looks like NAMESPACE/NAME.');
  return [...before, { namespace, name }];
};
