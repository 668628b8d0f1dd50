import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { EMPTY_STATUS } from '../../src/domain/status.ts';
import { ClusterForbiddenError, StoreAccessDeniedError } from '../../src/domain/sync-error.ts';
import { state } from '../contract/tables/samples.ts';
import { DEFAULT_ROLE } from '../support/builders.ts';
import { BROKEN_SET_UPS, putPush, registerPushing, setUp } from './broken-set-ups.ts';
import { CHECKOUT, type CliWorld, createCliWorld } from './cli-world.ts';
import { blocksIn, shownIn } from './troubleshooting-page.ts';

let world: CliWorld;
beforeEach(async () => {
  world = createCliWorld();
  await setUp(world);
});
afterEach(() => world.remove());

const Report = z.object({
  healthy: z.boolean(),
  subjects: z.array(
    z.object({
      subject: z.string(),
      hops: z.array(z.looseObject({ hop: z.string(), status: z.string(), because: z.optional(z.string()) })),
    }),
  ),
});

const STORE = ['doctor', '--cluster', 'blue', '--store', 'shop/aws', '--key', 'prod/db'];

const reportOf = async (...words: readonly string[]) => {
  const { out } = await world.run(...words, '--output', 'json');
  const { healthy, subjects } = Report.parse(JSON.parse(out));
  const hops = subjects.flatMap(({ hops: some }) => some);
  return { healthy, subjects, hops, failed: hops.filter(({ status }) => status === 'failed').map(({ hop }) => hop) };
};

describe('pushing', () => {
  test('is looked at where somebody pushes through the store, and nowhere else', async () => {
    const before = await reportOf(...STORE);
    await registerPushing(world);
    await putPush(world, undefined);

    const { healthy, hops } = await reportOf(...STORE);

    expect(before.hops.map(({ hop }) => hop)).not.toContain('push');
    expect(healthy).toBe(true);
    expect(hops.at(-1)).toEqual({ hop: 'push', status: 'ok', said: 'what is pushed through the store is synced' });
  });

  test('says nothing of whether secrets may be read through the store', async () => {
    await registerPushing(world);
    await putPush(world, 'set secret failed: boom');

    const { failed, hops } = await reportOf(...STORE);

    expect(failed).toEqual(['push']);
    expect(JSON.stringify(hops.at(-1))).toContain('kubectl -n shop describe pushsecret token');
  });

  test('waits for the store where that is missing', async () => {
    await registerPushing(world);
    await putPush(world, 'set secret failed: boom');
    world.cluster.delete({ kind: 'SecretStore', namespace: 'shop', name: 'aws' });

    const { failed, hops } = await reportOf(...STORE);

    expect(failed).toEqual(['store']);
    expect(hops.at(-1)).toEqual({ hop: 'push', status: 'not-tried', because: 'needs store' });
  });
});

describe('a healthy set-up', () => {
  test('has nothing broken, and nothing untried', async () => {
    const { code, out } = await world.run(...STORE);

    expect(out).not.toMatch(/FAILED|not tried/);
    expect(code).toBe(0);
    expect(await reportOf(...STORE)).toMatchObject({ healthy: true, failed: [] });
  });

  test('is looked at in all clusters when none is named', async () => {
    const { subjects } = await reportOf('doctor');

    expect(subjects.map(({ subject }) => subject)).toEqual([
      'hub secretcast-dev',
      'cluster blue (https://blue.example.com)',
    ]);
  });

  test('may go without PushSecrets, which is said', async () => {
    world.cluster.forbid('*', 'pushsecrets');

    const { code, out } = await world.run(...STORE);

    expect(out).toContain('every verb is allowed, but not all of those on pushsecrets, which may be left alone');
    expect(code).toBe(0);
  });

  test('changes nothing in the cluster', async () => {
    const before = world.cluster.resourceVersion;

    await world.run(...STORE);

    expect(world.cluster.resourceVersion).toBe(before);
  });
});

describe('of a broken set-up doctor names the hop:', () => {
  test.each(BROKEN_SET_UPS)('$hop, when $name', async ({ hop, words, breakIt }) => {
    await breakIt(world);

    const { code } = await world.run(...words);

    expect(await reportOf(...words)).toMatchObject({ healthy: false, failed: [hop] });
    expect(code).toBe(1);
  });

  const page = readFileSync(join(CHECKOUT, 'docs/troubleshooting.md'), 'utf8');

  test.each(BROKEN_SET_UPS)('the page shows what is printed when $name', async ({ name, words, breakIt }) => {
    await breakIt(world);

    expect(blocksIn(page).get(name)).toBe(shownIn(words, (await world.run(...words)).out));
  });

  test('the page shows nothing else', () => {
    expect([...blocksIn(page).keys()].toSorted()).toEqual(BROKEN_SET_UPS.map(({ name }) => name).toSorted());
  });
});

