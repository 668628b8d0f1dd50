import { describe, expect, test } from '@jest/globals';
import { KINDS as SERVED_KINDS, type WatchedKind } from '../../../src/domain/object-ref.ts';
import {
  ClusterRejectedError,
  InvalidSecretValueError,
  StoreAccessDeniedError,
} from '../../../src/domain/sync-error.ts';
import {
  awsProvider,
  clusterExternalSecret,
  data,
  externalSecret,
  NAMESPACE,
  namespace,
  REGION,
  secretStore,
  values,
} from '../../support/builders.ts';
import { fakeCertificate } from '../../support/fake-certificates.ts';
import { FAKE_ACCOUNT } from '../../support/fake-secrets.ts';
import { createWorld, DB, type World } from '../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;

const CANARY = 'canary-7f3a9c';
const CERTIFICATE = `arn:aws:acm:${REGION}:${FAKE_ACCOUNT}:certificate/1234`;
const KEY_CANARY = 'canary-secret-access-key';
const KINDS: readonly WatchedKind[] = [...SERVED_KINDS, 'Namespace'];

/** Everything that the service says or keeps, anywhere but in the Secrets themselves, as one text. */
const everythingSaid = async (world: World, thrown: unknown): Promise<string> => {
  const { states, mirror, dependants, finders, users } = world.tables;
  const place = { account: FAKE_ACCOUNT, region: REGION, service: 'secretsmanager' } as const;
  const key = { ...place, name: 'prod/db' };
  return JSON.stringify([
    world.log.text(),
    world.metrics.points,
    world.waiting(),
    world.messages.checks,
    world.secrets.manager.listVersions().map(({ name, versions }) => [name, ...versions]),
    world.cluster().events,
    KINDS.map((kind) => world.cluster().objects(kind)),
    world.cluster().objects('Secret'),
    [...(await states.list('one'))],
    await Promise.all(KINDS.map((kind) => mirror.list('one', kind))),
    await dependants.of(key),
    [...(await dependants.announcements([key]))],
    await finders.of(place),
    await users.of('one', { kind: 'SecretStore', namespace: NAMESPACE, name: 'aws' }),
    thrown instanceof Error ? [thrown.message, thrown.stack, thrown.cause] : thrown,
  ]);
};

const expectNoCanary = (said: string): void => {
  for (const canary of [CANARY, KEY_CANARY]) {
    expect(said.includes(canary)).toBe(false);
    expect(said.includes(Buffer.from(canary).toString('base64').slice(0, -4))).toBe(false);
    expect(said.includes([...Buffer.from(canary)].join(' '))).toBe(false);
  }
};

const extract: Spec = { data: undefined, dataFrom: [{ extract: { key: 'prod/db' } }] };
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap' };
const JSON_CANARY = JSON.stringify({ password: CANARY });
const rewritten = (operation: Spec): Spec => ({
  data: undefined,
  dataFrom: [{ extract: { key: 'prod/db' }, rewrite: [operation] }],
});
const found = (more: Spec): Spec => ({
  data: undefined,
  dataFrom: [{ find: { name: { regexp: '.' }, ...more } }],
});
const certificate: Spec = {
  data: [data('a', { key: CERTIFICATE })],
  secretStoreRef: { name: 'certificates' },
};
const templated = (text: string): Spec => ({ ...extract, target: { template: { data: { a: text } } } });
const literal = (text: string, more: Spec = {}): Spec => ({
  ...extract,
  target: { template: { templateFrom: [{ literal: text, ...more }] } },
});

