import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import * as z from 'zod/mini';
import { type LocalAws, startLocalAws } from '../../local/aws/start-local-aws.ts';
import type { LocalCluster } from '../../local/cluster.ts';
import type { AccessEntry } from '../../local/eks/access-entries.ts';
import { createEksAuthenticator, type JudgeToken } from '../../local/eks/authenticator.ts';
import { startTokenWebhook, type TokenWebhook } from '../../local/eks/token-webhook.ts';
import { startRealCluster } from '../../local/real-cluster/start-real-cluster.ts';
import { createEksToken } from '../../src/adapters/kubernetes/eks-token.ts';
import type { ClusterClient } from '../../src/app/ports/cluster-client.ts';
import { composeClusterClients } from '../../src/compose/clusters.ts';
import { composeRuntime } from '../../src/compose/runtime.ts';
import { loadConfig } from '../../src/config.ts';
import type { Cluster } from '../../src/domain/cluster.ts';
import type { Credentials } from '../../src/domain/identity-plan.ts';
import { rbacManifests } from '../../src/domain/rbac.ts';
import { type ApiServerAdmin, createApiServerAdmin } from '../support/api-server-admin.ts';
import { becomeHub, CLUSTERS, HUB, HUB_ROLE, makeEksRoles } from '../support/eks-roles.ts';
import { changeParameter, decodeToken, encodeToken, TOKEN_PARAMETERS } from '../support/eks-token-text.ts';

const REGION = 'eu-west-1';
const CLUSTER_ROLE = `arn:aws:iam::${CLUSTERS}:role/blue-access`;
const UNKNOWN_ROLE = `arn:aws:iam::${CLUSTERS}:role/of-nobody`;
const GROUPLESS_ROLE = `arn:aws:iam::${CLUSTERS}:role/in-no-group`;
const MINUTE = 60_000;

const ENTRIES: readonly AccessEntry[] = [
  { principalArn: HUB_ROLE, kubernetesGroups: ['secretcast'] },
  { principalArn: CLUSTER_ROLE, kubernetesGroups: ['secretcast'], username: 'secretcast:{{SessionName}}' },
  { principalArn: GROUPLESS_ROLE, kubernetesGroups: [] },
];

const environment = { ...process.env };
let directory: string;
let aws: LocalAws;
let webhook: TokenWebhook;
let cluster: LocalCluster;
let admin: ApiServerAdmin;
let dispatcher: Agent;
let hubKeys: Required<Credentials>;

const authenticatorOf = (clusterName: string, now: () => number = Date.now): JudgeToken =>
  createEksAuthenticator({ clusterName, accessEntries: () => ENTRIES, sts: aws.endpoint, now });

/** A token of the hub's role, signed by the product. */
const sign = (clusterName = 'blue', now = Date.now()): Promise<string> =>
  createEksToken({ credentials: hubKeys, region: REGION, clusterName, clock: { now: () => now } }).get();

/** The product's client of the cluster, composed as in a function. */
const open = (
  signing: { readonly eksName?: string; readonly roleArn?: string } = {},
  now: () => number = Date.now,
): Promise<ClusterClient> => {
  const { eksName = 'blue', ...role } = signing;
  const { server, certificateAuthority } = cluster;
  const registered: Cluster = {
    name: 'blue',
    connection: { type: 'eks', eksName, region: REGION, server, certificateAuthority, ...role },
    labels: {},
    mode: 'active',
    controllerClass: '',
    namespaces: ['orders'],
    identity: { allowRoles: [], sessionTags: false },
    kubeSystemUid: '',
  };
  const config = loadConfig({
    TABLE_NAME: 'none',
    RECONCILE_QUEUE_URL: 'none',
    PUSH_QUEUE_URL: 'none',
    AWS_REGION: REGION,
  });
  const runtime = composeRuntime(config, 'reconcile');
  const registry = { ...runtime.registry, get: async () => registered };
  return composeClusterClients(config, { ...runtime, registry, clock: { ...runtime.clock, now } })('blue');
};

const reviewSchema = z.looseObject({
  status: z.looseObject({ userInfo: z.looseObject({ username: z.string(), groups: z.array(z.string()) }) }),
});

