import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ClosableSecretReaders, createSecretReaders } from '../../src/adapters/aws/secret-readers.ts';
import type { SecretFinder } from '../../src/app/ports/secret-reader.ts';
import type { SecretService } from '../../src/domain/remote-key.ts';
import { type AwsServer, startAwsServer } from '../support/aws-server.ts';
import { failure, success } from '../support/aws-server-secrets.ts';
import { hubPlan } from '../support/identity-plan.ts';

let server: AwsServer;
let readers: ClosableSecretReaders;

beforeEach(async () => {
  server = await startAwsServer();
  const { url } = server;
  readers = createSecretReaders({
    endpoints: { secretsManager: url, ssm: url, sts: url },
    hubCredentials: { accessKeyId: 'AKIAHUB', secretAccessKey: 'not-checked' },
  });
});

afterEach(async () => {
  readers.close();
  await server.stop();
});

const finderOf = async (service: SecretService): Promise<SecretFinder> => {
  const { finder } = await readers.open(hubPlan('default', { service }), undefined);
  if (finder === undefined) throw new Error(`${service} has no finder`);
  return finder;
};

/** What was asked for, by the operation's name, in order. */
const requests = () =>
  server.requests
    .filter(({ target }) => !target.startsWith('STS.'))
    .map(({ target, input }) => [target.split('.')[1], input]);

const deny = (operation: string): void =>
  server.intercept(({ target }) =>
    target.endsWith(`.${operation}`)
      ? failure('AccessDeniedException', `not authorized to perform: ${operation}`)
      : undefined,
  );

describe('ListSecrets', () => {
  test.each([
    ['no filter for everything', { path: '', tags: {} }, []],
    ['one by name for a path [AWS36]', { path: 'app/', tags: {} }, [['name', 'app/']]],
    [
      'two for a tag, key before value [AWS36]',
      { path: '', tags: { foo: 'bar' } },
      [
        ['tag-key', 'foo'],
        ['tag-value', 'bar'],
      ],
    ],
    [
      'those of tags before that of the path [AWS37]',
      { path: 'app/', tags: { foo: 'bar' } },
      [
        ['tag-key', 'foo'],
        ['tag-value', 'bar'],
        ['name', 'app/'],
      ],
    ],
    [
      'none that AWS would take for a negation',
      { path: '', tags: { foo: '!bar', '!k': 'v' } },
      [
        ['tag-key', 'foo'],
        ['tag-value', 'v'],
      ],
    ],
    ['none for an empty value', { path: '', tags: { foo: '' } }, [['tag-key', 'foo']]],
  ])('has %s', async (_, query, filters) => {
    await (await finderOf('secretsmanager')).list(query);

    const [operation, input] = requests()[0] ?? [];
    expect(operation).toBe('ListSecrets');
    expect(input).toMatchObject({ Filters: filters.map(([Key, value]) => ({ Key, Values: [value] })) });
  });

  test('has no more filters than AWS takes, whatever is asked for', async () => {
    const tags = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`k${index}`, `v${index}`]));

    await (await finderOf('secretsmanager')).list({ path: 'app/', tags });

    const [, input] = requests()[0] ?? [];
    expect(input).toMatchObject({ Filters: { length: 10 } });
    expect(JSON.stringify(input)).toContain('app/');
  });

  test('that is denied says so in the words of AWS', async () => {
    deny('ListSecrets');

    await expect((await finderOf('secretsmanager')).list({ path: '', tags: {} })).rejects.toMatchObject({
      name: 'StoreAccessDeniedError',
      message: expect.stringMatching(/^operation error Secrets Manager: ListSecrets, .*not authorized to perform/),
    });
  });
});

