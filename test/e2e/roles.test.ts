import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { Ref } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { type FunctionRoles, openFunctionRoles } from './support/function-roles.ts';
import { externalSecret, pushMetadata, pushSecret, secret, storeWithKeys } from './support/manifests.ts';
import { mayPushSecrets, mayReadSecrets } from './support/provider.ts';
import { openQueues, QUEUES, type Queues } from './support/queues.ts';
import { becomesReady, externalSecretRef, pushSecretRef } from './support/ready.ts';
import { type E2e, startE2e } from './support/stack.ts';

/** Several times what a flow takes. */
const LONG_ENOUGH_MILLISECONDS = 3_000;
const BACK = { withinMilliseconds: 30_000 };
const HOUR_MILLISECONDS = 3_600_000;
const KEYED = { kind: 'ExternalSecret', namespace: 'default', name: 'keyed' } as const;
const PUSHED = { kind: 'PushSecret', namespace: 'default', name: 'keyed' } as const;

let e2e: E2e;
let roles: FunctionRoles;
let queues: Queues;
let turn = 0;
/** Objects that are never at rest. */
const hasty: Ref[] = [];

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'], feed: false });
  roles = openFunctionRoles(e2e);
  await roles.stopClock(); // every invocation below is asked for
  queues = openQueues(e2e);
  const { provider } = e2e;
  const key = await provider.createUser('reader', [mayReadSecrets(''), ...mayPushSecrets('')]);
  const defaultRole = await provider.createRole('tenant-default', [mayReadSecrets('')]);
  const registered = await e2e.inside.tables.clusters.get('alpha');
  if (registered === undefined) throw new Error('alpha is not registered');
  const pushRole = await provider.createRole('tenant-push', mayPushSecrets(''));
  await e2e.inside.tables.clusters.put({ ...registered, identity: { ...registered.identity, defaultRole, pushRole } });
  await provider.createSecret('db', 'none');
  await e2e.cluster('alpha').apply(
    ...storeWithKeys('keys', key),
    {
      apiVersion: 'external-secrets.io/v1beta1',
      kind: 'SecretStore',
      metadata: { name: 'role', namespace: 'default' },
      spec: { provider: { aws: { service: 'SecretsManager', region: e2e.aws.region } } },
    },
    externalSecret({ name: 'keyed', store: 'keys', data: { password: 'db' } }),
    externalSecret({ name: 'assumed', store: 'role', data: { password: 'db' } }),
    secret('app', { password: 'none' }),
    ...(['keys', 'role'] as const).map((store) => push(store === 'keys' ? 'keyed' : 'assumed', store)),
  );
  await e2e.invoke('watch-clusters');
  for (const name of ['keyed', 'assumed'])
    for (const ref of [externalSecretRef(name), pushSecretRef(name)])
      await becomesReady(e2e.cluster('alpha'), ref, 30_000);
}, 180_000);

/** What one test left behind must not do what the next one says nobody does. */
afterEach(async () => {
  for (const ref of hasty.splice(0)) await e2e.cluster('alpha').remove(ref);
  for (const queue of QUEUES) await queues.purge(queue);
  await sleep(1_000); // who has a message already ends
}, 60_000);

afterAll(async () => {
  queues.close();
  roles.close();
  await e2e.stop();
}, 60_000);

/** What the Secret `app` holds, pushed to `pushed-NAME`. */
const push = (name: string, store: string, refreshInterval = '1h') =>
  pushSecret({
    name,
    store,
    refreshInterval,
    data: { [`pushed-${name}`]: 'password' },
    metadata: pushMetadata({ secretPushFormat: 'string' }),
  });

/** Begins something that the service is to finish. @returns whether it has */
type Flow = () => Promise<() => Promise<boolean>>;

const valueIn = (name: string) => e2e.cluster('alpha').secretValue('default', name, 'password');

const rotation =
  (target: string): Flow =>
  async () => {
    turn += 1;
    const value = `v${turn}`;
    await e2e.provider.putSecret('db', value);
    return async () => (await valueIn(target)) === value;
  };

const pushedValue = async (name: string) => (await e2e.provider.readSecret(`pushed-${name}`))?.value;

const edit =
  (name: string): Flow =>
  async () => {
    turn += 1;
    const value = `p${turn}`;
    await e2e.cluster('alpha').apply(secret('app', { password: value }));
    return async () => (await pushedValue(name)) === value;
  };

const newPush: Flow = async () => {
  turn += 1;
  const name = `new-${turn}`;
  await e2e.cluster('alpha').apply(push(name, 'keys'));
  return async () => (await pushedValue(name)) !== undefined;
};

const newPushAndFeed: Flow = async () => {
  await roles.freeLease('alpha');
  await e2e.invoke('watch-clusters');
  return newPush();
};

