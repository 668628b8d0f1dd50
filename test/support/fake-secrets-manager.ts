import { randomUUID } from 'node:crypto';
import type { ListedSecret, ListQuery, RemoteRead } from '../../src/app/ports/secret-reader.ts';
import type { ListedKey } from '../../src/domain/listing.ts';
import { remoteKeysFor, type StoreLocation } from '../../src/domain/remote-key.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';
import { tagsJson } from '../../src/domain/tags-json.ts';
import type { FakeAnswer, FakeTags } from './fake-answer.ts';

/** What AWS may hold in a version; neither is possible by its API. */
export interface FakeValue {
  readonly text?: string;
  readonly bytes?: Uint8Array;
}

interface Version {
  readonly id: string;
  readonly value: FakeValue;
  readonly stages: Set<string>;
  readonly createdAt: number;
}

/** What may be said of a secret beside its value. */
export interface FakeSettings {
  tags: Readonly<Record<string, string>>;
  description: string;
  kmsKeyId: string;
  policy: string | undefined;
  replicas: readonly string[];
}

/** A secret as DescribeSecret sees it. */
export interface FakeDescription extends Readonly<FakeSettings> {
  readonly arn: string;
  /** Of versions that have any. */
  readonly stages: ReadonlyMap<string, readonly string[]>;
}

interface Secret extends FakeSettings {
  /** Random: tells a secret from an earlier one of its name. */
  readonly suffix: string;
  readonly versions: Version[];
  markedForDeletion: boolean;
  /** As lists see it, while they lag behind; `absent`: they do not yet. */
  listedAs: { readonly tags: Readonly<Record<string, string>> } | 'absent' | undefined;
  /** Reads of AWSCURRENT that still answer what was current before. */
  staleReads: number;
}

/** The secrets of a fake Secrets Manager. */
export class FakeSecretsManager {
  readonly #secrets = new Map<string, Secret>();
  readonly #now: () => number;
  /** Names that lists show although they are gone, while lists lag behind. */
  readonly #listedStill = new Map<string, Readonly<Record<string, string>>>();
  #frozen = false;
  #frozenVersions: readonly ListedKey[] | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * Adds a version and moves `stages` to it; what was current becomes AWSPREVIOUS.
   * @returns the new version's id
   */
  put(name: string, value: FakeValue, stages: readonly string[] = ['AWSCURRENT']): string {
    return this.#add(name, { id: randomUUID(), value }, stages);
  }

  /** A secret without any version, if there is none by this name. */
  createEmpty(name: string): void {
    this.#getOrMake(name);
  }

  /**
   * PutSecretValue: a version's id stands for one content for ever.
   * @returns `taken`: the id has another content
   */
  putVersion(name: string, id: string, value: FakeValue): 'made' | 'same' | 'taken' {
    const known = this.#secrets.get(name)?.versions.find((version) => version.id === id);
    if (known !== undefined) return isSameValue(known.value, value) ? 'same' : 'taken';
    this.#add(name, { id, value }, ['AWSCURRENT']);
    return 'made';
  }

  #add(name: string, made: Pick<Version, 'id' | 'value'>, stages: readonly string[]): string {
    const secret = this.#getOrMake(name);
    const version = { ...made, stages: new Set<string>(), createdAt: this.#now() };
    secret.versions.push(version);
    for (const stage of stages) moveStage(secret, stage, version);
    return version.id;
  }

