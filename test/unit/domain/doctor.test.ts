import { describe, expect, test } from '@jest/globals';
import { withoutAccess, withoutKinds } from '../../../src/domain/doctor/access.ts';
import { explainNetwork, explainTls } from '../../../src/domain/doctor/connection.ts';
import { enumerate } from '../../../src/domain/doctor/hop.ts';
import { judgeQueues, judgeRules } from '../../../src/domain/doctor/hub.ts';
import {
  explainAssumeRole,
  explainKms,
  explainRead,
  isKmsRefusal,
  judgeRoles,
  type ReadAttempt,
  roleOfSession,
} from '../../../src/domain/doctor/identity.ts';
import {
  isReferenceFinalizer,
  judgeFinalizers,
  judgeOperators,
  judgeVersions,
  judgeWebhooks,
} from '../../../src/domain/doctor/remains.ts';
import { parseSecretStore } from '../../../src/domain/secret-store.ts';
import { awsProvider, mirrored, registration, secretStore } from '../../support/builders.ts';

const CLUSTER = registration({ name: 'blue' });

test('what a cluster may go without is said, each thing once', () => {
  const need = (verb: string, resource: string) => ({ group: 'external-secrets.io', resource, verb, why: 'why' });

  expect(withoutKinds({ missingKinds: [] })).toEqual([]);
  expect(withoutKinds({ missingKinds: ['PushSecret'] })).toEqual(['PushSecret is not served, and left alone']);
  expect(withoutAccess({ missingAccess: [] })).toEqual([]);
  const missingAccess = [need('get', 'pushsecrets'), need('list', 'pushsecrets'), need('get', 'clusterpushsecrets')];
  expect(withoutAccess({ missingAccess })).toEqual([
    'but not all of those on pushsecrets and clusterpushsecrets, which may be left alone',
  ]);
});

test.each([
  ['ENOTFOUND', 'no such host name'],
  ['EAI_AGAIN', 'no such host name'],
  ['ECONNREFUSED', 'nothing listens there'],
  ['ETIMEDOUT', 'no answer'],
  ['EHOSTUNREACH', 'no answer'],
])('%s on the way to an API server means %s', (code, means) => {
  expect(explainNetwork(code, CLUSTER).answer).toEqual([`${code}: ${means}`]);
});

test.each([
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'the certificate is for another name'],
  ['CERT_HAS_EXPIRED', 'the certificate has expired'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'the certificate is of another authority than the registered one'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the certificate is of another authority than the registered one'],
  ['EPROTO', 'no TLS handshake'],
  ['ECONNRESET', 'no TLS handshake'],
])('%s in a handshake means that %s', (code, means) => {
  expect(explainTls(code, CLUSTER).answer).toEqual([`${code}: ${means}`]);
});

describe('rules of the hub', () => {
  const well = { name: 'r', found: { isEnabled: true, targets: ['arn:aws:sqs:eu-west-1:1:q'] } };

  test('that are on and lead to the queue are well', () => {
    expect(judgeRules([well], 'q')).toBeUndefined();
  });

  test('that are missing, off or lead elsewhere are each named', () => {
    const off = { name: 'off', bus: 'hub', found: { ...well.found, isEnabled: false } };
    const astray = { name: 'astray', found: { isEnabled: true, targets: ['arn:aws:sqs:eu-west-1:1:not-q'] } };

    expect(judgeRules([well, { name: 'gone' }, off, astray], 'q')).toMatchObject({
      answer: ['there is no rule gone', 'rule off is disabled', 'rule astray does not lead to the queue q'],
      remedy: {
        commands: ['aws events enable-rule --name off --event-bus-name hub', expect.stringContaining('osls deploy')],
      },
    });
  });
});

test('a queue that is gone comes before dead letters', () => {
  const dead = [{ name: 'a-dead', waiting: 3 }];

  expect(judgeQueues([{ name: 'a' }], dead)?.answer).toEqual(['there is no queue a']);
  expect(judgeQueues([{ name: 'a', waiting: 99 }], dead)?.answer).toEqual(['3 messages in a-dead']);
  expect(judgeQueues([{ name: 'a', waiting: 99 }], [{ name: 'a-dead', waiting: 0 }])).toBeUndefined();
});

const storeWith = (aws: Readonly<Record<string, unknown>>) =>
  parseSecretStore(mirrored(secretStore({ spec: awsProvider(aws) })));

