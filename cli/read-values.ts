import { NO_LISTING, type RemoteSecret, type SecretReader } from '../src/app/ports/secret-reader.ts';
import { SecretValue } from '../src/domain/secret-value.ts';
import { InvalidSpecError, SecretNotFoundError } from '../src/domain/sync-error.ts';
import { CliError } from './cli-error.ts';
import { parseYaml } from './read-manifests.ts';

/**
 * A provider that holds what a file says: a map of remote keys to texts, or to objects, which stand for their JSON.
 * @throws CliError - it is not such a map; what is in it is not quoted
 */
export const readValues = (text: string, source: string): SecretReader => {
  const [held = {}, ...more] = parseYaml(text, source);
  if (typeof held !== 'object' || held === null || Array.isArray(held) || more.length > 0)
    throw new CliError(`${source} is not one map of remote keys to values`);
  const values = new Map<string, unknown>(Object.entries(held));
  const find = (key: string): SecretValue => {
    if (!values.has(key)) throw new SecretNotFoundError();
    const value = values.get(key);
    return SecretValue.fromText(typeof value === 'string' ? value : JSON.stringify(value));
  };
  return {
    location: { account: '', region: '', service: 'secretsmanager' },
    read: async ({ key }): Promise<RemoteSecret> => ({ text: find(key), version: '' }),
    readTags: async (key) => find(key),
    identity: '',
    listing: NO_LISTING,
    finder: {
      list: async ({ tags }) => {
        if (Object.keys(tags).length > 0) throw new InvalidSpecError(`find by tags: ${source} has none`);
        return [...values.keys()].map((name) => ({ name }));
      },
      readMany: async (names) => new Map(names.map((name) => [name, { text: find(name), version: '' }])),
    },
  };
};
