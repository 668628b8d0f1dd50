import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SecretWriter, SecretWriters, WriterSettings } from '../../src/app/ports/secret-writer.ts';
import type { SecretService } from '../../src/domain/remote-key.ts';
import { oneKey, pushMetadata, remoteRemoval, remoteWrite, wholeSecret } from '../support/remote-write.ts';
import type { Identity } from './secret-reader.ts';

type Tags = Readonly<Record<string, string>>;

/** A secret as somebody finds it who looks with other eyes than the writer's. */
export interface SeenSecret {
  readonly value: string;
  readonly isBinary: boolean;
  readonly tags: Tags;
  /** Of the current version. */
  readonly version: string;
}

/** AWS, or something that stands for it, and the writers under test. */
export interface SecretWriterBackend {
  readonly writers: SecretWriters;
  readonly account: string;
  readonly region: string;
  /** Somebody who may write everything, and somebody who may nothing. */
  readonly writer: Identity;
  readonly stranger: Identity;
  /** Undefined: there is none; what is marked for deletion counts as none. */
  secret(name: string): Promise<SeenSecret | undefined>;
  /** A secret of somebody else's. */
  putSecret(name: string, text: string, tags: Tags): Promise<void>;
  scheduleDeletion(name: string): Promise<void>;
  parameter(name: string): Promise<Omit<SeenSecret, 'isBinary'> | undefined>;
  putParameter(name: string, text: string, tags: Tags): Promise<void>;
  stop(): Promise<void>;
}

const OURS = { 'managed-by': 'external-secrets' };
const NOT_OURS = { name: 'StoreRejectedError', message: 'secret not managed by external-secrets' };
const DENIED = { name: 'StoreAccessDeniedError', retryable: false };
const FORCED: WriterSettings = { secretsManager: { forceDeleteWithoutRecovery: true, recoveryWindowInDays: 0 } };