test.each([
  { role: 'arn:aws:iam::111122223333:role/a', wrong: false },
  { role: 'arn:aws-cn:iam::111122223333:role/path/a', wrong: false },
  { role: '', wrong: false },
  { role: 'a', wrong: true },
  { role: 'arn:aws:iam::111122223333:user/a', wrong: true },
  { role: 'arn:aws:sts::111122223333:assumed-role/a/b', wrong: true },
])('role "$role" is wrong: $wrong', ({ role, wrong }) => {
  expect(judgeRoles(storeWith({ role })) !== undefined).toBe(wrong);
  if (role !== '') expect(judgeRoles(storeWith({ additionalRoles: [role] })) !== undefined).toBe(wrong);
});

test.each([
  ['arn:aws:sts::111122223333:assumed-role/a/session', 'arn:aws:iam::111122223333:role/a'],
  ['arn:aws-us-gov:sts::111122223333:assumed-role/a/s', 'arn:aws-us-gov:iam::111122223333:role/a'],
  ['arn:aws:iam::111122223333:user/u', 'arn:aws:iam::111122223333:user/u'],
])('policies name %s as %s', (session, role) => {
  expect(roleOfSession(session)).toBe(role);
});

test.each([
  ['api error AccessDeniedException: Access to KMS is not allowed', true],
  ['is not authorized to perform: kms:Decrypt on resource: arn', true],
  ["DecryptionFailure: Secrets Manager can't decrypt", true],
  ['InvalidKeyId: The ciphertext refers to', true],
  ['is not authorized to perform: secretsmanager:GetSecretValue on resource: kmsless/db', false],
  ['ResourceNotFoundException', false],
])('"%s" speaks of the encryption key: %s', (answer, expected) => {
  expect(isKmsRefusal(answer)).toBe(expected);
});

describe('statements that are missing', () => {
  const ROLE = 'arn:aws:iam::444455556666:role/b';
  const SIGNER = { name: 'a', arn: 'arn:aws:iam::111122223333:role/a' };
  const hop = { roleArn: ROLE, sessionTags: [], transitiveTagKeys: [] };
  const read: ReadAttempt = { service: 'secretsmanager', region: 'eu-west-1', account: '1', key: 'db', reader: SIGNER };
  const statementsOf = ({ remedy }: ReturnType<typeof explainRead>) =>
    (remedy.statements ?? []).map(({ statement }) => statement);

  test('let a role be assumed with the external id that the store says', () => {
    const [trust, own] = statementsOf(explainAssumeRole('no', { ...hop, externalId: 'x' }, SIGNER));

    expect(trust).toEqual({
      Effect: 'Allow',
      Principal: { AWS: SIGNER.arn },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': 'x' } },
    });
    expect(own).toEqual({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: ROLE });
  });

  test('let session tags be passed where there are some', () => {
    const tagged = { ...hop, sessionTags: [{ key: 'k', value: 'v' }] };

    expect(statementsOf(explainAssumeRole('no', tagged, SIGNER))[0]).toMatchObject({
      Action: ['sts:AssumeRole', 'sts:TagSession'],
    });
  });

  test('name whom AWS refused, not whom we took ourselves for', () => {
    const answer = 'User: arn:aws:sts::1:assumed-role/other/s is not authorized to perform: sts:AssumeRole';

    expect(explainAssumeRole(answer, hop, SIGNER)).toMatchObject({
      as: 'arn:aws:sts::1:assumed-role/other/s',
      remedy: {
        statements: [{ statement: { Principal: { AWS: roleOfSession('arn:aws:sts::1:assumed-role/other/s') } } }, {}],
      },
    });
  });

  test('do not help against an explicit deny, which is said', () => {
    const answer = 'User: arn:aws:iam::1:user/u is not authorized with an explicit deny in a service control policy';

    expect(explainRead(answer, read).remedy.say).toContain('explicit deny in a service control policy');
  });

  test.each([
    {
      read: { service: 'secretsmanager', region: 'eu-west-1', key: 'db' },
      resource: 'arn:aws:secretsmanager:eu-west-1:1:secret:db-??????',
    },
    {
      read: { service: 'secretsmanager', region: 'cn-north-1', key: 'db' },
      resource: 'arn:aws-cn:secretsmanager:cn-north-1:1:secret:db-??????',
    },
    {
      read: { service: 'ssm', region: 'us-gov-west-1', key: '/a/db' },
      resource: 'arn:aws-us-gov:ssm:us-gov-west-1:1:parameter/a/db',
    },
    {
      read: { service: 'acm', region: 'eu-west-1', key: 'arn:aws:acm:eu-west-1:1:certificate/x' },
      resource: 'arn:aws:acm:eu-west-1:1:certificate/x',
    },
  ] as const)('name $resource', ({ read: asked, resource }) => {
    expect(statementsOf(explainRead('no', { ...read, ...asked }))).toMatchObject([{ Resource: resource }]);
  });

  test('let a key decrypt through the provider alone', () => {
    expect(statementsOf(explainKms('no', read))).toMatchObject([
      {
        Action: 'kms:Decrypt',
        Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } },
      },
      { Principal: { AWS: SIGNER.arn } },
    ]);
  });
});