  #getOrMake(name: string): Secret {
    const secret: Secret = this.#secrets.get(name) ?? {
      suffix: randomUUID().slice(0, 6),
      versions: [],
      tags: {},
      description: '',
      kmsKeyId: '',
      policy: undefined,
      replicas: [],
      markedForDeletion: false,
      listedAs: this.#frozen ? 'absent' : undefined,
      staleReads: 0,
    };
    this.#secrets.set(name, secret);
    return secret;
  }

  /** Replaces what is said of a secret, as far as `change` says it. */
  settle(name: string, change: Partial<FakeSettings>): void {
    const secret = this.#secrets.get(name);
    if (secret !== undefined) Object.assign(secret, change);
  }

  /** By name or ARN; a secret marked for deletion is still described. */
  describe(key: string, location: StoreLocation): FakeDescription | undefined {
    const secret = this.#find(key, location);
    if (secret === undefined) return undefined;
    const name = this.nameOf(key, location);
    const { suffix, versions, tags, description, kmsKeyId, policy, replicas } = secret;
    const staged = versions.filter(({ stages }) => stages.size > 0);
    return {
      arn: `arn:aws:secretsmanager:${location.region}:${location.account}:secret:${name}-${suffix}`,
      stages: new Map(staged.map(({ id, stages }) => [id, [...stages]])),
      ...{ tags, description, kmsKeyId, policy, replicas },
    };
  }

  /** Ids of all versions ever made, the oldest first. */
  versionsOf(name: string): readonly string[] {
    return (this.#secrets.get(name)?.versions ?? []).map(({ id }) => id);
  }

  nameOf(key: string, location: StoreLocation): string {
    const names = remoteKeysFor(key, location).map(({ name }) => name);
    return names.find((name) => this.#secrets.has(name)) ?? key;
  }

  isMarkedForDeletion(name: string): boolean {
    return this.#secrets.get(name)?.markedForDeletion ?? false;
  }

  /** Moves one stage to an older version: a roll back, when it is AWSCURRENT. */
  moveStage(name: string, stage: string, versionId: string): void {
    const secret = this.#secrets.get(name);
    const version = secret?.versions.find(({ id }) => id === versionId);
    if (secret === undefined || version === undefined) throw new Error(`no version ${versionId} of ${name}`);
    moveStage(secret, stage, version);
  }

  /** The next `times` reads of AWSCURRENT answer the version that was current before; of a new secret, that there is none. */
  lag(name: string, times: number): void {
    const secret = this.#secrets.get(name);
    if (secret !== undefined) secret.staleReads = times;
  }

  /** DeleteSecret with a recovery window: {@link restore} undoes it. */
  scheduleDeletion(name: string): void {
    const secret = this.#secrets.get(name);
    if (secret !== undefined) secret.markedForDeletion = true;
  }

  restore(name: string): void {
    const secret = this.#secrets.get(name);
    if (secret !== undefined) secret.markedForDeletion = false;
  }

  /** DeleteSecret without recovery. */
  delete(name: string): void {
    const tags = this.#secrets.get(name)?.tags;
    if (this.#frozen && tags !== undefined) this.#listedStill.set(name, tags);
    this.#secrets.delete(name);
  }

  /** Replaces the tags. */
  tag(name: string, tags: Readonly<Record<string, string>>): void {
    const secret = this.#secrets.get(name);
    if (secret !== undefined) secret.tags = tags;
  }

  /** From now on lists show what is there now, whatever happens; or no longer. */
  lagLists(lag: boolean): void {
    this.#frozen = lag;
    this.#listedStill.clear();
    for (const secret of this.#secrets.values())
      secret.listedAs = lag && !secret.markedForDeletion ? { tags: secret.tags } : lag ? 'absent' : undefined;
  }

  /** As AWS filters: names, tag keys and tag values by prefix, each for itself. */
  list({ path, tags }: ListQuery): readonly ListedSecret[] {
    const shown = [...this.#secrets].flatMap(([name, secret]): readonly ListedSecret[] => {
      if (secret.listedAs === 'absent' || (secret.listedAs === undefined && secret.markedForDeletion)) return [];
      return [{ name, tags: secret.listedAs?.tags ?? secret.tags }];
    });
    const still = [...this.#listedStill].map(([name, own]) => ({ name, tags: own }));
    return [...shown, ...still].filter((secret) => secret.name.startsWith(path) && hasLike(secret.tags ?? {}, tags));
  }

  /** From now on listings answer as of now. */
  freezeListing(): void {
    this.#frozenVersions = this.#listVersions();
  }

  /** Listings tell the present again. */
  thawListing(): void {
    this.#frozenVersions = undefined;
  }

  listVersions(): readonly ListedKey[] {
    return this.#frozenVersions ?? this.#listVersions();
  }

  #listVersions(): readonly ListedKey[] {
    return [...this.#secrets]
      .filter(([, { markedForDeletion }]) => !markedForDeletion)
      .map(([name, { versions }]) => ({ name, versions: listedVersions(versions) }));
  }

  readTags(key: string, location: StoreLocation): FakeTags {
    const secret = this.#find(key, location);
    if (secret === undefined)
      return { rejected: "ResourceNotFoundException: Secrets Manager can't find the specified secret." };
    return SecretValue.fromText(tagsJson(Object.entries(secret.tags)));
  }

  #find(key: string, location: StoreLocation): Secret | undefined {
    const names = remoteKeysFor(key, location).map(({ name }) => name);
    return names.map((name) => this.#secrets.get(name)).find((found) => found !== undefined);
  }

  read({ key, version }: RemoteRead, location: StoreLocation): FakeAnswer {
    const secret = this.#find(key, location);
    if (secret === undefined) return 'not-found';
    if (secret.markedForDeletion)
      return {
        rejected:
          "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.",
      };
    const found = findVersion(secret, version);
    if (found === undefined) return 'not-found';
    const { text, bytes } = found.value;
    return {
      ...(text === undefined ? {} : { text: SecretValue.fromText(text) }),
      ...(bytes === undefined ? {} : { binary: SecretValue.fromBytes(bytes) }),
      version: found.id,
      createdAt: found.createdAt,
    };
  }
}

const isSameValue = (one: FakeValue, other: FakeValue): boolean =>
  one.text === other.text && Buffer.compare(one.bytes ?? Buffer.of(), other.bytes ?? Buffer.of()) === 0;

const hasLike = (own: Readonly<Record<string, string>>, tags: Readonly<Record<string, string>>): boolean =>
  Object.keys(tags).every((key) => Object.keys(own).some((known) => known.startsWith(key))) &&
  Object.values(tags).every((value) => Object.values(own).some((known) => known.startsWith(value)));

const listedVersions = (versions: readonly Version[]): ReadonlyMap<string, string> => {
  const listed = new Map<string, string>();
  for (const { id, stages } of versions) {
    if (stages.size > 0) listed.set(`uuid/${id}`, id);
    for (const stage of stages) listed.set(stage, id);
    if (stages.has('AWSCURRENT')) listed.set('', id);
  }
  return listed;
};

const moveStage = (secret: Secret, stage: string, version: Version): void => {
  const holder = secret.versions.find(({ stages }) => stages.has(stage));
  holder?.stages.delete(stage);
  version.stages.add(stage);
  if (stage === 'AWSCURRENT' && holder !== undefined && holder !== version) moveStage(secret, 'AWSPREVIOUS', holder);
};

const findVersion = (secret: Secret, version: string): Version | undefined => {
  if (version.startsWith('uuid/')) return secret.versions.find(({ id }) => id === version.slice('uuid/'.length));
  const stage = version === '' ? 'AWSCURRENT' : version;
  if (stage === 'AWSCURRENT' && secret.staleReads > 0) {
    secret.staleReads -= 1;
    return withStage(secret, 'AWSPREVIOUS');
  }
  return withStage(secret, stage);
};

const withStage = ({ versions }: Secret, stage: string): Version | undefined =>
  versions.find(({ stages }) => stages.has(stage));
