import { expect, test } from '@jest/globals';
import { createJoinedReaders } from '../../../src/app/joined-reads.ts';
import type { RemoteRead, SecretReader } from '../../../src/app/ports/secret-reader.ts';
import { createReconcile } from '../../../src/app/reconcile.ts';
import type { IdentityPlan } from '../../../src/domain/identity-plan.ts';
import { SecretValue } from '../../../src/domain/secret-value.ts';
import { StoreUnavailableError } from '../../../src/domain/sync-error.ts';
import { externalSecret, texts } from '../../support/builders.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeSecrets } from '../../support/fake-secrets.ts';
import { hubPlan, roleArn, staticPlan } from '../../support/identity-plan.ts';
import { createSyncedWorld, DB } from '../../support/world.ts';

const KEYS = { accessKeyId: 'AKIA', secretAccessKey: 'key' };
const DB_READ: RemoteRead = { key: 'prod/db', version: '' };

/** Reads that are answered when the test says so, one after the other. */
const heldReads = () => {
  const clock = createFakeClock({ sleeps: 'wait' });
  const secrets = createFakeSecrets(() => clock.now());
  const held: (() => void)[] = [];
  secrets.manager.put('prod/db', { text: 'one' });
  secrets.manager.put('prod/web', { text: 'web' });
  secrets.before({ operation: 'read' }, () => new Promise<void>((resolve) => held.push(resolve)));
  const readers = createJoinedReaders({ readers: secrets, clock });
  return {
    clock,
    secrets,
    open: (plan: IdentityPlan = hubPlan('reader')) => readers.open(plan, KEYS),
    reads: () => secrets.calls({ operation: 'read' }).length,
    answer: async (): Promise<void> => {
      held.shift()?.();
      await new Promise(setImmediate);
    },
  };
};

const textOf = async (reading: ReturnType<SecretReader['read']>) =>
  texts(new Map([['text', (await reading).text ?? SecretValue.fromText('')]]))['text'];

test('who asks while a read is under way is answered by the next one, together with all who do', async () => {
  const { secrets, open, reads, answer } = heldReads();
  const reader = await open();
  const first = reader.read(DB_READ);
  const others = [reader.read(DB_READ), (await open()).read(DB_READ)];
  expect(reads()).toBe(1);

  secrets.manager.put('prod/db', { text: 'two' }); // after the first read began, before the next does
  await answer();
  await answer();

  await first;
  expect(await Promise.all(others.map(textOf))).toEqual(['two', 'two']);
  expect(reads()).toBe(2);
});

test('who asks when the next read has begun waits for the one after it', async () => {
  const { secrets, open, reads, answer } = heldReads();
  const reader = await open();
  const before = [reader.read(DB_READ), reader.read(DB_READ)];
  await answer();
  const late = reader.read(DB_READ);
  secrets.manager.put('prod/db', { text: 'two' });

  await answer();
  await answer();

  await Promise.all(before);
  expect(await textOf(late)).toBe('two');
  expect(reads()).toBe(3);
});

test('a read that fails fails those alone who were to be answered by it', async () => {
  const { secrets, open, answer } = heldReads();
  const reader = await open();
  secrets.fail({ operation: 'read' }, () => new StoreUnavailableError('throttled'), 1);
  const first = reader.read(DB_READ);
  const second = reader.read(DB_READ);
  const failed = expect(first).rejects.toThrow('throttled');

  await answer();
  await answer();

  await failed;
  expect(await textOf(second)).toBe('one');
});

test('a read that hangs is waited for a quarter of a second', async () => {
  const { clock, open, reads } = heldReads();
  const reader = await open();
  void reader.read(DB_READ);
  void reader.read(DB_READ);

  await clock.advance(249);
  expect(reads()).toBe(1);
  await clock.advance(1);

  expect(reads()).toBe(2);
});

const tagged = [{ key: 'namespace', value: 'b' }];
test.each<[string, IdentityPlan, RemoteRead, IdentityPlan?]>([
  ['of another key', hubPlan('reader'), { key: 'prod/web', version: '' }],
  ['of another version', hubPlan('reader'), { key: 'prod/db', version: 'AWSPREVIOUS' }],
  ['under another role', hubPlan('other'), DB_READ],
  [
    'under other session tags',
    hubPlan('reader', { base: { type: 'default-role', roleArn: roleArn('reader'), sessionTags: tagged } }),
    DB_READ,
  ],
  ['in another Region', hubPlan('reader', { region: 'us-east-1' }), DB_READ],
  ['with keys from a cluster, whatever the keys', staticPlan(), DB_READ, staticPlan()],
])('a read %s waits for nobody', async (_, ...[plan, read, first = hubPlan('reader')]) => {
  const { open, reads } = heldReads();
  void (await open(first)).read(DB_READ);

  void (await open(plan)).read(read);

  expect(reads()).toBe(2);
});

test('a rotation that many messages of one container tell of at once is read twice or so, and written once a target', async () => {
  const world = await createSyncedWorld();
  const names = Array.from({ length: 20 }, (_, index) => `db-${index}`);
  for (const name of names) await world.apply(externalSecret({ name }));
  await world.settle();
  await world.clock.advance(20_000);
  world.secrets.forgetCalls();
  world.cluster().requests.reset();
  const versionId = world.secrets.manager.put('prod/db', { text: 'two' });
  const cause = { type: 'event', eventId: 'e', at: world.clock.now(), versionId } as const;
  const readers = createJoinedReaders({ readers: world.deps.readers, clock: world.clock });
  const reconcile = createReconcile({ ...world.deps, readers });

  await Promise.all(names.map((name) => reconcile(world.request([{ ...DB, name }], cause))));

  expect(names.map((name) => world.target(name))).toEqual(names.map(() => ({ password: 'two' })));
  expect(world.secrets.calls({ operation: 'read' }).length).toBeLessThanOrEqual(4);
  expect(world.cluster().requests.count({ verb: 'update', resource: 'secrets' })).toBe(20);
});
