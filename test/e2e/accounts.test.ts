import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { registerCluster } from '../../local/stack.ts';
import type { ClusterAdmin, Manifest, Ref } from './support/cluster-admin.ts';
import { eventually, throughout } from './support/eventually.ts';
import { secret } from './support/manifests.ts';
import { deployMemberAccount, type MemberAccount } from './support/member-account.ts';
import { createProvider, type Provider, type Statement, type Trust } from './support/provider.ts';
import { becomesReady, eventTexts, externalSecretRef, readyOf, storeRef } from './support/ready.ts';
import { type AccountName, allowTokensOf, issuerOf, serviceAccount, subjectOf } from './support/service-accounts.ts';
import { type E2e, startE2e } from './support/stack.ts';

/*
 * Secrets in one account, clusters in two others, the hub in a fourth:
 *
 *   beta, in B    service account -> eso-irsa (B) -> eso-hop (B) -> secretcast-member-reader (A), which asks for an external id
 *   gamma, in C   keys with a session token, of a role in C ----> shared-reader (A)
 *
 * No statement of any account names the hub: what is read, is read as the tenants' own identities.
 */

const HUB = '111122223333';
const A = '444455556666';
const B = '555566667777';
const C = '666677778888';
const HUB_BUS = `arn:aws:events:eu-west-1:${HUB}:event-bus/secretcast-local`;
const roleOf = (account: string, name: string): string => `arn:aws:iam::${account}:role/${name}`;
const IRSA = roleOf(B, 'eso-irsa');
const HOP = roleOf(B, 'eso-hop');
const MEMBER_READER = roleOf(A, 'secretcast-member-reader');
const EXTERNAL_ID = 'agreed-77';
const TAGGED = { 'external-secrets': 'true' };
const SHARED: AccountName = { namespace: 'external-secrets', name: 'eso-default' };
const TEAMS = ['team-a', 'team-b'] as const;
const teamAccount = (namespace: string): AccountName => ({ namespace, name: 'reader' });
/** A store that failed is tried again after a few seconds, then later and later. */
const SOON = { withinMilliseconds: 60_000 };

let e2e: E2e;
let beta: ClusterAdmin;
let gamma: ClusterAdmin;
let a: Provider;
let b: Provider;
let c: Provider;
let member: MemberAccount;

const mayAssume = (...roles: readonly string[]): Statement => ({
  Effect: 'Allow',
  Action: ['sts:AssumeRole', 'sts:TagSession'],
  Resource: roles,
});
const mayRead = (Condition: Statement['Condition'], Resource = '*'): Statement => ({
  Effect: 'Allow',
  Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
});
/** Trusts what `role` is, when its session is asked for with these tags. */
const trustWithTag = (role: string, namespaces: readonly string[]): readonly Trust[] => [
  {
    Principal: { AWS: role },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:RequestTag/esoNamespace': namespaces } },
  },
  { Principal: { AWS: role }, Action: 'sts:TagSession' },
];

const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): Manifest => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

interface StoreOptions {
  readonly kind?: 'SecretStore' | 'ClusterSecretStore';
  readonly namespace?: string;
  readonly conditions?: readonly object[];
  readonly aws: Readonly<Record<string, unknown>>;
}

const store = (name: string, options: StoreOptions): Manifest => ({
  apiVersion: 'external-secrets.io/v1beta1',
  kind: options.kind ?? 'ClusterSecretStore',
  metadata: { name, ...(options.namespace === undefined ? {} : { namespace: options.namespace }) },
  spec: {
    ...(options.conditions === undefined ? {} : { conditions: options.conditions }),
    provider: { aws: { service: 'SecretsManager', region: 'eu-west-1', ...options.aws } },
  },
});
const clusterStoreRef = (name: string): Ref => ({ kind: 'ClusterSecretStore', name });
const jwt = (account: AccountName) => ({ jwt: { serviceAccountRef: account } });