describe('a value is nowhere but in its Secret', () => {
  test.each<[string, Spec, string, ((world: World) => void)?]>([
    ['after a sync', {}, CANARY],
    ['after an extract', extract, JSON_CANARY],
    ['after a find', found({}), CANARY],
    ['when what was found is not Base64', found({ decodingStrategy: 'Base64' }), CANARY],
    ['when what was found holds a zero byte', found({ nullBytePolicy: 'Fail' }), `${CANARY}\0`],
    ['after a certificate', certificate, CANARY],
    ['when it is no JSON', extract, CANARY],
    ['when it is broken JSON', extract, `{"password":"${CANARY}`],
    ['when it is JSON and no object', extract, JSON.stringify(CANARY)],
    ['when it is not Base64', { data: [data('a', { decodingStrategy: 'Base64' })] }, CANARY],
    ['when it is not Base64URL', { data: [data('a', { decodingStrategy: 'Base64URL' })] }, `${CANARY}!`],
    ['when it holds a zero byte', { data: [data('a', { nullBytePolicy: 'Fail' })] }, `${CANARY}\0`],
    ['when a property is missing', { data: [data('a', { property: 'x' })] }, JSON_CANARY],
    ['when a property is a query', { data: [data('a', { property: 'x.#.y' })] }, JSON_CANARY],
    ['when a query finds nothing', { data: [data('a', { property: '#(x=="y")' })] }, `[{"x":"${CANARY}"}]`],
    ['when a rewrite merges what is no JSON', rewritten({ merge: {} }), JSON_CANARY],
    ['when a rewrite merges broken JSON', rewritten({ merge: {} }), JSON.stringify({ a: `{"b":"${CANARY}` })],
    [
      'when a rewrite merges a number too large',
      rewritten({ merge: {} }),
      JSON.stringify({ a: `{"c":"${CANARY}","b":[1e999]}` }),
    ],
    ['when a rewrite’s expression is wrong', rewritten({ regexp: { source: '(', target: '' } }), JSON_CANARY],
    ['when a rewrite’s template is wrong', rewritten({ transform: { template: '{{ fail .value }}' } }), JSON_CANARY],
    ['after a template', templated('{{ .password | b64enc }}'), JSON_CANARY],
    ['when a template fails on it', templated('{{ .password | fail }}'), JSON_CANARY],
    ['when a template calls it', templated('{{ template .password }}'), JSON_CANARY],
    [
      'when a template takes it for a number',
      templated('{{ atoi .password | add "x" }}{{ index .password 99 }}'),
      JSON_CANARY,
    ],
    ['when a template takes it for a key', templated('{{ .password | jwkPublicKeyPem }}'), JSON_CANARY],
    ['when a template takes it for JSON', templated('{{ .password | mustFromJson }}'), JSON_CANARY],
    ['when a template repeats it for ever', templated('{{ .password | repeat 1000000000 }}'), JSON_CANARY],
    ['after a target of another kind', { ...extract, target: { manifest: CONFIG_MAP } }, JSON_CANARY],
    [
      'when a path meets it in a target of another kind',
      {
        ...extract,
        target: {
          manifest: CONFIG_MAP,
          template: {
            data: { a: '{{ .password }}' },
            templateFrom: [{ target: 'data.a.b', literal: '{{ .password }}: [' }],
          },
        },
      },
      JSON_CANARY,
    ],
    ['when a template makes no YAML of it', literal('{{ .password }}'), JSON_CANARY],
    ['when a template makes a key of it', literal('"{{ .password }} {{ .password }}": ['), JSON_CANARY],
    [
      'when what a template made is not Base64',
      literal('a: "{{ .password }}!"', { valuesDecodingStrategy: 'Base64' }),
      JSON_CANARY,
    ],
    [
      'when a template makes a key of it whose value is not Base64',
      literal('"{{ .password }}": "!"', { valuesDecodingStrategy: 'Base64' }),
      JSON_CANARY,
    ],
    [
      'when a template is in a Secret and fails',
      {
        ...extract,
        target: {
          template: {
            templateFrom: [
              {
                secret: { name: 'keys', items: [{ key: 'template' }, { key: 'secret', templateAs: 'KeysAndValues' }] },
              },
            ],
          },
        },
      },
      JSON_CANARY,
    ],
    [
      'when its target is somebody else’s',
      { target: { deletionPolicy: 'Delete' } },
      CANARY,
      (world) => {
        const owner = {
          apiVersion: 'external-secrets.io/v1',
          kind: 'ExternalSecret',
          name: 'x',
          uid: 'x',
          controller: true,
        };
        world.cluster().putSecret({ namespace: NAMESPACE, name: 'db' }, { ownerReferences: [owner] });
      },
    ],
    [
      'when its target cannot change',
      {},
      CANARY,
      (world) => {
        world
          .cluster()
          .putSecret({ namespace: NAMESPACE, name: 'db' }, { immutable: true, data: values({ a: CANARY }) });
      },
    ],
    [
      'when the cluster refuses it',
      {},
      CANARY,
      (world) => {
        world.cluster().fail('createSecret', new ClusterRejectedError('denied by admission'));
      },
    ],
    ['when the cluster gives no answer', {}, CANARY, (world) => world.cluster().hang('createSecret')],
    ['when a bug is met', {}, CANARY, (world) => world.cluster().fail('createSecret', new RangeError('bug'))],
    [
      'when the registration changes before the write',
      {},
      CANARY,
      (world) => {
        const identity = { allowRoles: [], allowKeys: ['elsewhere/'], sessionTags: true };
        world.secrets.before({ operation: 'read' }, async () => void (await world.register({ identity })));
      },
    ],
    ['when the cluster is only observed', {}, CANARY, (world) => void world.register({ mode: 'observe' })],
  ])('%s', async (_, ...[spec, text, prepare]) => {
    const world = await createWorld({}, true);
    world.secrets.manager.put('prod/db', { text });
    world.cluster().putSecret(
      { namespace: NAMESPACE, name: 'keys' },
      {
        data: values({
          id: 'AKIA',
          secret: KEY_CANARY,
          template: `${KEY_CANARY}{{ .nope.${KEY_CANARY.replaceAll('-', '_')} }}`,
        }),
      },
    );
    const secretRef = {
      accessKeyIDSecretRef: { name: 'keys', key: 'id' },
      secretAccessKeySecretRef: { name: 'keys', key: 'secret' },
    };
    prepare?.(world);
    world.secrets.certificates.put(CERTIFICATE, fakeCertificate('one', { key: text }));
    const certificates = awsProvider({ service: 'CertificateManager', auth: { secretRef } });

    await world.apply(
      secretStore({ spec: awsProvider({ auth: { secretRef } }) }),
      secretStore({ name: 'certificates', spec: certificates }),
      externalSecret({ spec }),
    );
    const thrown: unknown = await world.settle().then(
      () => undefined,
      (error: unknown) => error,
    );
    await world.rotate('prod/db', text);

    expect(world.log.lines.length).toBeGreaterThan(0);
    expectNoCanary(await everythingSaid(world, thrown));
  });

  test.each<[string, (world: World) => void]>([
    ['after it was generated', () => undefined],
    [
      'when what AWS issued cannot be used',
      (world) => {
        world.issuer.before(() => {
          throw new InvalidSecretValueError('unexpected token format');
        });
      },
    ],
    [
      'when the cluster refuses it',
      (world) => world.cluster().fail('createSecret', new ClusterRejectedError('denied')),
    ],
    ['when a bug is met', (world) => world.cluster().fail('createSecret', new RangeError('bug'))],
    ['when the cluster is only observed', (world) => void world.register({ mode: 'observe' })],
    [
      'when its keys are missing',
      (world) => world.cluster().delete({ kind: 'Secret', namespace: NAMESPACE, name: 'keys' }),
    ],
  ])('nor is a generated one, %s', async (_, prepare) => {
    const world = await createWorld();
    world.issuer.word = CANARY;
    const ref = { kind: 'STSSessionToken', namespace: NAMESPACE, name: 'session' } as const;
    const keys = { data: values({ id: 'AKIA', secret: KEY_CANARY }) };
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'keys' }, keys);
    const secretRef = {
      accessKeyIDSecretRef: { name: 'keys', key: 'id' },
      secretAccessKeySecretRef: { name: 'keys', key: 'secret' },
    };
    world.cluster().putGenerator(ref, { region: REGION, auth: { secretRef } });
    prepare(world);
    const generatorRef = { kind: ref.kind, name: ref.name };

    await world.apply(externalSecret({ spec: { data: undefined, dataFrom: [{ sourceRef: { generatorRef } }] } }));
    const thrown: unknown = await world.settle().then(
      () => undefined,
      (error: unknown) => error,
    );

    expectNoCanary(await everythingSaid(world, thrown));
  });

  test('when a ClusterExternalSecret made the object', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: CANARY });
    await world.apply(secretStore(), namespace(NAMESPACE, { team: 'a' }));
    await world.apply(clusterExternalSecret({ spec: { externalSecretName: 'db' } }));
    await world.settle();
    await world.seen(DB);
    await world.sync(DB);
    await world.apply(clusterExternalSecret({ spec: { externalSecretName: 'db2' } }));
    await world.settle();

    expectNoCanary(await everythingSaid(world, undefined));
  });

  test.each([
    ['read with', undefined],
    ['refused', new StoreAccessDeniedError('AccessDenied')],
  ])('nor is the token of a service account that is %s', async (_, refusal) => {
    const world = await createWorld();
    const tokens: string[] = [];
    const account = { namespace: NAMESPACE, name: 'reader' };
    world
      .cluster()
      .serviceAccounts.put(account, { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::111122223333:role/irsa' });
    world.cluster().after('requestToken', async () => {
      tokens.push((await world.cluster().serviceAccounts.requestToken(account, ['sts.amazonaws.com'])).revealText());
    });
    if (refusal !== undefined) world.secrets.fail({ operation: 'open' }, () => refusal);
    const auth = { jwt: { serviceAccountRef: { name: 'reader' } } };

    await world.apply(secretStore({ spec: awsProvider({ auth }) }), externalSecret());
    await world.settle();

    expect(tokens).toHaveLength(1);
    expect((await everythingSaid(world, undefined)).includes(tokens[0] ?? 'none')).toBe(false);
  });

  test('and there it is', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: CANARY });
    await world.apply(secretStore(), externalSecret());

    await world.settle();

    expect(world.target()).toEqual({ password: CANARY });
  });
});

test('a value is in no check of due objects, nor in what it says, keeps or sends on', async () => {
  const world = await createWorld();
  const names = ['moved', 'same', 'denied'];
  for (const name of names) world.secrets.manager.put(name, { text: CANARY });
  await world.apply(
    secretStore(),
    ...names.map((name) => externalSecret({ name, spec: { data: [data('a', { key: name })] } })),
  );
  await world.settle();
  world.secrets.manager.put('moved', { text: `${CANARY} two` });
  const { dueAt } = (await world.state({ ...DB, name: 'same' })) ?? { dueAt: 0 };
  await world.clock.advance(dueAt - world.clock.now());
  await world.findDue();
  const [check] = world.messages.checks;
  if (check === undefined) throw new Error('nothing was sent');
  expectNoCanary(await everythingSaid(world, undefined));

  await world.checkDue(check);
  expectNoCanary(await everythingSaid(world, undefined));
  world.secrets.fail({ operation: 'list' }, () => new StoreAccessDeniedError('denied'));
  await world.elapse(3_600_000);

  expect(world.target('moved')).toEqual({ a: `${CANARY} two` });
  expectNoCanary(await everythingSaid(world, undefined));
});