describe('what depends on a broken hop', () => {
  test('is not tried, and the hub is', async () => {
    world.health.reach = { stoppedAt: 'network', code: 'ECONNREFUSED' };

    const { hops } = await reportOf(...STORE);
    const tried = hops.filter(({ status }) => status !== 'not-tried').map(({ hop }) => hop);

    expect(tried).toEqual(['event-rules', 'queues', 'network', 'token']);
  });

  test('of one cluster leaves another alone', async () => {
    const blue = await world.tables.clusters.get('blue');
    if (blue === undefined) throw new Error('blue is not registered');
    await world.tables.clusters.put({ ...blue, name: 'grey', kubeSystemUid: 'another' });

    const { subjects } = await reportOf('doctor');
    const broken = subjects.filter(({ hops }) => hops.some(({ status }) => status === 'failed'));

    expect(broken.map(({ subject }) => subject)).toEqual(['cluster grey (https://blue.example.com)']);
  });
});

describe('where the default role trusts the service and not whoever looks', () => {
  const USER = 'arn:aws:sts::111122223333:assumed-role';
  const storeRef = { kind: 'SecretStore', namespace: 'shop', name: 'aws' } as const;
  const objectRef = { kind: 'ExternalSecret', namespace: 'shop', name: 'db' } as const;
  const condition = { type: 'Ready', reason: 'x', message: 'x', lastTransitionTime: '' } as const;

  beforeEach(() => {
    world.secrets.fail({ operation: 'open', identity: DEFAULT_ROLE }, () => {
      return new StoreAccessDeniedError(`operation error STS: AssumeRole, User: ${USER}/admin/you is not authorized`);
    });
  });

  const remember = async (storeIs: 'True' | 'False', text: string, userText?: string) => {
    const at = world.clock.now();
    const status = { ...EMPTY_STATUS, conditions: [{ ...condition, status: storeIs }] };
    await world.tables.states.put('blue', storeRef, {
      state: state({ status, lastWarning: { text, at } }),
      expected: 0,
    });
    if (userText === undefined) return;
    const stores = ['SecretStore/shop/aws'];
    const lastWarning = { text: userText, at };
    await world.tables.states.put('blue', objectRef, {
      state: state({ stores, failures: 1, lastWarning }),
      expected: 0,
    });
  };

  test('the answer that the service had is shown, as whom it was given', async () => {
    await remember(
      'False',
      `operation error STS: AssumeRole, User: ${USER}/secretcast-dev-reconcile/x is not authorized`,
    );

    const { hops } = await reportOf(...STORE);

    expect(hops.find(({ hop }) => hop === 'assume-role')).toMatchObject({
      status: 'failed',
      as: 'arn:aws:iam::111122223333:role/secretcast-dev-reconcile',
      answer: [expect.stringContaining('secretcast-dev-reconcile/x is not authorized')],
    });
  });

  test('what the service was answered by the provider is shown', async () => {
    await remember('True', '', 'operation error Secrets Manager: GetSecretValue, AccessDeniedException');

    const { failed } = await reportOf(...STORE);

    expect(failed).toEqual(['provider']);
  });

  test('without a record it says how to look', async () => {
    await remember('True', '');

    const { hops } = await reportOf(...STORE);

    expect(hops.find(({ hop }) => hop === 'provider')).toMatchObject({
      status: 'not-tried',
      remedy: { statements: [expect.objectContaining({ policy: expect.stringContaining(DEFAULT_ROLE) })] },
    });
  });
});

test('what nobody may look at is not tried, and nothing fails for it', async () => {
  world.health.inspectionError = new ClusterForbiddenError('no');

  const { healthy, hops } = await reportOf('doctor');

  expect(healthy).toBe(true);
  expect(hops.filter(({ status }) => status === 'not-tried').map(({ hop }) => hop)).toEqual([
    'stored-versions',
    'webhooks',
    'operator',
  ]);
});

test.each([
  [['doctor', '--store', 'shop/aws']],
  [['doctor', '--cluster', 'blue', '--key', 'prod/db']],
  [['doctor', '--cluster', 'blue', '--store', 'a/b/c']],
  [['doctor', '--cluster', 'blue', '--store', '/aws']],
])('%j is wrong usage', async (words) => {
  expect(await world.run(...words)).toMatchObject({ code: 2, out: '' });
});

test('a cluster that is not registered fails', async () => {
  expect(await world.run('doctor', '--cluster', 'grey')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('no cluster grey is registered'),
  });
});

describe('a value that is read is shown to nobody', () => {
  const formats = [[], ['--output', 'json']];
  const cases = [{ name: 'nothing is broken', breakIt: () => undefined }, ...BROKEN_SET_UPS];

  test.each(cases)('when $name', async ({ breakIt }) => {
    await breakIt(world);

    for (const format of formats) {
      const { out, err } = await world.run(...STORE, ...format);
      expect(out + err).not.toMatch(/CANARY|Q0FOQVJZ/);
    }
  });
});