const reading = (
  name: string,
  from: { readonly namespace: string; readonly store: string; readonly kind?: string; readonly key: string },
): Manifest => ({
  apiVersion: 'external-secrets.io/v1beta1',
  kind: 'ExternalSecret',
  metadata: { name, namespace: from.namespace },
  spec: {
    refreshInterval: '1h',
    secretStoreRef: { name: from.store, kind: from.kind ?? 'ClusterSecretStore' },
    data: [{ secretKey: 'password', remoteRef: { key: from.key } }],
  },
});

/** @param target - `namespace/name` */
const becomes = (cluster: ClusterAdmin, target: `${string}/${string}`, value: string): Promise<void> => {
  const [namespaceName = '', name = ''] = target.split('/');
  return eventually(async () => expect(await cluster.secretValue(namespaceName, name, 'password')).toBe(value), SOON);
};

/** The object says False, an event says why, and there is no Secret. */
const isDenied = async (cluster: ClusterAdmin, ref: Ref, why: RegExp): Promise<void> => {
  await eventually(async () => {
    expect(await readyOf(cluster, ref)).toMatch(/^False /);
    expect((await eventTexts(cluster, ref)).join('\n')).toMatch(why);
  }, SOON);
  if (ref.kind === 'ExternalSecret')
    expect(await cluster.secretValue(ref.namespace ?? '', ref.name, 'password')).toBeUndefined();
};

/** The words of AWS: who, and what they may not do. */
const notAssumed = (caller: string, role: string): RegExp =>
  new RegExp(
    `operation error STS: AssumeRole, .*AccessDenied: User: ${caller}.* is not authorized to perform: sts:(AssumeRole|TagSession) on resource: ${role}`,
  );
const HOP_SESSION = `arn:aws:sts::${B}:assumed-role/eso-hop/`;
const TEAM_SESSION = `arn:aws:sts::${B}:assumed-role/team-irsa/`;

/** Keys for half an hour, as a person at a terminal in account C has them. */
const keysOfSession = async (RoleArn: string) => {
  const { accessKeyId, secretAccessKey } = await c.createUser('person', [mayAssume(RoleArn)]);
  const { endpoint, region } = e2e.aws;
  const sts = new STSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'person' }));
  sts.destroy();
  return {
    'access-key': Credentials?.AccessKeyId ?? '',
    'secret-access-key': Credentials?.SecretAccessKey ?? '',
    'session-token': Credentials?.SessionToken ?? '',
  };
};
const keySelectors = (name: string) => ({
  secretRef: {
    accessKeyIDSecretRef: { name, key: 'access-key' },
    secretAccessKeySecretRef: { name, key: 'secret-access-key' },
    sessionTokenSecretRef: { name, key: 'session-token' },
  },
});

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['beta', 'gamma'], parameters: { memberAccounts: A } });
  [beta, gamma] = [e2e.cluster('beta'), e2e.cluster('gamma')];
  [a, b, c] = [createProvider(e2e.aws, A), createProvider(e2e.aws, B), createProvider(e2e.aws, C)];
  const issuer = await issuerOf(beta);
  await b.createWebIdentityRole('eso-irsa', { issuer, subject: subjectOf(SHARED) }, [mayAssume(HOP)]);
  await b.createTrustedRole('eso-hop', { Principal: { AWS: IRSA }, Action: 'sts:AssumeRole' }, [
    mayAssume(`arn:aws:iam::${A}:role/*`),
  ]);
  const teams = { issuer, subject: TEAMS.map((team) => subjectOf(teamAccount(team))) };
  await b.createWebIdentityRole('team-irsa', teams, [mayAssume(`arn:aws:iam::${A}:role/*`)]);

  member = await deployMemberAccount(e2e.aws, A, {
    HubReaderRoleArn: HOP, // reads as a tenant of its own, not as the hub
    ExternalId: EXTERNAL_ID,
    HubEventBusArn: HUB_BUS,
  });
  await a.createSecret('shared/license', 'of account A', TAGGED);
  await a.createSecret('shared/untagged', 'for nobody');
  for (const team of TEAMS) await a.createSecret(`${team}/db`, `of ${team}`, { team });

  for (const cluster of [beta, gamma])
    await cluster.apply(
      namespace(SHARED.namespace),
      namespace('myapp', { secrets: 'shared' }),
      namespace('other'),
      ...TEAMS.map((team) => namespace(team)),
      serviceAccount(SHARED, IRSA),
      ...TEAMS.map((team) => serviceAccount(teamAccount(team), roleOf(B, 'team-irsa'))),
    );
  for (const name of ['beta', 'gamma']) await allowTokensOf(e2e, name, [SHARED, ...TEAMS.map(teamAccount)]);
}, 180_000);

