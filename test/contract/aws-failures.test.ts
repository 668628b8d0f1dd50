import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { sanitise } from '../../src/adapters/aws/aws-error.ts';
import { type ClosableSecretReaders, createSecretReaders } from '../../src/adapters/aws/secret-readers.ts';
import type { IdentityPlan } from '../../src/domain/identity-plan.ts';
import { type AwsAnswer, type AwsServer, startAwsServer } from '../support/aws-server.ts';
import { failure } from '../support/aws-server-secrets.ts';
import { hop, hubPlan } from '../support/identity-plan.ts';

const HTTP_400 = 'https response error StatusCode: 400, RequestID: request-1';
const READ = 'operation error Secrets Manager: GetSecretValue';

let server: AwsServer;
let readers: ClosableSecretReaders;
let impatient: ClosableSecretReaders;

beforeEach(async () => {
  server = await startAwsServer();
  const { url } = server;
  const options = {
    endpoints: { secretsManager: url, ssm: url, sts: url },
    hubCredentials: { accessKeyId: 'AKIAHUB', secretAccessKey: 'not-checked' },
  };
  readers = createSecretReaders(options);
  impatient = createSecretReaders({ ...options, deadlineMilliseconds: 500 });
  await impatient.open(hubPlan('default'), undefined); // so that the deadline is the read's alone
});

afterEach(async () => {
  readers.close();
  impatient.close();
  await server.stop();
});

const isRead = (target: string): boolean => /GetSecretValue|GetParameter$/.test(target);

const readsAnswer = (answer: AwsAnswer | 'hang' | 'reset', times = Number.POSITIVE_INFINITY): void => {
  let left = times;
  server.intercept(({ target }) => {
    if (!isRead(target) || left <= 0) return undefined;
    left -= 1;
    return answer;
  });
};

const reads = (): number => server.requests.filter(({ target }) => isRead(target)).length;

const read = async (change: Partial<IdentityPlan> = {}, by = readers) => {
  const plan = hubPlan('default', { retry: { maxAttempts: 2, delayMilliseconds: 10 }, ...change });
  const reader = await by.open(plan, undefined);
  return reader.read({ key: 'prod/db', version: '' });
};

test.each([
  ['AccessDeniedException', 'StoreAccessDeniedError', `${READ}, ${HTTP_400}, api error AccessDeniedException: no`],
  ['ExpiredTokenException', 'StoreAccessDeniedError', `${READ}, ${HTTP_400}, api error ExpiredTokenException: no`],
  [
    'UnrecognizedClientException',
    'StoreAccessDeniedError',
    `${READ}, ${HTTP_400}, api error UnrecognizedClientException: no`,
  ],
  ['DecryptionFailure', 'StoreRejectedError', `${READ}, ${HTTP_400}, DecryptionFailure: no`],
  ['InvalidParameterException', 'StoreRejectedError', `${READ}, ${HTTP_400}, InvalidParameterException: no`],
  ['ValidationException', 'StoreRejectedError', `${READ}, ${HTTP_400}, api error ValidationException: no`],
])('%s is a %s in the words operators know', async (type, name, message) => {
  readsAnswer(failure(type, 'no'));

  await expect(read()).rejects.toMatchObject({ name, message, retryable: false });
  expect(reads()).toBe(1);
});

test('Parameter Store names itself SSM, and tells a missing version from a missing parameter [AWS47]', async () => {
  readsAnswer(failure('ParameterVersionNotFound', 'no version 9'));

  await expect(read({ service: 'ssm' })).rejects.toMatchObject({
    name: 'StoreRejectedError',
    message: `operation error SSM: GetParameter, ${HTTP_400}, ParameterVersionNotFound: no version 9`,
  });
});

test('tags of a parameter that is not there are refused, and the text says what was tried', async () => {
  const reader = await readers.open(hubPlan('default', { service: 'ssm' }), undefined);

  await expect(reader.readTags('/prod/never')).rejects.toMatchObject({
    name: 'StoreRejectedError',
    message: `error listing tags operation error SSM: ListTagsForResource, ${HTTP_400}, InvalidResourceId: The resource ID is not valid.`,
  });
});

test('a secret marked for deletion is refused in either exception, never missing [AWS43]', async () => {
  readsAnswer(failure('InvalidParameterException', 'the secret was marked for deletion'));

  await expect(read()).rejects.toMatchObject({ name: 'StoreRejectedError' });
});

test.each([
  ['ThrottlingException', 400],
  ['InternalServiceError', 500],
])('%s is tried as often as the store says, then unavailable', async (type, status) => {
  readsAnswer(failure(type, 'slow down', status));

  await expect(read()).rejects.toMatchObject({
    name: 'StoreUnavailableError',
    retryable: true,
    message: expect.stringMatching(
      new RegExp(
        `^${READ}, exceeded maximum number of attempts, 2, https response error StatusCode: ${status}, .*${type}: slow down$`,
      ),
    ),
  });
  expect(reads()).toBe(2);
});

