import { setTimeout as sleep } from 'node:timers/promises';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from './support/eventually.ts';
import { externalSecret } from './support/manifests.ts';
import { deployMemberAccount, type MemberAccount } from './support/member-account.ts';
import { becomesReady, eventTexts, externalSecretRef, readyOf, storeRef } from './support/ready.ts';
import { type E2e, startE2e } from './support/stack.ts';

const HUB = '111122223333';
const MEMBER = '444455556666';
const STRANGER = '999988887777';
const HUB_READER = `arn:aws:iam::${HUB}:role/secretcast-local-reader`;
const MEMBER_READER = `arn:aws:iam::${MEMBER}:role/secretcast-member-reader`;
const HUB_BUS = `arn:aws:events:eu-west-1:${HUB}:event-bus/secretcast-local`;
const EXTERNAL_ID = 'agreed-77';
const TAGGED = { 'external-secrets': 'true' };
const SOON = { withinMilliseconds: 30_000 };

let e2e: E2e;
let member: MemberAccount;
let stranger: MemberAccount;

/** A store without keys: the hub's reader, and where a role is named, the member's on top of it. */
const store = (name: string, options: { readonly namespace?: string; readonly aws?: object } = {}) => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'SecretStore',
  metadata: { name, namespace: options.namespace ?? 'default' },
  spec: { provider: { aws: { service: 'SecretsManager', region: 'eu-west-1', ...options.aws } } },
});

const throughMember = { role: MEMBER_READER, externalID: EXTERNAL_ID, sessionTagsPolicy: 'Simple' };

const valueIn = (name: string) => e2e.cluster('alpha').secretValue('default', name, 'password');

beforeAll(async () => {
  e2e = await startE2e({
    clusters: ['alpha'],
    parameters: { memberAccounts: MEMBER, memberRoles: MEMBER_READER },
    registration: ['--default-role', HUB_READER, '--allow-role', MEMBER_READER],
  });
  const shared = { HubReaderRoleArn: HUB_READER, ExternalId: EXTERNAL_ID, HubEventBusArn: HUB_BUS };
  member = await deployMemberAccount(e2e.aws, MEMBER, { ...shared, SecretPrefixes: 'prod/', Namespaces: 'default' });
  stranger = await deployMemberAccount(e2e.aws, STRANGER, shared);
  await member.createSecret('prod/db', 'of the member', TAGGED);
  await member.createSecret('prod/untagged', 'not for the hub');
  await member.createSecret('other/db', 'not for the hub', TAGGED);
  await e2e.cluster('alpha').apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
  await e2e
    .cluster('alpha')
    .apply(
      store('hub'),
      store('member', { aws: throughMember }),
      externalSecret({ name: 'db', store: 'member', data: { password: 'prod/db' } }),
    );
}, 180_000);

afterAll(async () => {
  member.close();
  stranger.close();
  await e2e.stop();
}, 60_000);

test("the stacks say which roles read: the hub's own, and the member's", () => {
  expect(e2e.service.outputs).toMatchObject({ ReaderRoleArn: HUB_READER, EventBusArn: HUB_BUS });
  expect(member.outputs).toEqual({ ReaderRoleArn: MEMBER_READER });
});