describe('BatchGetSecretValue', () => {
  test('is made once for twenty secrets', async () => {
    const names = Array.from({ length: 21 }, (_, index) => `s${index}`);
    for (const name of names) server.manager.put(name, { text: name });

    await (await finderOf('secretsmanager')).readMany(names);

    expect(requests().map(([operation]) => operation)).toEqual(['BatchGetSecretValue', 'BatchGetSecretValue']);
  });

  test('that is denied as such is made up for by reading one by one; what is gone is left out there too', async () => {
    deny('BatchGetSecretValue');
    server.manager.put('a', { text: 'a' });

    const read = await (await finderOf('secretsmanager')).readMany(['a', 'none']);

    expect([...read.keys()]).toEqual(['a']);
    expect(requests().map(([operation]) => operation)).toEqual([
      'BatchGetSecretValue',
      'GetSecretValue',
      'GetSecretValue',
    ]);
  });

  test.each([
    ['denied', 'AccessDeniedException', 'StoreAccessDeniedError'],
    ['undecryptable [AWS40]', 'DecryptionFailure', 'StoreRejectedError'],
    ['throttled', 'ThrottlingException', 'StoreUnavailableError'],
  ])('fails as a whole when one of its secrets is %s, and asks no second time', async (_, ErrorCode, name) => {
    const Errors = [{ SecretId: 'b', ErrorCode, Message: 'why' }];
    server.intercept(({ target }) =>
      target.endsWith('.BatchGetSecretValue')
        ? success({ SecretValues: [{ Name: 'a', SecretString: 'x' }], Errors })
        : undefined,
    );

    const reading = (await finderOf('secretsmanager')).readMany(['a', 'b']);

    await expect(reading).rejects.toMatchObject({ name, message: expect.stringContaining(`${ErrorCode}: why`) });
    expect(requests()).toHaveLength(1);
  });

  test('that answers neither value nor error for a secret proves nothing of it', async () => {
    server.intercept(({ target }) =>
      target.endsWith('.BatchGetSecretValue') ? success({ SecretValues: [] }) : undefined,
    );

    await expect((await finderOf('secretsmanager')).readMany(['a'])).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      message: 'BatchGetSecretValue answered without a',
    });
  });

  test('goes on while there are pages', async () => {
    server.intercept(({ target, input }) => {
      if (!target.endsWith('.BatchGetSecretValue')) return undefined;
      return input['NextToken'] === undefined
        ? success({ SecretValues: [], NextToken: 'more' })
        : success({ SecretValues: [{ Name: 'a', VersionId: 'v', SecretString: 'x' }] });
    });

    expect((await (await finderOf('secretsmanager')).readMany(['a'])).size).toBe(1);
  });
});

describe('Parameter Store', () => {
  test.each([
    ['the root', '', '/'],
    ['its path', '/app', '/app'],
  ])('is gone through from %s, recursively and decrypted [AWS48]', async (_, path, Path) => {
    await (await finderOf('ssm')).list({ path, tags: {} });

    expect(requests()).toEqual([
      ['GetParametersByPath', { Path, Recursive: true, WithDecryption: true, MaxResults: 10 }],
    ]);
  });

  test('that may not be gone through is described instead, from the start, with the same result [AWS49]', async () => {
    for (const name of ['/a/1', '/a/2', '/a/3', '/b/4']) server.parameters.put(name, name);
    let pages = 0;
    server.intercept(({ target }) => {
      if (!target.endsWith('.GetParametersByPath')) return undefined;
      pages += 1;
      return pages === 2 ? failure('AccessDeniedException', 'no') : undefined;
    });
    const finder = await finderOf('ssm');

    const listed = (await finder.list({ path: '/a', tags: {} })).map(({ name }) => name);
    const read = await finder.readMany(listed);

    expect([...read].map(([name, { text }]) => [name, text?.revealText()])).toEqual(
      ['/a/1', '/a/2', '/a/3'].map((name) => [name, name]),
    );
    const [, described] = requests().find(([operation]) => operation === 'DescribeParameters') ?? [];
    expect(described).toMatchObject({ ParameterFilters: [{ Key: 'Path', Option: 'Recursive', Values: ['/a'] }] });
  });

  test('is described by tags, and by path where there is one', async () => {
    await (await finderOf('ssm')).list({ path: '/a', tags: { env: 'prod' } });

    expect(requests()).toEqual([
      [
        'DescribeParameters',
        {
          MaxResults: 50,
          ParameterFilters: [
            { Key: 'tag:env', Option: 'Equals', Values: ['prod'] },
            { Key: 'Path', Option: 'Recursive', Values: ['/a'] },
          ],
        },
      ],
    ]);
  });

  test('says which path it failed on', async () => {
    server.intercept(({ target }) =>
      target.startsWith('AmazonSSM.') ? failure('ValidationException', 'bad path') : undefined,
    );

    await expect((await finderOf('ssm')).list({ path: 'a', tags: {} })).rejects.toMatchObject({
      name: 'StoreRejectedError',
      message: expect.stringMatching(
        /^fetching parameters by path a: operation error SSM: GetParametersByPath, .*bad path/,
      ),
    });
  });

  test('reads one by one where batches are denied, and leaves out what is gone', async () => {
    deny('GetParameters');
    server.parameters.put('/a', 'a');

    expect([...(await (await finderOf('ssm')).readMany(['/a', '/none'])).keys()]).toEqual(['/a']);
  });

  test('that answers without a parameter proves nothing of it', async () => {
    server.intercept(({ target }) => (target.endsWith('.GetParameters') ? success({ Parameters: [] }) : undefined));

    await expect((await finderOf('ssm')).readMany(['/a'])).rejects.toMatchObject({
      message: 'GetParameters answered without /a',
    });
  });
});
