import { describe, expect, test } from '@jest/globals';
import { parseSecretChange } from '../../../src/events/secret-change.ts';
import { externalSecret } from '../../support/builders.ts';
import { FAKE_ACCOUNT } from '../../support/fake-secrets.ts';
import { createSyncedWorld, DB, type World } from '../../support/world.ts';

const ARN = `arn:aws:secretsmanager:eu-central-1:${FAKE_ACCOUNT}:secret:prod/db-AbCd12`;

/** What arrives of one rotation besides the calls nobody listens to, as `spec` tells it, each with an id of its own. */
const eventsOf = (versionId: string) => {
  const api = (eventName: string, requestParameters: object) => ({
    'detail-type': 'AWS API Call via CloudTrail',
    detail: {
      eventName,
      requestParameters: { secretId: 'prod/db', ...requestParameters },
      responseElements: { arn: ARN },
    },
  });
  const service = (eventName: string) => ({
    'detail-type': 'AWS Service Event via CloudTrail',
    detail: { eventName, additionalEventData: { SecretId: ARN }, requestID: `Rotation-${ARN}-${versionId}` },
  });
  return [
    service('RotationStarted'),
    api('PutSecretValue', { clientRequestToken: versionId, versionStages: ['AWSPENDING'] }),
    api('UpdateSecretVersionStage', { versionStage: 'AWSCURRENT', moveToVersionId: versionId }),
    {
      'detail-type': 'Secret Label Updated',
      resources: [ARN],
      detail: { name: 'prod/db', labelUpdated: 'AWSCURRENT', versionId },
    },
    service('RotationSucceeded'),
    api('UpdateSecretVersionStage', { versionStage: 'AWSPENDING', removeFromVersionId: versionId }),
  ];
};

const receive = async (world: World, event: { readonly detail: object }, id: string): Promise<void> => {
  const body = JSON.stringify({
    id,
    source: 'aws.secretsmanager',
    account: FAKE_ACCOUNT,
    region: 'eu-central-1',
    time: new Date(Math.floor(world.clock.now() / 1_000) * 1_000).toISOString(),
    ...event,
    detail: { eventSource: 'secretsmanager.amazonaws.com', ...event.detail },
  });
  const change = parseSecretChange(body);
  if (!('ignored' in change)) await world.findAffected(change);
};

const rotate = (world: World): string => world.secrets.manager.put('prod/db', { text: 'two' });

test('one rotation is one read and one write, however many events tell of it over a minute [EV4 EV6]', async () => {
  const world = await createSyncedWorld();
  const versionId = rotate(world);

  for (const [index, event] of eventsOf(versionId).entries()) {
    await receive(world, event, `event-${index}`);
    await world.settle();
    await world.clock.advance(7_500);
  }

  expect(world.target()).toEqual({ password: 'two' });
  expect(world.secrets.calls({ operation: 'read' })).toHaveLength(1);
  expect(world.cluster().requests.all()).toEqual({
    'get secrets': 1,
    'update secrets': 1,
    'create events': 1,
    'update externalsecrets/status': 1,
  });
});

test('in any order, and all at once, it costs no more than that', async () => {
  for (const reversed of [false, true]) {
    const world = await createSyncedWorld();
    const events = eventsOf(rotate(world));
    for (const [index, event] of (reversed ? events.reverse() : events).entries())
      await receive(world, event, `event-${index}`);

    await world.settle();

    expect(world.target()).toEqual({ password: 'two' });
    expect(world.secrets.calls({ operation: 'read' })).toHaveLength(1);
  }
});

test('each identity reads it once in a batch, whatever the number of objects', async () => {
  const world = await createSyncedWorld();
  for (const name of ['db-2', 'db-3', 'db-4']) await world.apply(externalSecret({ name }));
  await world.settle();
  await world.clock.advance(20_000);
  world.secrets.forgetCalls();

  for (const [index, event] of eventsOf(rotate(world)).entries()) {
    await receive(world, event, `event-${index}`);
    await world.settle();
    await world.clock.advance(7_500);
  }

  expect(world.target('db-4')).toEqual({ password: 'two' });
  expect(world.secrets.calls({ operation: 'read' })).toHaveLength(1);
});

test('a rotation whose own event is lost is brought in by what the trail tells', async () => {
  const world = await createSyncedWorld();
  const events = eventsOf(rotate(world));

  await receive(world, events.at(-2) ?? { detail: {} }, 'event');
  await world.settle();

  expect(world.target()).toEqual({ password: 'two' });
});

test('an event of a version that is not written yet is never taken for one that is', async () => {
  const world = await createSyncedWorld();
  const first = rotate(world);
  await world.announce('prod/db', first);
  await world.settle();
  await world.clock.advance(5_000);

  await world.rotate('prod/db', 'three');
  await world.settle();
  await world.announce('prod/db', first); // comes late, of a version that is current no more
  await world.settle();

  expect(world.target()).toEqual({ password: 'three' });
});

describe('two passes over one rotation at the same time', () => {
  /** A second pass comes and goes while the first is about to write. */
  const overtaken = async (between: (world: World, versionId: string) => Promise<void>): Promise<World> => {
    const world = await createSyncedWorld();
    const versionId = rotate(world);
    let isOvertaken = false;
    world.before = async (call) => {
      if (call !== 'cluster.replaceSecret' || isOvertaken) return;
      isOvertaken = true;
      await between(world, versionId);
    };
    await world.sync(DB, { type: 'event', eventId: 'one', at: world.clock.now(), versionId });
    return world;
  };

  test('read it once each: what the slower one finds written is what it would write', async () => {
    const world = await overtaken((other, versionId) =>
      other.sync(DB, { type: 'event', eventId: 'two', at: other.clock.now(), versionId }),
    );

    expect(world.target()).toEqual({ password: 'two' });
    expect(world.secrets.calls({ operation: 'read' })).toHaveLength(2);
  });

  test('but when something else was written meanwhile, the provider is read again before it is replaced', async () => {
    const world = await overtaken(async (other) => {
      await other.rotate('prod/db', 'three');
      await other.settle();
    });

    await world.settle();
    expect(world.target()).toEqual({ password: 'three' });
    expect(world.secrets.calls({ operation: 'read' }).length).toBeGreaterThan(2);
  });
});
