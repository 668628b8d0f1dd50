import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ListQuery, SecretFinder, SecretReader, SecretReaders } from '../../src/app/ports/secret-reader.ts';
import type { Credentials, IdentityPlan } from '../../src/domain/identity-plan.ts';
import type { ListedKey } from '../../src/domain/listing.ts';
import type { SecretService } from '../../src/domain/remote-key.ts';

/** AWS, or something that stands for it, and the readers under test. */
export interface SecretReaderBackend {
  readonly readers: SecretReaders;
  /** Account that `reader` belongs to. */
  readonly account: string;
  readonly region: string;
  /** Somebody who may read everything, and somebody who may read nothing. */
  readonly reader: Identity;
  readonly stranger: Identity;
  /** @returns the new version's id */
  putSecret(name: string, value: { readonly text?: string; readonly bytes?: Uint8Array }): Promise<string>;
  /** Adds a version that has this stage only. */
  putStaged(name: string, text: string, stage: string): Promise<string>;
  tagSecret(name: string, tags: Readonly<Record<string, string>>): Promise<void>;
  scheduleDeletion(name: string): Promise<void>;
  deleteSecret(name: string): Promise<void>;
  arnOf(name: string): Promise<string>;
  /** @returns the new version's number */
  putParameter(name: string, text: string): Promise<string>;
  labelParameter(name: string, version: string, label: string): Promise<void>;
  tagParameter(name: string, tags: Readonly<Record<string, string>>): Promise<void>;
  deleteParameter(name: string): Promise<void>;
  stop(): Promise<void>;
}

export interface Identity {
  readonly plan: Omit<IdentityPlan, 'service'>;
  readonly credentials?: Credentials | undefined;
}

const listAll = async (reader: SecretReader): Promise<readonly ListedKey[]> => {
  const listed: ListedKey[] = [];
  for await (const page of reader.listing.pages()) listed.push(...page);
  return listed;
};

const NOT_FOUND = { name: 'SecretNotFoundError', message: 'Secret does not exist' };
const REFUSED = { name: 'StoreRejectedError', retryable: false };
const DENIED = { name: 'StoreAccessDeniedError', retryable: false };