/** Drift that nobody announces, put right at an interval shorter than the schedule's. */
const shortPush: Flow = async () => {
  turn += 1;
  const name = `hasty-${turn}`;
  hasty.push(pushSecretRef(name));
  await e2e.cluster('alpha').apply(push(name, 'keys', '1s'));
  await eventually(async () => expect(await pushedValue(name)).toBeDefined(), BACK);
  const value = await pushedValue(name);
  await e2e.provider.putSecret(`pushed-${name}`, 'drifted');
  return async () => (await pushedValue(name)) === value;
};

const duePush: Flow = async () => {
  const { states } = e2e.inside.tables;
  const state = await states.get('alpha', PUSHED);
  if (state === undefined) throw new Error('nothing is remembered of the PushSecret');
  await states.moveDue({ cluster: 'alpha', ref: PUSHED, dueAt: state.dueAt }, Date.now() - 1_000);
  await e2e.invoke('on-schedule');
  return async () => ((await states.get('alpha', PUSHED))?.dueAt ?? 0) > Date.now() + HOUR_MILLISECONDS / 2;
};

const dueObject: Flow = async () => {
  const { states } = e2e.inside.tables;
  const state = await states.get('alpha', KEYED);
  if (state === undefined) throw new Error('nothing is remembered of the object');
  await states.moveDue({ cluster: 'alpha', ref: KEYED, dueAt: state.dueAt }, Date.now() - 1_000);
  await e2e.invoke('on-schedule');
  return async () => ((await states.get('alpha', KEYED))?.dueAt ?? 0) > Date.now() + HOUR_MILLISECONDS / 2;
};

const newObject: Flow = async () => {
  turn += 1;
  const name = `new-${turn}`;
  await e2e.cluster('alpha').apply(externalSecret({ name, store: 'keys', data: { password: 'db' } }));
  return async () => (await valueIn(name)) !== undefined;
};

/** The same, with a feed that begins anew: the one that held the watches has its sessions already. */
const newObjectAndFeed: Flow = async () => {
  await roles.freeLease('alpha');
  await e2e.invoke('watch-clusters');
  return newObject();
};

/** A change nobody announces, found at an interval shorter than the schedule's. */
const shortInterval: Flow = async () => {
  turn += 1;
  const name = `hasty-${turn}`;
  hasty.push(externalSecretRef(name));
  await e2e.provider.createSecret(name, 'none');
  await e2e
    .cluster('alpha')
    .apply(externalSecret({ name, store: 'keys', data: { password: name }, refreshInterval: '1s' }));
  await eventually(async () => expect(await valueIn(name)).toBe('none'), BACK);
  await e2e.aws.events({ drop: { match: name } });
  await e2e.provider.putSecret(name, 'changed');
  return async () => (await valueIn(name)) === 'changed';
};

interface Need {
  readonly sid: string;
  /** What a person would miss. */
  readonly fails: string;
  readonly flow: Flow;
}

const NEEDS: Readonly<Record<string, readonly Need[]>> = {
  'on-secret-change': [
    { sid: 'FindDependants', fails: 'a rotation does not arrive', flow: rotation('keyed') },
    { sid: 'AnnounceVersions', fails: 'a rotation does not arrive', flow: rotation('keyed') },
    { sid: 'SendReconcile', fails: 'a rotation does not arrive', flow: rotation('keyed') },
  ],
  'on-schedule': [
    { sid: 'FindDueObjects', fails: 'a due object is not looked at', flow: dueObject },
    { sid: 'MoveDueTimes', fails: 'a due object is not looked at', flow: dueObject },
    { sid: 'SendReconcile', fails: 'a due object is not looked at', flow: dueObject },
    { sid: 'SendPush', fails: 'a due PushSecret is not looked at', flow: duePush },
  ],
  reconcile: [
    { sid: 'ReadTable', fails: 'a rotation does not arrive', flow: rotation('keyed') },
    { sid: 'ReadConnectionSecrets', fails: 'a rotation does not arrive', flow: rotation('keyed') },
    { sid: 'AssumeRoles', fails: 'a store without keys of its own cannot be read', flow: rotation('assumed') },
    { sid: 'KeepStates', fails: 'a new object is not synced', flow: newObject },
    { sid: 'SendReconcile', fails: 'an interval under a minute is not kept', flow: shortInterval },
  ],
  'watch-clusters': [
    { sid: 'ReadTable', fails: 'a new object is not seen', flow: newObjectAndFeed },
    { sid: 'KeepMirrors', fails: 'a new object is not seen', flow: newObjectAndFeed },
    { sid: 'ReadConnectionSecrets', fails: 'a new object is not seen', flow: newObjectAndFeed },
    { sid: 'SendReconcile', fails: 'a new object is not seen', flow: newObjectAndFeed },
    { sid: 'SendPush', fails: 'a new PushSecret is not seen', flow: newPushAndFeed },
  ],
  push: [
    { sid: 'ReadTable', fails: 'an edit is not pushed', flow: edit('keyed') },
    { sid: 'ReadConnectionSecrets', fails: 'an edit is not pushed', flow: edit('keyed') },
    { sid: 'AssumeRoles', fails: 'a store without keys of its own cannot be pushed to', flow: edit('assumed') },
    { sid: 'KeepStates', fails: 'a new PushSecret is not pushed', flow: newPush },
    { sid: 'SendPush', fails: 'an interval under a minute is not kept', flow: shortPush },
  ],
};