/** The contract of the port SecretWriter, whoever implements it. */
export const describeSecretWriter = (title: string, start: () => Promise<SecretWriterBackend>): void => {
  describe(`${title} as a SecretWriter`, () => {
    let world: SecretWriterBackend;
    const unique = `contract-${Date.now()}`;

    beforeAll(async () => {
      world = await start();
    }, 120_000);
    afterAll(() => world?.stop(), 30_000);

    const open = (
      service: SecretService,
      { who = 'writer', settings = FORCED }: { who?: 'writer' | 'stranger'; settings?: WriterSettings } = {},
    ): Promise<SecretWriter> => {
      const { plan, credentials } = world[who];
      return world.writers.open({ ...plan, service }, { credentials, settings });
    };

    describe('Secrets Manager', () => {
      const manager = (settings?: WriterSettings) => open('secretsmanager', settings && { settings });

      test('says where it writes', async () => {
        expect((await manager()).location).toEqual({
          account: world.account,
          region: world.region,
          service: 'secretsmanager',
        });
      });

      test('makes a secret that is marked as managed, as bytes unless text is asked for', async () => {
        const [bytes, text] = [`${unique}/bytes`, `${unique}/text`];
        const writer = await manager();

        const written = await writer.write(remoteWrite({ key: bytes, content: oneKey('pä') }));
        await writer.write(
          remoteWrite({ key: text, content: oneKey('pä'), metadata: pushMetadata({ secretPushFormat: 'string' }) }),
        );

        const seen = await world.secret(bytes);
        expect(seen).toMatchObject({ value: 'pä', isBinary: true, tags: OURS });
        expect(written).toEqual({ wrote: true, version: seen?.version });
        expect(await world.secret(text)).toMatchObject({ value: 'pä', isBinary: false });
      });

      test('holds a whole Secret as JSON', async () => {
        const key = `${unique}/whole`;

        await (await manager()).write(remoteWrite({ key, content: wholeSecret({ user: 'app', password: '<p&>' }) }));

        expect((await world.secret(key))?.value).toBe('{"password":"<p&>","user":"app"}');
      });

      test('gets a version by every other content, and none by an equal one [PUSH41]', async () => {
        const key = `${unique}/changing`;
        const writer = await manager();
        const write = (text: string) => writer.write(remoteWrite({ key, content: oneKey(text) }));

        const made = [await write('A'), await write('B'), await write('A')];
        const repeated = await write('A');

        expect(new Set(made.map(({ version }) => version)).size).toBe(3);
        expect(made.every(({ wrote }) => wrote)).toBe(true);
        expect(repeated).toEqual({ wrote: false, version: made[2]?.version });
        expect(await world.secret(key)).toMatchObject({ value: 'A', version: made[2]?.version });
      });

      test('made with a property holds an object of it alone [PUSH43]', async () => {
        const key = `${unique}/property`;

        await (await manager()).write(remoteWrite({ key, property: 'prop', content: oneKey('value') }));

        expect((await world.secret(key))?.value).toBe('{"prop":"value"}');
      });

      test('keeps what else is in it when a property is set; dots nest [PUSH44]', async () => {
        const key = `${unique}/merged`;
        await world.putSecret(key, '{"other":1,"a":{"b":"old"}}', OURS);
        const writer = await manager();

        await writer.write(remoteWrite({ key, property: 'prop', content: oneKey('value') }));
        await writer.write(remoteWrite({ key, property: 'a.c', content: oneKey('new') }));

        expect((await world.secret(key))?.value).toBe('{"other":1,"a":{"b":"old","c":"new"},"prop":"value"}');
      });

      test('takes several properties in one version', async () => {
        const key = `${unique}/several`;
        let asked = 0;
        const write = remoteWrite({
          key,
          property: 'user',
          content: oneKey('app'),
          also: [{ property: 'password', content: oneKey('p') }],
          beforeVersion: async () => {
            asked += 1;
          },
        });

        await (await manager()).write(write);

        expect((await world.secret(key))?.value).toBe('{"user":"app","password":"p"}');
        expect(asked).toBe(1);
      });

      test('loses none of the properties that are written one after the other, in any order', async () => {
        const key = `${unique}/eight`;
        const writer = await manager();
        const names = Array.from({ length: 8 }, (_, index) => `p${index}`);

        for (const property of names) await writer.write(remoteWrite({ key, property, content: oneKey(property) }));

        expect(JSON.parse((await world.secret(key))?.value ?? '')).toEqual(
          Object.fromEntries(names.map((name) => [name, name])),
        );
      });

      test('refuses to set a property in what is no JSON [PUSH45]', async () => {
        const key = `${unique}/no-json`;
        await world.putSecret(key, 'plain', OURS);

        const writing = (await manager()).write(remoteWrite({ key, property: 'p' }));

        await expect(writing).rejects.toMatchObject({
          name: 'InvalidSecretValueError',
          message: 'PushSecret for aws secrets manager with a pushSecretData property requires a json secret',
        });
        expect((await world.secret(key))?.value).toBe('plain');
      });

      test('does not touch what somebody else manages [PUSH46]', async () => {
        const key = `${unique}/foreign`;
        await world.putSecret(key, 'theirs', { 'managed-by': 'somebody' });
        const writer = await manager();

        await expect(writer.write(remoteWrite({ key }))).rejects.toMatchObject(NOT_OURS);
        await writer.remove(remoteRemoval({ key }));

        expect(await world.secret(key)).toMatchObject({ value: 'theirs', tags: { 'managed-by': 'somebody' } });
      });

      test('gets the tags of its metadata, whether or not its value changes [PUSH48]', async () => {
        const key = `${unique}/tagged`;
        const writer = await manager();
        const write = (tags: Tags) => writer.write(remoteWrite({ key, metadata: pushMetadata({ tags }) }));
        await write({ team: 'paradox' });
        expect((await world.secret(key))?.tags).toEqual({ ...OURS, team: 'paradox' });

        const { wrote } = await write({ env: 'sandbox' });

        expect(wrote).toBe(false);
        expect((await world.secret(key))?.tags).toEqual({ ...OURS, env: 'sandbox' });
      });

      test('refuses metadata without its wrapper, and writes nothing [PUSH54]', async () => {
        const key = `${unique}/unwrapped`;

        const writing = (await manager()).write(remoteWrite({ key, metadata: { tags: { env: 'x' } } }));

        await expect(writing).rejects.toMatchObject({ name: 'InvalidSpecError' });
        expect(await world.secret(key)).toBeUndefined();
      });

      test('asks before it makes a version, never without need, and makes none when that fails', async () => {
        const key = `${unique}/asked`;
        const writer = await manager();
        const refuse = async (): Promise<void> => {
          throw new Error('not now');
        };
        await expect(writer.write(remoteWrite({ key, beforeVersion: refuse }))).rejects.toThrow('not now');
        expect(await world.secret(key)).toBeUndefined();
        await writer.write(remoteWrite({ key }));

        await writer.write(remoteWrite({ key, beforeVersion: refuse }));
        const changing = writer.write(remoteWrite({ key, content: oneKey('other'), beforeVersion: refuse }));

        await expect(changing).rejects.toThrow('not now');
        expect((await world.secret(key))?.value).toBe('value');
      });

      test('that is marked for deletion is refused and never restored', async () => {
        const key = `${unique}/marked`;
        const writer = await manager();
        await writer.write(remoteWrite({ key }));
        await world.scheduleDeletion(key);

        const writing = writer.write(remoteWrite({ key, content: oneKey('new') }));

        await expect(writing).rejects.toMatchObject({
          name: 'StoreRejectedError',
          message: expect.stringContaining('marked for deletion'),
        });
        expect(await world.secret(key)).toBeUndefined();
      });

      test('exists whoever manages it and whatever is in it', async () => {
        const key = `${unique}/exists`;
        const writer = await manager();
        expect(await writer.exists(key)).toBe(false);
        await world.putSecret(key, 'theirs', {});

        expect(await writer.exists(key)).toBe(true);
      });

      test('loses one property when that is removed, and goes with the last one', async () => {
        const key = `${unique}/shrinking`;
        const writer = await manager();
        for (const property of ['a', 'b'])
          await writer.write(remoteWrite({ key, property, content: oneKey(property) }));

        await writer.remove(remoteRemoval({ key, property: 'a' }));
        expect((await world.secret(key))?.value).toBe('{"b":"b"}');
        await writer.remove(remoteRemoval({ key, property: 'a' }));
        expect((await world.secret(key))?.value).toBe('{"b":"b"}');

        await writer.remove(remoteRemoval({ key, property: 'b' }));
        expect(await world.secret(key)).toBeUndefined();
      });

      test('goes with the last of its properties, also where that leaves the objects it was in', async () => {
        const key = `${unique}/nested`;
        const writer = await manager();
        for (const property of ['a.b.c', 'd']) await writer.write(remoteWrite({ key, property, content: oneKey('v') }));

        await writer.remove(remoteRemoval({ key, property: 'a.b.c' }));
        expect((await world.secret(key))?.value).toBe('{"a":{"b":{}},"d":"v"}');
        await writer.remove(remoteRemoval({ key, property: 'd' }));

        expect(await world.secret(key)).toBeUndefined();
      });

      test('stays as long as another entry writes it', async () => {
        const key = `${unique}/shared`;
        const writer = await manager();
        await writer.write(remoteWrite({ key, property: 'a', content: oneKey('a') }));

        await writer.remove(remoteRemoval({ key, shared: true }));
        expect((await world.secret(key))?.value).toBe('{"a":"a"}');
        await writer.remove(remoteRemoval({ key, property: 'a', shared: true }));
        expect((await world.secret(key))?.value).toBe('{}');
      });

      test('goes as a whole when it was pushed as a whole; gone already is success [PUSH55]', async () => {
        const key = `${unique}/removed`;
        const writer = await manager();
        await writer.write(remoteWrite({ key }));

        await writer.remove(remoteRemoval({ key }));
        await writer.remove(remoteRemoval({ key }));

        expect(await world.secret(key)).toBeUndefined();
      });

      test('is denied to an identity that may not', async () => {
        const key = `${unique}/denied`;
        const stranger = () => open('secretsmanager', { who: 'stranger' });

        await expect(stranger().then(({ write }) => write(remoteWrite({ key })))).rejects.toMatchObject(DENIED);
        await expect(stranger().then(({ exists }) => exists(key))).rejects.toMatchObject(DENIED);
        await expect(stranger().then(({ remove }) => remove(remoteRemoval({ key })))).rejects.toMatchObject(DENIED);
        expect(await world.secret(key)).toBeUndefined();
      });

      test('has one identity for one service, Region and principal', async () => {
        const [one, again, elsewhere] = await Promise.all([manager(), manager(), open('ssm')]);

        expect(again.identity).toBe(one.identity);
        expect(elsewhere.identity).not.toBe(one.identity);
      });

      test('stops when its caller does', async () => {
        const writing = (await manager()).write(remoteWrite({ key: `${unique}/stopped` }), AbortSignal.abort());

        await expect(writing).rejects.toMatchObject({ name: 'StoreUnavailableError', retryable: true });
      });
    });

    describe('Parameter Store', () => {
      const parameters = () => open('ssm');

      test('makes a parameter that is marked as managed, with the tags of its metadata [PUSH56]', async () => {
        const [plain, tagged] = [`/${unique}/plain`, `/${unique}/tagged`];
        const writer = await parameters();

        const written = await writer.write(remoteWrite({ key: plain }));
        await writer.write(remoteWrite({ key: tagged, metadata: pushMetadata({ tags: { env: 'x' } }) }));

        const seen = await world.parameter(plain);
        expect(seen).toMatchObject({ value: 'value', tags: OURS });
        expect(written).toEqual({ wrote: true, version: seen?.version });
        expect((await world.parameter(tagged))?.tags).toEqual({ ...OURS, env: 'x' });
      });

      test('gets a version by another value, and none by an equal one [PUSH58]', async () => {
        const key = `/${unique}/changing`;
        const writer = await parameters();
        const write = (text: string) => writer.write(remoteWrite({ key, content: oneKey(text) }));
        await write('A');
        await write('B');

        const repeated = await write('B');

        expect(repeated).toEqual({ wrote: false, version: '2' });
        expect(await world.parameter(key)).toMatchObject({ value: 'B', version: '2' });
      });

      test('holds a whole Secret as JSON of Base64, or of text when asked; properties mean nothing [PUSH57]', async () => {
        const [plain, decoded] = [`/${unique}/base64`, `/${unique}/decoded`];
        const writer = await parameters();
        const content = wholeSecret({ fakeSecretKey: 'fakeValue' });

        await writer.write(remoteWrite({ key: plain, content, property: 'p' }));
        await writer.write(remoteWrite({ key: decoded, content, metadata: pushMetadata({ encodeAsDecoded: true }) }));

        expect((await world.parameter(plain))?.value).toBe('{"fakeSecretKey":"ZmFrZVZhbHVl"}');
        expect((await world.parameter(decoded))?.value).toBe('{"fakeSecretKey":"fakeValue"}');
      });

      test('gets its tags with another value, and not before [PUSH59]', async () => {
        const key = `/${unique}/retagged`;
        const writer = await parameters();
        const write = (text: string, tags: Tags) =>
          writer.write(remoteWrite({ key, content: oneKey(text), metadata: pushMetadata({ tags }) }));
        await write('one', { team: 'paradox', rotation: '10m' });

        await write('one', { env: 'sandbox', rotation: '1h' });
        expect((await world.parameter(key))?.tags).toEqual({ ...OURS, team: 'paradox', rotation: '10m' });
        await write('two', { env: 'sandbox', rotation: '1h' });

        expect((await world.parameter(key))?.tags).toEqual({ ...OURS, env: 'sandbox', rotation: '1h' });
      });

      test('does not touch what somebody else manages [PUSH58]', async () => {
        const key = `/${unique}/foreign`;
        await world.putParameter(key, 'theirs', {});
        const writer = await parameters();

        await expect(writer.write(remoteWrite({ key }))).rejects.toMatchObject(NOT_OURS);
        await writer.remove(remoteRemoval({ key }));

        expect(await world.parameter(key)).toMatchObject({ value: 'theirs', tags: {} });
      });

      test('exists whoever manages it', async () => {
        const key = `/${unique}/exists`;
        const writer = await parameters();
        expect(await writer.exists(key)).toBe(false);
        await world.putParameter(key, 'theirs', {});

        expect(await writer.exists(key)).toBe(true);
      });

      test('goes when nobody else writes it; gone already is success', async () => {
        const key = `/${unique}/removed`;
        const writer = await parameters();
        await writer.write(remoteWrite({ key }));

        await writer.remove(remoteRemoval({ key, property: 'p', shared: true }));
        expect(await world.parameter(key)).toBeDefined();
        await writer.remove(remoteRemoval({ key, property: 'p' }));
        await writer.remove(remoteRemoval({ key, property: 'p' }));

        expect(await world.parameter(key)).toBeUndefined();
      });

      test('is denied to an identity that may not', async () => {
        const writing = open('ssm', { who: 'stranger' }).then(({ write }) =>
          write(remoteWrite({ key: `/${unique}/denied` })),
        );

        await expect(writing).rejects.toMatchObject(DENIED);
      });
    });
  });
};
