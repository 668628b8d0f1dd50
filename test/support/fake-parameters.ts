import type { ListedSecret, ListQuery } from '../../src/app/ports/secret-reader.ts';
import type { ListedKey } from '../../src/domain/listing.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';
import { tagsJson } from '../../src/domain/tags-json.ts';
import type { FakeAnswer, FakeTags } from './fake-answer.ts';

interface Version {
  readonly text: string;
  readonly labels: Set<string>;
  readonly createdAt: number;
}

/** The parameters of a fake Parameter Store. Versions count from 1. */
export class FakeParameters {
  readonly #parameters = new Map<string, Version[]>();
  readonly #tags = new Map<string, Readonly<Record<string, string>>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns the new version's number, as text */
  put(name: string, text: string): string {
    const versions = this.#parameters.get(name) ?? [];
    this.#parameters.set(name, versions);
    versions.push({ text, labels: new Set(), createdAt: this.#now() });
    return String(versions.length);
  }

  label(name: string, version: string, label: string): void {
    const versions = this.#parameters.get(name) ?? [];
    for (const { labels } of versions) labels.delete(label);
    versions[Number(version) - 1]?.labels.add(label);
  }

  /** Undefined: there is no such parameter. */
  tagsOf(name: string): Readonly<Record<string, string>> | undefined {
    return this.#parameters.has(name) ? (this.#tags.get(name) ?? {}) : undefined;
  }

  /** Replaces the tags. */
  tag(name: string, tags: Readonly<Record<string, string>>): void {
    this.#tags.set(name, tags);
  }

  /** Tags are matched and not told; without any, values come along, as GetParametersByPath gives them. */
  list({ path, tags }: ListQuery): readonly ListedSecret[] {
    const root = path === '' || path === '/' ? '' : `${path.replace(/\/$/, '')}/`;
    const names = [...this.#parameters.keys()].filter((name) => name.startsWith(root));
    if (Object.keys(tags).length > 0)
      return names.filter((name) => hasAll(this.#tags.get(name) ?? {}, tags)).map((name) => ({ name }));
    return names.map((name) => {
      const secret = this.read(name, '');
      return secret === 'not-found' || 'rejected' in secret ? { name } : { name, secret };
    });
  }

  listVersions(): readonly ListedKey[] {
    return [...this.#parameters].map(([name, { length }]) => ({
      name,
      versions: new Map([
        ['', String(length)],
        [String(length), String(length)],
      ]),
    }));
  }

  readTags(key: string): FakeTags {
    if (!this.#parameters.has(key)) return { rejected: `error listing tags InvalidResourceId: ${key}` };
    return SecretValue.fromText(tagsJson(Object.entries(this.#tags.get(key) ?? {})));
  }

  delete(name: string): void {
    this.#parameters.delete(name);
    this.#tags.delete(name);
  }

  /** @param version - a number, a label, or empty for the newest */
  read(key: string, version: string): FakeAnswer {
    const versions = this.#parameters.get(key);
    if (versions === undefined) return 'not-found';
    const index = version === '' ? versions.length - 1 : findIndex(versions, version);
    const found = versions[index];
    if (found === undefined)
      return { rejected: `ParameterVersionNotFound: Systems Manager could not find version ${version} of ${key}.` };
    return { text: SecretValue.fromText(found.text), version: String(index + 1), createdAt: found.createdAt };
  }
}

const hasAll = (own: Readonly<Record<string, string>>, tags: Readonly<Record<string, string>>): boolean =>
  Object.entries(tags).every(([key, value]) => own[key] === value);

const findIndex = (versions: readonly Version[], version: string): number =>
  /^\d+$/.test(version) ? Number(version) - 1 : versions.findIndex(({ labels }) => labels.has(version));