/** Not evaluated here, or for clusters that cannot be here: asserted on the template. */
const ON_TEMPLATE: Readonly<Record<string, readonly string[]>> = {
  'on-secret-change': ['WriteLogs', 'ReceiveSecretChanges'],
  'on-schedule': ['WriteLogs'],
  reconcile: ['WriteLogs', 'ReceiveReconcile', 'FindMovedClusters', 'SendPush'],
  push: ['WriteLogs', 'ReceivePush', 'FindMovedClusters', 'SendReconcile'],
  'watch-clusters': ['WriteLogs', 'AssumeRoles', 'FindMovedClusters'],
};

const works = async (flow: Flow): Promise<void> => {
  const finished = await flow();
  await eventually(async () => expect(await finished()).toBe(true), BACK);
};

const FUNCTIONS = Object.keys(NEEDS);

describe('with its own role only', () => {
  test.each<[string, Flow]>([
    ['a rotation arrives', rotation('keyed')],
    ['a rotation arrives through the default role of the cluster', rotation('assumed')],
    ['a due object is looked at', dueObject],
    ['a new object is synced', newObject],
    ['an edit is pushed', edit('keyed')],
    ['an edit is pushed with the push role of the cluster', edit('assumed')],
    ['a due PushSecret is looked at', duePush],
    ['a new PushSecret is pushed', newPush],
  ])('%s', (_, flow) => works(flow));

  test.each(FUNCTIONS)('%s: each statement has its row below', async (functionName) => {
    const rows = [...(NEEDS[functionName] ?? []).map(({ sid }) => sid), ...(ON_TEMPLATE[functionName] ?? [])];

    expect((await roles.statementsOf(functionName)).toSorted()).toEqual(rows.toSorted());
  });
});

describe.each(FUNCTIONS)('%s', (functionName) => {
  test.each((NEEDS[functionName] ?? []).map(({ sid, fails, flow }) => [sid, fails, flow] as const))(
    'without %s, %s; with it again, it does',
    async (sid, _, flow) => {
      await roles.take(functionName, sid);
      const finished = await flow();
      await sleep(LONG_ENOUGH_MILLISECONDS);
      const without = await finished();
      await e2e.aws.events({});
      await roles.giveBack(functionName);

      expect(without).toBe(false);
      await works(flow);
      await e2e.aws.events({});
    },
    90_000,
  );
});

const templateSchema = z.looseObject({
  Resources: z.record(z.string(), z.looseObject({ Properties: z.optional(z.looseObject({})) })),
});
const roleSchema = z.looseObject({
  RoleName: z.string(),
  Policies: z.array(
    z.looseObject({
      PolicyDocument: z.looseObject({ Statement: z.array(z.looseObject({ Sid: z.string(), Action: z.unknown() })) }),
    }),
  ),
});

describe('in the template, for the local AWS does not evaluate it,', () => {
  const statements = async (functionName: string) => {
    const file = join(e2e.directory, 'service/.serverless/cloudformation-template-update-stack.json');
    const { Resources } = templateSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    const role = Object.values(Resources)
      .map(({ Properties }) => roleSchema.safeParse(Properties).data)
      .find((properties) => properties?.RoleName.endsWith(`-${functionName}`));
    return (role?.Policies ?? []).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  };
  const actionsOf = async (functionName: string, sid: string) =>
    (await statements(functionName)).find(({ Sid }) => Sid === sid)?.Action;

  test.each(FUNCTIONS)('%s may write its logs', async (functionName) => {
    expect(await actionsOf(functionName, 'WriteLogs')).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
  });

  test.each([
    ['on-secret-change', 'ReceiveSecretChanges'],
    ['reconcile', 'ReceiveReconcile'],
    ['push', 'ReceivePush'],
  ])('%s may take messages off its queue', async (functionName, sid) => {
    expect(await actionsOf(functionName, sid)).toEqual([
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
    ]);
  });

  test.each([
    ['reconcile', 'SendPush'],
    ['push', 'SendReconcile'],
  ])('%s may send what a store’s change, or a cluster that answers again, wakes: %s', async (functionName, sid) => {
    expect(await actionsOf(functionName, sid)).toEqual(['sqs:SendMessage', 'sqs:SendMessageBatch']);
  });

  test.each(['push', 'reconcile', 'watch-clusters'])(
    '%s may ask where the EKS clusters of its account are',
    async (name) => {
      expect(await actionsOf(name, 'FindMovedClusters')).toBe('eks:DescribeCluster');
    },
  );

  test('watch-clusters may assume the roles that open EKS clusters, by the statement that is tried with reconcile', async () => {
    const statement = (await statements('watch-clusters')).find(({ Sid }) => Sid === 'AssumeRoles');

    expect(statement).toEqual((await statements('reconcile')).find(({ Sid }) => Sid === 'AssumeRoles'));
  });
});