/** The API server's own word on who a token is; undefined: 401. */
const whoIs = async (token: string) => {
  const { statusCode, body } = await request(`${cluster.server}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
    method: 'POST',
    dispatcher,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
  });
  const answer = await body.json();
  if (statusCode === 401) return undefined;
  const { username, groups } = reviewSchema.parse(answer).status.userInfo;
  return { username, groups };
};

type Change = readonly [what: string, changeUrl: (url: string) => string];
const change = (what: string, name: string, to: (pair: string) => readonly string[]): Change => [
  what,
  (url) => changeParameter(url, name, to),
];

const lastReason = () => webhook.verdicts.at(-1)?.why;

const PLURALS: Readonly<Record<string, string>> = {
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
};

/** What `secretcast rbac --namespace orders` prints. */
const applyRbac = async (): Promise<void> => {
  for (const manifest of rbacManifests({ group: 'secretcast', namespaces: ['orders'], serviceAccounts: [] })) {
    const { namespace } = manifest.metadata;
    const place = namespace === undefined ? '' : `namespaces/${namespace}/`;
    await admin.send('POST', `/apis/rbac.authorization.k8s.io/v1/${place}${PLURALS[manifest.kind]}`, manifest);
  }
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'eks-token-'));
  aws = await startLocalAws({ directory: join(directory, 'aws'), auth: true, accountId: HUB, log: () => undefined });
  await makeEksRoles(aws, ['blue-access', 'of-nobody', 'in-no-group']);
  hubKeys = await becomeHub(aws);
  process.env['AWS_ACCESS_KEY_ID'] = hubKeys.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = hubKeys.secretAccessKey;
  process.env['AWS_SESSION_TOKEN'] = hubKeys.sessionToken;
  process.env['AWS_ENDPOINT_URL_STS'] = aws.endpoint; // for the SDK, in AssumeRole; tokens are signed for AWS's own STS
  webhook = await startTokenWebhook(authenticatorOf('blue'));
  cluster = await startRealCluster({
    name: 'blue',
    directory: join(directory, 'cluster'),
    tokenWebhook: webhook.url,
  });
  admin = createApiServerAdmin(cluster);
  dispatcher = new Agent({ connect: { ca: cluster.certificateAuthority } });
  for (const name of ['orders', 'billing']) {
    await admin.send('POST', '/api/v1/namespaces', { metadata: { name } });
    await admin.send('POST', `/api/v1/namespaces/${name}/secrets`, {
      metadata: { name: 'db' },
      stringData: { a: 'b' },
    });
  }
  await applyRbac();
}, 40 * MINUTE);

afterAll(async () => {
  process.env = environment;
  await dispatcher?.destroy();
  await admin?.close();
  await cluster?.stop();
  await webhook?.stop();
  await aws?.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('an EKS token at a kube-apiserver that asks STS', () => {
  test('of the hub is the user and group of its access entry', async () => {
    expect(await whoIs(await sign())).toEqual({
      username: `arn:aws:sts::${HUB}:assumed-role/secretcast-reconcile/secretcast-reconcile`,
      groups: ['secretcast', 'system:authenticated'],
    });
  });

  test('for another cluster is nobody, and is good there', async () => {
    const forGreen = await sign('green');

    expect(await whoIs(forGreen)).toBeUndefined();
    expect(lastReason()).toBe('STS answered 403 (SignatureDoesNotMatch)');
    expect(await authenticatorOf('green')(forGreen)).toHaveProperty('user.groups', ['secretcast']);
  });

  test('longer than 4096 bytes is nobody', async () => {
    const url = decodeToken(await sign());

    expect(await whoIs(encodeToken(`${url}&${'x'.repeat(3_500)}`))).toBeUndefined();
    expect(lastReason()).toBe('longer than 4096 bytes');
  });

  const changes: readonly Change[] = [
    ...TOKEN_PARAMETERS.map((name) => change(`without ${name}`, name, () => [])),
    ...TOKEN_PARAMETERS.map((name) => change(`with another ${name}`, name, (pair) => [`${pair}0`])),
    ...TOKEN_PARAMETERS.map((name) => change(`with ${name} twice`, name, (pair) => [pair, pair])),
    ...TOKEN_PARAMETERS.map((name) => change(`with ${name} in small letters`, name, (pair) => [pair.toLowerCase()])),
    ['with a parameter that AWS SDKs add', (url) => `${url}&x-id=GetCallerIdentity`],
    ['with a hash of the body', (url) => `${url}&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD`],
    change('that says it ends a second later', 'X-Amz-Expires', () => ['X-Amz-Expires=61']),
    change('that asks something else', 'Action', () => ['Action=GetSessionToken']),
    ['of another host', (url) => url.replace(`sts.${REGION}.`, 'sts.eu-central-1.')],
  ];

  test.each(changes)('%s is nobody', async (_, changeUrl) => {
    const token = await sign();
    const changed = encodeToken(changeUrl(decodeToken(token)));
    const asked = webhook.verdicts.length;

    expect(changed).not.toBe(token);
    expect(await whoIs(changed)).toBeUndefined();
    expect(webhook.verdicts).toHaveLength(asked + 1);
    expect(await whoIs(token)).toBeDefined();
  });
});

describe("the product's client of an EKS cluster", () => {
  test('may do what `secretcast rbac` grants the group, and no more', async () => {
    const client = await open();

    expect(await client.kubeSystemUid()).toMatch(/^[\w-]{36}$/);
    expect(await client.readSecret({ namespace: 'orders', name: 'db' })).toBeDefined();
    await expect(client.readSecret({ namespace: 'billing', name: 'db' })).rejects.toMatchObject({
      name: 'ClusterForbiddenError',
    });
  });

  test("signs with the cluster's own role, in another account", async () => {
    const client = await open({ roleArn: CLUSTER_ROLE });

    expect(await client.readSecret({ namespace: 'orders', name: 'db' })).toBeDefined();
    expect(webhook.verdicts.at(-1)).toMatchObject({
      user: {
        username: 'secretcast:secretcast',
        groups: ['secretcast'],
        extra: { arn: [`arn:aws:sts::${CLUSTERS}:assumed-role/blue-access/secretcast`] },
      },
    });
  });

  test('is not let in without an access entry; with one that names no group it may do nothing', async () => {
    const unknown = await open({ roleArn: UNKNOWN_ROLE });
    const groupless = await open({ roleArn: GROUPLESS_ROLE });
    const secret = { namespace: 'orders', name: 'db' };

    await expect(unknown.readSecret(secret)).rejects.toThrow('the credentials are not accepted');
    expect(lastReason()).toContain('no access entry names');
    await expect(groupless.readSecret(secret)).rejects.toThrow('get secrets in namespace orders is forbidden');
  });

  test('is not let in when it is registered under the name of another EKS cluster', async () => {
    const client = await open({ eksName: 'green' });

    await expect(client.kubeSystemUid()).rejects.toThrow('the credentials are not accepted');
  });
});

describe('time', () => {
  test('moves: a token is renewed after 14 minutes, before EKS and STS let it go after 15', async () => {
    const started = Date.now() - 13.5 * MINUTE; // by the machine's clock, which STS and the API server have
    let now = started;
    const token = createEksToken({
      credentials: hubKeys,
      region: REGION,
      clusterName: 'blue',
      clock: { now: () => now },
    });
    const first = await token.get();
    now = started + 14 * MINUTE - 1;
    const kept = await token.get();
    now = started + 14 * MINUTE;
    const renewed = await token.get();

    expect(kept).toBe(first);
    expect(await whoIs(kept)).toBeDefined();
    expect(renewed).not.toBe(first);
    expect(await whoIs(renewed)).toBeDefined();
    const later = authenticatorOf('blue', () => started + 15 * MINUTE + 1_000);
    expect(await later(first)).toEqual({ why: 'signed more than 15 minutes ago' });
    expect(await later(renewed)).toHaveProperty('user');
  });

  test('that has passed makes a token nobody', async () => {
    expect(await whoIs(await sign('blue', Date.now() - 15 * MINUTE - 5_000))).toBeUndefined();
    expect(lastReason()).toBe('signed more than 15 minutes ago');
  });

  test('on a clock that is far ahead makes tokens that STS refuses', async () => {
    expect(await whoIs(await sign('blue', Date.now() + 20 * MINUTE))).toBeUndefined();
    expect(lastReason()).toMatch(/^STS answered 403/);
  });

  test('moves for the whole client: it is let in before and after the renewal, with two tokens', async () => {
    const started = Date.now() - 13 * MINUTE; // tokens of other seconds than above: the API server remembers those
    let now = started;
    const client = await open({}, () => now);
    const asked = webhook.verdicts.length;

    await client.kubeSystemUid();
    now = started + 14 * MINUTE;
    await client.kubeSystemUid();

    const verdicts = webhook.verdicts.slice(asked);
    expect(verdicts.map(({ why }) => why)).toEqual([undefined, undefined]);
  });
});