/** The contract of the port SecretReader, whoever implements it. */
export const describeSecretReader = (title: string, start: () => Promise<SecretReaderBackend>): void => {
  describe(`${title} as a SecretReader`, () => {
    let world: SecretReaderBackend;
    const unique = `contract-${Date.now()}`;

    beforeAll(async () => {
      world = await start();
    }, 120_000);
    afterAll(() => world.stop(), 30_000);

    const open = (service: SecretService, who: 'reader' | 'stranger' = 'reader'): Promise<SecretReader> => {
      const { plan, credentials } = world[who];
      return world.readers.open({ ...plan, service }, credentials);
    };
    const manager = () => open('secretsmanager');
    const parameters = () => open('ssm');

    describe('Secrets Manager', () => {
      test('says where it reads', async () => {
        const reader = await manager();

        expect(reader.location).toEqual({ account: world.account, region: world.region, service: 'secretsmanager' });
      });

      test('reads the text of the current version, with its id and time', async () => {
        const name = `${unique}/text`;
        const version = await world.putSecret(name, { text: '{"user":"app"}' });

        const read = await (await manager()).read({ key: name, version: '' });

        expect(read.text?.revealText()).toBe('{"user":"app"}');
        expect(read.binary).toBeUndefined();
        expect(read.version).toBe(version);
        expect(Math.abs((read.createdAt ?? 0) - Date.now())).toBeLessThan(60_000);
      });

      test('reads the bytes of a binary secret as they were stored [AWS24]', async () => {
        const name = `${unique}/binary`;
        await world.putSecret(name, { bytes: Uint8Array.of(0, 255, 10, 128) });

        const read = await (await manager()).read({ key: name, version: '' });

        expect([...(read.binary?.reveal() ?? [])]).toEqual([0, 255, 10, 128]);
        expect(read.text).toBeUndefined();
      });

      test('sees a new version at the next read', async () => {
        const name = `${unique}/changing`;
        const reader = await manager();
        await world.putSecret(name, { text: 'one' });
        await reader.read({ key: name, version: '' });
        const version = await world.putSecret(name, { text: 'two' });

        const read = await reader.read({ key: name, version: '' });

        expect(read.text?.revealText()).toBe('two');
        expect(read.version).toBe(version);
      });

      test('reads the stage asked for: the previous version, or a custom one', async () => {
        const name = `${unique}/staged`;
        await world.putSecret(name, { text: 'one' });
        await world.putSecret(name, { text: 'two' });
        await world.putStaged(name, 'blue one', 'blue');
        const reader = await manager();

        const previous = await reader.read({ key: name, version: 'AWSPREVIOUS' });
        const blue = await reader.read({ key: name, version: 'blue' });

        expect(previous.text?.revealText()).toBe('one');
        expect(blue.text?.revealText()).toBe('blue one');
      });

      test('reads the version id after uuid/, and takes a bare id for a stage', async () => {
        const name = `${unique}/versions`;
        const first = await world.putSecret(name, { text: 'one' });
        await world.putSecret(name, { text: 'two' });
        const reader = await manager();

        const read = await reader.read({ key: name, version: `uuid/${first}` });

        expect(read.text?.revealText()).toBe('one');
        await expect(reader.read({ key: name, version: first })).rejects.toMatchObject(NOT_FOUND);
      });

      test('reads a secret by its ARN', async () => {
        const name = `${unique}/by-arn`;
        await world.putSecret(name, { text: 'found' });

        const read = await (await manager()).read({ key: await world.arnOf(name), version: '' });

        expect(read.text?.revealText()).toBe('found');
      });

      test('does not find a secret, stage or version that is not there [AWS42]', async () => {
        const name = `${unique}/here`;
        await world.putSecret(name, { text: 'here' });
        const reader = await manager();

        await expect(reader.read({ key: `${unique}/not-here`, version: '' })).rejects.toMatchObject(NOT_FOUND);
        await expect(reader.read({ key: name, version: 'green' })).rejects.toMatchObject(NOT_FOUND);
        await expect(
          reader.read({ key: name, version: 'uuid/11111111-2222-4333-8444-555555555555' }),
        ).rejects.toMatchObject(NOT_FOUND);
      });

      test('does not find a secret that was deleted without recovery [AWS42]', async () => {
        const name = `${unique}/deleted`;
        await world.putSecret(name, { text: 'gone' });
        await world.deleteSecret(name);

        await expect((await manager()).read({ key: name, version: '' })).rejects.toMatchObject(NOT_FOUND);
      });

      test('refuses a secret marked for deletion, which can still be restored, instead of calling it missing [AWS43]', async () => {
        const name = `${unique}/marked`;
        await world.putSecret(name, { text: 'restorable' });
        await world.scheduleDeletion(name);

        await expect((await manager()).read({ key: name, version: '' })).rejects.toMatchObject({
          ...REFUSED,
          message: expect.stringContaining('marked for deletion'),
        });
      });

      test('is denied to an identity that may not', async () => {
        const name = `${unique}/denied`;
        await world.putSecret(name, { text: 'closed' });

        const reading = open('secretsmanager', 'stranger').then((reader) => reader.read({ key: name, version: '' }));

        await expect(reading).rejects.toMatchObject(DENIED);
      });

      test('reads tags as one JSON object, keys sorted', async () => {
        const name = `${unique}/tagged`;
        await world.putSecret(name, { text: 'x' });
        await world.tagSecret(name, { tagname2: 'tagvalue2', tagname1: 'tagvalue1' });

        const tags = await (await manager()).readTags(name);

        expect(tags.revealText()).toBe('{"tagname1":"tagvalue1","tagname2":"tagvalue2"}');
      });

      test('has no tags as an empty object', async () => {
        const name = `${unique}/untagged`;
        await world.putSecret(name, { text: 'x' });

        const tags = await (await manager()).readTags(name);

        expect(tags.revealText()).toBe('{}');
      });

      test('never calls a secret missing because its tags cannot be read [AWS29]', async () => {
        await expect((await manager()).readTags(`${unique}/not-here`)).rejects.toMatchObject(REFUSED);
      });

      describe('looking through it', () => {
        const folder = `${unique}/find/`;

        beforeAll(async () => {
          const secrets = [
            ['one', { env: 'prod', team: 'a' }],
            ['two', { env: 'prod', team: 'b' }],
            ['three', { env: 'production' }],
            ['four', {}],
            ['marked', { env: 'prod' }],
          ] as const;
          for (const [name, tags] of secrets) {
            await world.putSecret(`${folder}${name}`, { text: name });
            if (Object.keys(tags).length > 0) await world.tagSecret(`${folder}${name}`, tags);
          }
          await world.scheduleDeletion(`${folder}marked`);
        });

        const list = async (query: Partial<ListQuery>) => {
          const listed = await (await finderOf(manager())).list({ path: folder, tags: {}, ...query });
          return new Map(listed.map(({ name, tags }) => [name.replace(folder, ''), tags]));
        };

        test('lists by the beginning of names, every page, with tags, and nothing marked for deletion', async () => {
          const listed = await list({});

          expect([...listed.keys()].sort()).toEqual(['four', 'one', 'three', 'two']);
          expect(listed.get('one')).toEqual({ env: 'prod', team: 'a' });
          expect(listed.get('four')).toEqual({});
        });

        test('lists at least what has the tags', async () => {
          expect([...(await list({ tags: { env: 'prod' } })).keys()]).toEqual(expect.arrayContaining(['one', 'two']));
          expect([...(await list({ tags: { env: 'prod', team: 'b' } })).keys()]).toContain('two');
          expect((await list({ tags: { env: 'none' } })).size).toBe(0);
        });

        test('lists everything without a path', async () => {
          const listed = await (await finderOf(manager())).list({ path: '', tags: {} });

          expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining([`${folder}one`, `${unique}/text`]));
        });

        test('reads many at once, more than fit into one batch, and leaves out what is gone or going', async () => {
          const names = Array.from({ length: 21 }, (_, index) => `${unique}/many/${index}`);
          for (const name of names) await world.putSecret(name, { text: name });
          const finder = await finderOf(manager());

          const read = await finder.readMany([...names, `${unique}/many/none`, `${folder}marked`]);

          expect([...read].map(([name, { text }]) => [name, text?.revealText()]).sort()).toEqual(
            names.map((name) => [name, name]).sort(),
          );
          expect([...read.values()].every(({ version, createdAt }) => version !== '' && createdAt !== undefined)).toBe(
            true,
          );
        });

        test('is denied to an identity that may not', async () => {
          const finder = () => finderOf(open('secretsmanager', 'stranger'));

          await expect(finder().then(({ list }) => list({ path: '', tags: {} }))).rejects.toMatchObject(DENIED);
          await expect(finder().then(({ readMany }) => readMany([`${folder}one`]))).rejects.toMatchObject(DENIED);
        });
      });

      test('lists which version each stage is at, without any value', async () => {
        const name = `${unique}/listed`;
        const first = await world.putSecret(name, { text: 'one' });
        const second = await world.putSecret(name, { text: 'two' });
        const blue = await world.putStaged(name, 'blue', 'blue');

        const listed = (await listAll(await manager())).find((key) => key.name === name);

        expect(listed?.versions.get('')).toBe(second);
        expect(listed?.versions.get('AWSCURRENT')).toBe(second);
        expect(listed?.versions.get('AWSPREVIOUS')).toBe(first);
        expect(listed?.versions.get('blue')).toBe(blue);
        expect(listed?.versions.get(`uuid/${first}`)).toBe(first);
        expect(listed?.versions.get(first)).toBeUndefined();
      });

      test('lists a hundred secrets a page, and all of them', async () => {
        const names = Array.from({ length: 101 }, (_, index) => `${unique}/page-${index}`);
        for (const name of names) await world.putSecret(name, { text: 'x' });
        const reader = await manager();
        const pages: (readonly ListedKey[])[] = [];

        for await (const page of reader.listing.pages()) pages.push(page);

        expect(pages.slice(0, -1).every(({ length }) => length === 100)).toBe(true);
        expect(pages.flat().map(({ name }) => name)).toEqual(expect.arrayContaining(names));
      }, 60_000);

      test('does not list what is marked for deletion', async () => {
        const name = `${unique}/marked-unlisted`;
        await world.putSecret(name, { text: 'x' });
        await world.scheduleDeletion(name);

        expect((await listAll(await manager())).map((key) => key.name)).not.toContain(name);
      });

      test('lists nothing to an identity that may not', async () => {
        const listing = open('secretsmanager', 'stranger').then(listAll);

        await expect(listing).rejects.toMatchObject(DENIED);
      });

      test('has one identity for one service, Region and principal', async () => {
        const [reader, again, elsewhere] = await Promise.all([manager(), manager(), parameters()]);

        expect(again.identity).toBe(reader.identity);
        expect(elsewhere.identity).not.toBe(reader.identity);
      });

      test('stops when its caller does', async () => {
        const reading = (await manager()).read({ key: `${unique}/text`, version: '' }, AbortSignal.abort());

        await expect(reading).rejects.toMatchObject({ name: 'StoreUnavailableError', retryable: true });
      });
    });

    describe('Parameter Store', () => {
      test('says where it reads', async () => {
        const reader = await parameters();

        expect(reader.location).toEqual({ account: world.account, region: world.region, service: 'ssm' });
      });

      test('reads the newest version, decrypted', async () => {
        const name = `/${unique}/newest`;
        await world.putParameter(name, 'one');
        const version = await world.putParameter(name, 'two');

        const read = await (await parameters()).read({ key: name, version: '' });

        expect(read.text?.revealText()).toBe('two');
        expect(read.version).toBe(version);
        expect(Math.abs((read.createdAt ?? 0) - Date.now())).toBeLessThan(60_000);
      });

      test('reads each of five versions by its number [AWS44]', async () => {
        const name = `/${unique}/numbered`;
        for (const text of ['a', 'b', 'c', 'd', 'e']) await world.putParameter(name, text);
        const reader = await parameters();

        const reads = await Promise.all(
          ['1', '2', '3', '4', '5'].map((version) => reader.read({ key: name, version })),
        );

        expect(reads.map(({ text }) => text?.revealText())).toEqual(['a', 'b', 'c', 'd', 'e']);
        expect(reads.map(({ version }) => version)).toEqual(['1', '2', '3', '4', '5']);
      });

      test('takes a label in place of the number [AWS44]', async () => {
        const name = `/${unique}/labelled`;
        const first = await world.putParameter(name, 'one');
        await world.putParameter(name, 'two');
        await world.labelParameter(name, first, 'stable');

        const read = await (await parameters()).read({ key: name, version: 'stable' });

        expect(read.text?.revealText()).toBe('one');
        expect(read.version).toBe(first);
      });

      test('does not find a parameter that is not there, or was deleted [AWS47]', async () => {
        const name = `/${unique}/deleted`;
        await world.putParameter(name, 'gone');
        await world.deleteParameter(name);
        const reader = await parameters();

        await expect(reader.read({ key: name, version: '' })).rejects.toMatchObject(NOT_FOUND);
        await expect(reader.read({ key: `/${unique}/never`, version: '3' })).rejects.toMatchObject(NOT_FOUND);
      });

      test('refuses a version or label that an existing parameter does not have [AWS47]', async () => {
        const name = `/${unique}/one-version`;
        await world.putParameter(name, 'one');
        const reader = await parameters();

        await expect(reader.read({ key: name, version: '7' })).rejects.toMatchObject(REFUSED);
        await expect(reader.read({ key: name, version: 'unstable' })).rejects.toMatchObject(REFUSED);
      });

      test('is denied to an identity that may not', async () => {
        const name = `/${unique}/denied`;
        await world.putParameter(name, 'closed');

        const reading = open('ssm', 'stranger').then((reader) => reader.read({ key: name, version: '' }));

        await expect(reading).rejects.toMatchObject(DENIED);
      });

      test('reads tags as one JSON object, keys sorted', async () => {
        const name = `/${unique}/tagged`;
        await world.putParameter(name, 'x');
        await world.tagParameter(name, { b: '2', a: '1' });

        expect((await (await parameters()).readTags(name)).revealText()).toBe('{"a":"1","b":"2"}');
      });

      describe('looking through it', () => {
        const folder = `/${unique}/find`;

        beforeAll(async () => {
          for (const [name, tags] of [
            ['x/one', { env: 'prod', team: 'a' }],
            ['x/two', { env: 'prod', team: 'b' }],
            ['x/deep/three', { env: 'production' }],
            ['xx/four', { env: 'prod' }],
          ] as const) {
            await world.putParameter(`${folder}/${name}`, 'old');
            await world.putParameter(`${folder}/${name}`, name);
            await world.tagParameter(`${folder}/${name}`, tags);
          }
        });

        const list = async (query: Partial<ListQuery>) => {
          const listed = await (await finderOf(parameters())).list({ path: `${folder}/x`, tags: {}, ...query });
          return new Map(listed.map((listing) => [listing.name.replace(`${folder}/`, ''), listing.secret]));
        };

        test('lists a level and all below it, every page, with values decrypted and their versions', async () => {
          const listed = await list({});

          expect([...listed.keys()].sort()).toEqual(['x/deep/three', 'x/one', 'x/two']);
          expect(listed.get('x/one')?.text?.revealText()).toBe('x/one');
          expect(listed.get('x/one')?.version).toBe('2');
        });

        test('lists everything without a path', async () => {
          expect([...(await list({ path: '' })).keys()]).toEqual(expect.arrayContaining(['x/one', 'xx/four']));
        });

        test('lists what has all the tags, exactly, below the path or everywhere', async () => {
          expect([...(await list({ tags: { env: 'prod' } })).keys()].sort()).toEqual(['x/one', 'x/two']);
          expect([...(await list({ tags: { env: 'prod', team: 'b' } })).keys()]).toEqual(['x/two']);
          expect([...(await list({ path: '', tags: { env: 'prod' } })).keys()]).toEqual(
            expect.arrayContaining(['x/one', 'xx/four']),
          );
        });

        test('reads many at once, more than fit into one batch, and leaves out what is gone', async () => {
          const names = Array.from({ length: 11 }, (_, index) => `/${unique}/many/${index}`);
          for (const name of names) await world.putParameter(name, name);

          const read = await (await finderOf(parameters())).readMany([...names, `/${unique}/many/none`]);

          expect([...read].map(([name, { text }]) => [name, text?.revealText()]).sort()).toEqual(
            names.map((name) => [name, name]).sort(),
          );
          expect([...read.values()].every(({ version }) => version === '1')).toBe(true);
        });

        test('is denied to an identity that may not', async () => {
          const finder = () => finderOf(open('ssm', 'stranger'));

          await expect(finder().then(({ list }) => list({ path: '', tags: {} }))).rejects.toMatchObject(DENIED);
          await expect(finder().then(({ readMany }) => readMany([`${folder}/x/one`]))).rejects.toMatchObject(DENIED);
        });
      });

      test('lists the newest version of each, and nothing of the others', async () => {
        const name = `/${unique}/listed`;
        await world.putParameter(name, 'one');
        await world.putParameter(name, 'two');

        const listed = (await listAll(await parameters())).find((key) => key.name === name);

        expect([...(listed?.versions ?? [])]).toEqual([
          ['', '2'],
          ['2', '2'],
        ]);
      });

      test('lists nothing to an identity that may not', async () => {
        const listing = open('ssm', 'stranger').then(listAll);

        await expect(listing).rejects.toMatchObject(DENIED);
      });

      test('never calls a parameter missing because its tags cannot be read', async () => {
        const reading = (await parameters()).readTags(`/${unique}/never`);

        const outcome = await reading.catch((error: unknown) => (error instanceof Error ? error.name : 'unknown'));

        // AWS refuses; an emulator may answer that there are no tags.
        expect(outcome).not.toBe('SecretNotFoundError');
      });
    });
  });
};

const finderOf = async (opening: Promise<SecretReader>): Promise<SecretFinder> => {
  const { finder } = await opening;
  if (finder === undefined) throw new Error('there is nothing to look through');
  return finder;
};