afterAll(async () => {
  for (const owner of [a, b, c, member]) owner?.close();
  await e2e?.stop();
}, 60_000);

describe('a service account in B, through roles in B, to a role in A with an external id', () => {
  const chain = { auth: jwt(SHARED), additionalRoles: [HOP], role: MEMBER_READER, externalID: EXTERNAL_ID };
  const selected = [{ namespaceSelector: { matchLabels: { secrets: 'shared' } } }];

  beforeAll(async () => {
    await beta.apply(
      store('shared-secrets', { conditions: selected, aws: chain }),
      reading('license', { namespace: 'myapp', store: 'shared-secrets', key: 'shared/license' }),
    );
  });

  test('reads, though the hub may do nothing there', async () => {
    await becomesReady(beta, clusterStoreRef('shared-secrets'), SOON.withinMilliseconds);
    await becomes(beta, 'myapp/license', 'of account A');
  });

  test('what is rotated arrives by the event that account A forwards', async () => {
    await member.putSecret('shared/license', 'rotated');

    await becomes(beta, 'myapp/license', 'rotated');
  });

  test('is refused a secret without the tag that the reader’s policy asks for', async () => {
    await beta.apply(reading('untagged', { namespace: 'myapp', store: 'shared-secrets', key: 'shared/untagged' }));

    await isDenied(
      beta,
      externalSecretRef('untagged', 'myapp'),
      /operation error Secrets Manager: GetSecretValue, .*AccessDeniedException: .*assumed-role\/secretcast-member-reader\//,
    );
  });

  test.each([
    ['another external id', { ...chain, externalID: 'guessed' }],
    ['no external id', { auth: chain.auth, additionalRoles: [HOP], role: MEMBER_READER }],
  ])('is not trusted with %s, and says who was refused what', async (title, aws) => {
    const name = title.replaceAll(' ', '-');
    await beta.apply(store(name, { aws }));

    await isDenied(beta, clusterStoreRef(name), notAssumed(HOP_SESSION, MEMBER_READER));
    expect(await readyOf(beta, clusterStoreRef(name))).toBe('False InvalidProviderConfig: unable to validate store');
  });

  test('is not trusted without its middle link', async () => {
    await beta.apply(store('short', { aws: { auth: chain.auth, role: MEMBER_READER, externalID: EXTERNAL_ID } }));

    await isDenied(beta, clusterStoreRef('short'), /operation error STS: AssumeRole, .*assumed-role\/eso-irsa\//);
  });

  test('serves no namespace that the selector does not choose, until it is labelled [AWS61]', async () => {
    await beta.apply(reading('license', { namespace: 'other', store: 'shared-secrets', key: 'shared/license' }));
    await isDenied(
      beta,
      externalSecretRef('license', 'other'),
      /using cluster store "shared-secrets" is not allowed from namespace "other": denied by spec.condition/,
    );

    await beta.patch({ kind: 'Namespace', name: 'other' }, { metadata: { labels: { secrets: 'shared' } } });

    await becomes(beta, 'other/license', 'rotated');
  });

  test('of another cluster is nobody to the role, though its name and annotation are the same', async () => {
    await gamma.apply(store('borrowed', { aws: chain }));

    await isDenied(
      gamma,
      clusterStoreRef('borrowed'),
      /AssumeRoleWithWebIdentity, .*InvalidIdentityToken: No OpenIDConnect provider found in your account/,
    );
  });
});

describe('a role in A whose trust asks for session tags', () => {
  const teamStore = (team: string, role: string) =>
    store('own', {
      kind: 'SecretStore',
      namespace: team,
      aws: { auth: jwt(teamAccount(team)), role, sessionTagsPolicy: 'Simple' },
    });

  test('is assumed for the namespace it names, and denied to the other by IAM, which its condition says', async () => {
    const role = await a.createTrustedRole('team-a-only', trustWithTag(roleOf(B, 'team-irsa'), ['team-a']), [
      mayRead(undefined),
    ]);
    for (const team of TEAMS)
      await beta.apply(
        teamStore(team, role),
        reading('db', { namespace: team, store: 'own', kind: 'SecretStore', key: 'team-a/db' }),
      );

    await becomes(beta, 'team-a/db', 'of team-a');
    await isDenied(beta, storeRef('own', 'team-b'), notAssumed(TEAM_SESSION, role));
    expect(await readyOf(beta, storeRef('own', 'team-b'))).toBe(
      'False InvalidProviderConfig: unable to validate store',
    );
    await isDenied(beta, externalSecretRef('db', 'team-b'), /SecretStore "own" is not ready/);
  });

  test('through a ClusterSecretStore is asked for each consumer’s namespace; none while the store is validated', async () => {
    const trusted = ['', 'team-a'];
    const role = await a.createTrustedRole('shared-for-team-a', trustWithTag(HOP, trusted), [mayRead(undefined)]);
    const aws = { auth: jwt(SHARED), additionalRoles: [HOP], role, sessionTagsPolicy: 'Simple' };
    await beta.apply(
      store('by-consumer', { aws }),
      ...TEAMS.map((team) => reading('shared-db', { namespace: team, store: 'by-consumer', key: 'team-a/db' })),
    );

    await becomes(beta, 'team-a/shared-db', 'of team-a');
    await isDenied(beta, externalSecretRef('shared-db', 'team-b'), notAssumed(HOP_SESSION, role));
    expect(await readyOf(beta, clusterStoreRef('by-consumer'))).toMatch(/^True /);
  });

  const OWN = '$' + '{aws:PrincipalTag/esoNamespace}';
  test.each([
    ['a name', 'by-name', mayRead(undefined, `arn:aws:secretsmanager:*:${A}:secret:${OWN}/*`)],
    ['the global tag key', 'by-tag', mayRead({ StringEquals: { 'aws:ResourceTag/team': OWN } })],
    ['the service’s tag key', 'by-own-tag', mayRead({ StringEquals: { 'secretsmanager:ResourceTag/team': OWN } })],
  ])('may bind what is read to the namespace, by %s', async (_, name, statement) => {
    const role = await a.createTrustedRole(name, trustWithTag(HOP, ['', ...TEAMS]), [statement]);
    const aws = { auth: jwt(SHARED), additionalRoles: [HOP], role, sessionTagsPolicy: 'Simple' };
    await beta.apply(
      store(name, { aws }),
      ...TEAMS.map((team) => reading(`${name}-own`, { namespace: team, store: name, key: `${team}/db` })),
      reading(`${name}-other`, { namespace: 'team-b', store: name, key: 'team-a/db' }),
    );

    for (const team of TEAMS) await becomes(beta, `${team}/${name}-own`, `of ${team}`);
    await isDenied(
      beta,
      externalSecretRef(`${name}-other`, 'team-b'),
      /operation error Secrets Manager: GetSecretValue, .*AccessDeniedException/,
    );
  });
});

describe('keys with a session token, of account C', () => {
  test('reach the role in A that trusts C, from the Secret of each consumer’s namespace [AWS12]', async () => {
    const person = await c.createRole('person', [mayAssume(roleOf(A, 'shared-reader'))]);
    const role = await a.createTrustedRole('shared-reader', { Principal: { AWS: person }, Action: 'sts:AssumeRole' }, [
      mayRead({ StringEquals: { 'secretsmanager:ResourceTag/external-secrets': 'true' } }),
    ]);
    const keys = await keysOfSession(person);
    const withoutToken = { ...keys, 'session-token': 'of nobody' };
    await gamma.apply(
      secret('aws-keys', keys, 'myapp'),
      secret('aws-keys', withoutToken, 'other'),
      store('referent', { aws: { auth: keySelectors('aws-keys'), role } }),
      ...['myapp', 'other', 'team-a'].map((ns) =>
        reading('license', { namespace: ns, store: 'referent', key: 'shared/license' }),
      ),
    );

    await becomes(gamma, 'myapp/license', 'rotated');
    await isDenied(gamma, externalSecretRef('license', 'other'), /operation error STS: AssumeRole, /);
    await isDenied(
      gamma,
      externalSecretRef('license', 'team-a'),
      /could not fetch SecretAccessKey secret: cannot get Kubernetes secret "aws-keys" from namespace "team-a": secrets "aws-keys" not found/,
    );
    expect(await readyOf(gamma, clusterStoreRef('referent'))).toBe('True Valid: store validated');
  });

  test('whose Secret is replaced by keys of nobody keep the last good Secret, and say so', async () => {
    const nobody = { 'access-key': 'AKIANOBODY0000000000', 'secret-access-key': 'x', 'session-token': 'x' };
    await gamma.apply(secret('aws-keys', nobody, 'myapp'));

    await eventually(
      async () => expect(await readyOf(gamma, externalSecretRef('license', 'myapp'))).toMatch(/^False /),
      SOON,
    );
    expect(await gamma.secretValue('myapp', 'license', 'password')).toBe('rotated');
  });
});

describe('the default role of docs/identity.md, with its policy and trust as they are printed there', () => {
  const policySchema = z.object({ Statement: z.array(z.custom<Statement>()) });
  const trustSchema = z.object({ Statement: z.array(z.custom<Trust>()) });
  const examples = async (): Promise<{ readonly policy: readonly Statement[]; readonly trust: readonly Trust[] }> => {
    const text = await readFile(join(import.meta.dirname, '../../docs/identity.md'), 'utf8');
    const [policy = '', trust = ''] = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) => json);
    return {
      policy: policySchema.parse(JSON.parse(policy)).Statement,
      trust: trustSchema.parse(JSON.parse(trust.replace('secretcast-prod-', 'secretcast-local-'))).Statement,
    };
  };

  test('lets each cluster read what is tagged for it, though both use the one role', async () => {
    const { policy, trust } = await examples();
    const defaultRole = await e2e.provider.createTrustedRole('of-the-docs', trust, policy);
    for (const name of ['beta', 'gamma'])
      await e2e.provider.createSecret(`for-${name}`, `of ${name}`, { cluster: name });
    for (const cluster of [beta, gamma]) {
      await registerCluster(e2e, cluster.name, ['--default-role', defaultRole]);
      await cluster.apply(
        store('hub', { aws: {} }),
        reading('for-beta', { namespace: 'myapp', store: 'hub', key: 'for-beta' }),
        reading('for-gamma', { namespace: 'myapp', store: 'hub', key: 'for-gamma' }),
      );
    }

    await becomes(beta, 'myapp/for-beta', 'of beta');
    await becomes(gamma, 'myapp/for-gamma', 'of gamma');
    const session = /GetSecretValue, .*AccessDeniedException: .*assumed-role\/of-the-docs\//;
    await isDenied(beta, externalSecretRef('for-gamma', 'myapp'), session);
    await isDenied(gamma, externalSecretRef('for-beta', 'myapp'), session);
  });
});

test('what was denied stays denied when the secret changes', async () => {
  await member.putSecret('shared/untagged', 'still for nobody');

  await throughout(async () => expect(await beta.secretValue('myapp', 'untagged', 'password')).toBeUndefined(), {
    forMilliseconds: 3_000,
  });
});

test('nothing was malformed', async () => {
  expect(await e2e.inside.deadLetters()).toEqual([]);
});