test('a throttled call that gets through is a success', async () => {
  server.manager.put('prod/db', { text: 'x' });
  readsAnswer(failure('ThrottlingException', 'slow down'), 1);

  expect((await read()).text?.revealText()).toBe('x');
});

test('without retry settings the SDK tries three times with its own delays', async () => {
  readsAnswer(failure('InternalServiceError', 'no', 500), 2);
  server.manager.put('prod/db', { text: 'x' });

  expect((await read({ retry: { maxAttempts: 3 } })).text?.revealText()).toBe('x');
});

test('attempts without a cap end at the deadline', async () => {
  readsAnswer(failure('ThrottlingException', 'slow down'));

  await expect(read({ retry: { maxAttempts: 0, delayMilliseconds: 10 } }, impatient)).rejects.toMatchObject({
    name: 'StoreUnavailableError',
    message: `${READ}, canceled, context deadline exceeded`,
  });
  expect(reads()).toBeGreaterThan(3);
});

test('a delay longer than the deadline holds nobody up', async () => {
  readsAnswer(failure('ThrottlingException', 'slow down'));
  const begun = performance.now();

  await expect(read({ retry: { maxAttempts: 3, delayMilliseconds: 3_600_000 } }, impatient)).rejects.toThrow(
    'deadline exceeded',
  );

  expect(performance.now() - begun).toBeLessThan(5_000);
});

test('a call without an answer ends at the deadline, and other identities do not wait for it', async () => {
  server.manager.put('prod/db', { text: 'x' });
  let hung = '';
  server.intercept(({ target, signer }) => {
    if (!isRead(target) || server.sts.identityOf(signer) !== hop('slow').roleArn) return undefined;
    hung = signer;
    return 'hang';
  });

  const slow = read({ hops: [hop('slow')] }, impatient);
  const slowEnds = expect(slow).rejects.toMatchObject({ message: `${READ}, canceled, context deadline exceeded` });
  const quick = await read({ hops: [hop('quick')] }, impatient);

  expect(quick.text?.revealText()).toBe('x');
  await slowEnds;
  expect(hung).not.toBe('');
});

test('a connection that breaks is tried again, then unavailable', async () => {
  readsAnswer('reset');

  await expect(read()).rejects.toMatchObject({
    name: 'StoreUnavailableError',
    // ECONNRESET; under Jest the SDK does not know Node's own errors for errors, and wraps them.
    message: expect.stringMatching(
      new RegExp(
        `^${READ}, exceeded maximum number of attempts, 2, https response error StatusCode: 0, RequestID: , request send failed, (ECONNRESET|Error)$`,
      ),
    ),
  });
});

test('a caller that stops says so', async () => {
  readsAnswer('hang');
  const reader = await readers.open(hubPlan('default'), undefined);
  const caller = new AbortController();
  const reading = reader.read({ key: 'prod/db', version: '' }, caller.signal);
  caller.abort();

  await expect(reading).rejects.toMatchObject({ message: `${READ}, canceled, context canceled` });
});

test.each([
  ['cut off', 200, '{"VersionId":"v","SecretString":"canary-7f3a'],
  ['not JSON', 200, 'canary-7f3a'],
  ['a page of a proxy', 502, '<html>canary-7f3a</html>'],
])('an answer that is %s is unavailable, and nothing of it is let out', async (_, status, body) => {
  readsAnswer({ status, body });

  const error: unknown = await read().catch((thrown: unknown) => thrown);

  expect(error).toMatchObject({ name: 'StoreUnavailableError' });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('canary');
});

test('a session that cannot be renewed is told as the read’s credentials', async () => {
  const late = createSecretReaders({
    endpoints: { secretsManager: server.url, ssm: server.url, sts: server.url },
    hubCredentials: { accessKeyId: 'AKIAHUB', secretAccessKey: 'not-checked' },
    now: () => Date.now() + 3_600_000, // every session has ended already
  });
  const reader = await late.open(hubPlan('default'), undefined);
  server.sts.refuse(hubPlan('default').base.type === 'default-role' ? hop('default').roleArn : '');

  await expect(reader.read({ key: 'prod/db', version: '' })).rejects.toMatchObject({
    name: 'StoreAccessDeniedError',
    message: expect.stringMatching(`^${READ}, get identity: get credentials: operation error STS: AssumeRole, `),
  });
  late.close();
});

test.each([
  ['api error X: bad Credential=AKIA1/2 and more\nnext line', 'api error X: bad\nnext line'],
  ['failed, request id: abc-1, later', 'failed,  later'],
  ['StatusCode: 400, RequestID: abc-1, later', 'StatusCode: 400, RequestID: abc-1, later'],
])('the sanitiser makes of %j %j [AWS60]', (text, clean) => {
  expect(sanitise(text)).toBe(clean);
});