describe('a secret of another account', () => {
  test('is synced through its reader, with external id and session tags', async () => {
    await becomesReady(e2e.cluster('alpha'), externalSecretRef('db'), 30_000);

    expect(await valueIn('db')).toBe('of the member');
  });

  test('that is rotated arrives by the event its account forwards, long before the interval', async () => {
    await member.putSecret('prod/db', 'rotated');

    await eventually(async () => expect(await valueIn('db')).toBe('rotated'), SOON);
  });

  test.each([
    ['without the tag', 'prod/untagged'],
    ['beyond the prefix', 'other/db'],
  ])('%s is refused by IAM', async (_, key) => {
    const name = key.replace('/', '-');
    await e2e.cluster('alpha').apply(externalSecret({ name, store: 'member', data: { password: key } }));

    await eventually(
      async () => expect((await eventTexts(e2e.cluster('alpha'), externalSecretRef(name))).join()).toMatch(/denied/i),
      SOON,
    );
    expect(await valueIn(name)).toBeUndefined();
  });

  test.each([
    [
      'with another external id',
      'wrong-id',
      { namespace: 'default', aws: { ...throughMember, externalID: 'guessed' } },
    ],
    ['without session tags', 'no-tags', { namespace: 'default', aws: { ...throughMember, sessionTagsPolicy: 'None' } }],
    ['of a namespace that is not named', 'elsewhere', { namespace: 'other', aws: throughMember }],
  ])('is not read by a store %s', async (_, name, options) => {
    const { namespace } = options;
    await e2e
      .cluster('alpha')
      .apply(store(name, options), externalSecret({ name, namespace, store: name, data: { password: 'prod/db' } }));

    await eventually(
      async () => expect((await eventTexts(e2e.cluster('alpha'), storeRef(name, namespace))).join()).toMatch(/denied/i),
      SOON,
    );
    expect(await readyOf(e2e.cluster('alpha'), storeRef(name, namespace))).toMatch(/^False /);
    expect(await e2e.cluster('alpha').secretValue(namespace, name, 'password')).toBeUndefined();
  });
});

test('a store that claims a namespace in tags of its own is refused before anything is asked', async () => {
  const claimed = {
    ...throughMember,
    sessionTagsPolicy: 'None',
    sessionTags: [{ key: 'esoNamespace', value: 'default' }],
  };
  await e2e.cluster('alpha').apply(store('claimed', { namespace: 'other', aws: claimed }));

  await eventually(
    async () => expect(await readyOf(e2e.cluster('alpha'), storeRef('claimed', 'other'))).toMatch(/^False /),
    SOON,
  );
});

describe("a secret of the hub's account", () => {
  const create = async (Name: string, tags: Readonly<Record<string, string>>) => {
    const { endpoint, region, credentials } = e2e.aws;
    const secrets = new SecretsManagerClient({ endpoint, region, credentials });
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await secrets.send(new CreateSecretCommand({ Name, SecretString: `value of ${Name}`, Tags }));
    secrets.destroy();
  };

  test('is read by the reader that was deployed with the service, and again when it is rotated', async () => {
    await create('app', TAGGED);
    await e2e.cluster('alpha').apply(externalSecret({ name: 'app', store: 'hub', data: { password: 'app' } }));

    await eventually(async () => expect(await valueIn('app')).toBe('value of app'), SOON);
    await e2e.provider.putSecret('app', 'rotated');
    await eventually(async () => expect(await valueIn('app')).toBe('rotated'), SOON);
  });

  test('that is the token of a cluster is never read, whatever its tags', async () => {
    const key = 'secretcast/local/clusters/beta';
    await create(key, TAGGED);
    await e2e.cluster('alpha').apply(externalSecret({ name: 'token', store: 'hub', data: { password: key } }));

    await eventually(
      async () =>
        expect((await eventTexts(e2e.cluster('alpha'), externalSecretRef('token'))).join()).toContain(
          `may not read key ${key}, which is the service's own`,
        ),
      SOON,
    );
    expect(await valueIn('token')).toBeUndefined();
  });
});

test('an event of an account that is not registered reaches no queue, though its rules forward it', async () => {
  await stranger.createSecret('prod/db', 'first');
  await sleep(1_000); // events of before are through
  const { delivered } = await e2e.aws.events({});
  await stranger.putSecret('prod/db', 'second');
  await sleep(2_000);
  const after = (await e2e.aws.events({})).delivered;
  await member.putSecret('prod/db', 'last');
  await eventually(async () => expect(await valueIn('db')).toBe('last'), SOON);

  expect(after).toBe(delivered);
  expect((await e2e.aws.events({})).delivered).toBeGreaterThan(after);
});

test('nothing was malformed', async () => {
  expect(await e2e.inside.deadLetters()).toEqual([]);
});