describe('what an operator leaves', () => {
  const webhook = { configuration: 'c', failsClosed: true, namespace: 'es' };
  const running = { namespace: 'es', name: 'n', component: 'external-secrets-webhook', readyReplicas: 1 };
  const controller = { ...running, component: 'external-secrets' };
  const ours = { mode: 'active', controllerClass: 'default' } as const;

  test.each([
    { what: 'fails closed with nobody behind it', hooks: [webhook], pods: [], isBroken: true },
    { what: 'fails closed and is answered', hooks: [webhook], pods: [running], isBroken: false },
    { what: 'has pods that are not ready', hooks: [webhook], pods: [{ ...running, readyReplicas: 0 }], isBroken: true },
    {
      what: 'is answered in another namespace',
      hooks: [webhook],
      pods: [{ ...running, namespace: 'x' }],
      isBroken: true,
    },
    { what: 'has a controller alone', hooks: [webhook], pods: [controller], isBroken: true },
    { what: 'fails open', hooks: [{ ...webhook, failsClosed: false }], pods: [], isBroken: false },
    { what: 'is a URL', hooks: [{ configuration: 'c', failsClosed: true }], pods: [], isBroken: false },
  ])('a webhook that $what is broken: $isBroken', ({ hooks, pods, isBroken }) => {
    expect(judgeWebhooks(hooks, pods) !== undefined).toBe(isBroken);
  });

  test.each([
    { where: 'in mode active', settings: ours, pods: [controller], isBroken: true },
    { where: 'in mode observe', settings: { ...ours, mode: 'observe' as const }, pods: [controller], isBroken: false },
    {
      where: 'with a class of our own',
      settings: { ...ours, controllerClass: 'x' },
      pods: [controller],
      isBroken: false,
    },
    { where: 'that is scaled down', settings: ours, pods: [{ ...controller, readyReplicas: 0 }], isBroken: false },
  ])('an operator $where is in the way: $isBroken', ({ settings, pods, isBroken }) => {
    expect(judgeOperators(pods, settings) !== undefined).toBe(isBroken);
  });

  test('v1alpha1 in stored versions matters where v1 is served', () => {
    const stored = { name: 'd', storageVersion: 'v1', storedVersions: ['v1alpha1'] };

    expect(judgeVersions([{ ...stored, versions: ['v1alpha1'] }])).toBeUndefined(); // PushSecrets have no other
    expect(judgeVersions([{ ...stored, versions: ['v1'] }])?.answer).toHaveLength(1);
  });

  test('finalizers matter on what is being deleted, and those of others are kept', () => {
    const held = { object: 'namespace/shop', kept: ['others.example.com/x'], isBeingDeleted: true };

    expect(judgeFinalizers([{ ...held, isBeingDeleted: false }])).toBeUndefined();
    expect(judgeFinalizers([held])?.remedy.commands).toEqual([
      `kubectl patch namespace/shop --type merge --patch '{"metadata":{"finalizers":["others.example.com/x"]}}'`,
    ]);
  });

  test.each([
    ['externalsecrets.external-secrets.io/externalsecret-cleanup', true],
    ['externalsecrets.external-secrets.io/ces-shared', true],
    ['secretstore.externalsecrets.io/finalizer', true],
    ['pushsecret.externalsecrets.io/finalizer', true],
    ['kubernetes', false],
    ['example.com/externalsecrets.external-secrets.io', false],
  ])('finalizer %s is of the reference: %s', (finalizer, expected) => {
    expect(isReferenceFinalizer(finalizer)).toBe(expected);
  });
});

test.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a and b'],
  [['a', 'b', 'c'], 'a, b and c'],
  [['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'a, b, c, d, e and 2 more'],
])('%j reads "%s"', (names, text) => {
  expect(enumerate(names)).toBe(text);
});
