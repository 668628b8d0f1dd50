import { describe, expect, test } from '@jest/globals';
import type { GeneratorObjectKind, GeneratorObjectRef } from '../../../src/domain/generator-ref.ts';
import { parseStatus } from '../../../src/domain/parse-status.ts';
import {
  ClusterForbiddenError,
  InvalidSecretValueError,
  StoreAccessDeniedError,
  StoreUnavailableError,
  WriteConflictError,
} from '../../../src/domain/sync-error.ts';
import { DEFAULT_ROLE, data, externalSecret, NAMESPACE, REGION, secretStore, values } from '../../support/builders.ts';
import { createWorld, DB, type World } from '../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The interval, and what objects are spread over besides. */
const INTERVAL = 1.04 * HOUR;
const SYNCED = 'True SecretSynced: secret synced';
const FAILED = 'False SecretSyncedError: could not get secret data from provider';
const KEYS = {
  secretRef: {
    accessKeyIDSecretRef: { name: 'keys', namespace: 'elsewhere', key: 'id' },
    secretAccessKeySecretRef: { name: 'keys', namespace: 'elsewhere', key: 'secret' },
  },
};

const refTo = (kind: GeneratorObjectKind, name = 'token'): GeneratorObjectRef => ({
  kind,
  namespace: kind === 'ClusterGenerator' ? '' : NAMESPACE,
  name,
});
const generatorRef = (kind: string, more: Spec = {}) => ({
  sourceRef: { generatorRef: { kind, name: 'token', ...more } },
});
/** `db`, from nothing but a generator. */
const generated = (kind: string, spec: Spec = {}) =>
  externalSecret({
    spec: { secretStoreRef: undefined, data: undefined, dataFrom: [generatorRef(kind)], ...spec },
  });
const REGISTRY = { region: REGION };
const SESSION = { region: REGION, auth: KEYS };

const putKeys = (world: World, namespace = NAMESPACE) =>
  world.cluster().putSecret({ namespace, name: 'keys' }, { data: values({ id: 'AKIATEAM', secret: 's' }) });

/** A world where `db` was generated once, by an ECRAuthorizationToken. */
const generatedWorld = async (spec: Spec = {}): Promise<World> => {
  const world = await createWorld();
  world.secrets.manager.put('prod/db', { text: 'one' });
  world.cluster().putGenerator(refTo('ECRAuthorizationToken'), REGISTRY);
  await world.apply(secretStore(), generated('ECRAuthorizationToken', spec));
  await world.settle();
  await world.clock.advance(20_000);
  world.cluster().requests.reset();
  return world;
};
const lastWarning = (world: World) => world.events().findLast((event) => event.startsWith('Warning'));
const failure = (cause: string) =>
  `Warning UpdateFailed: error processing spec.dataFrom[0].sourceRef.generatorRef, err: ${cause}`;

describe('a generator', () => {
  test('is all an ExternalSecret needs: no store, and nobody recorded as its user [ES18]', async () => {
    const world = await generatedWorld();
    const endsAt = Math.floor((world.clock.now() - 20_000) / 1_000) + 12 * 3_600;

    expect(world.ready()).toBe(SYNCED);
    expect(world.target()).toEqual({
      username: 'AWS',
      password: 'token-1',
      expires_at: String(endsAt),
      proxy_endpoint: `https://111122223333.dkr.ecr.${REGION}.amazonaws.com`,
    });
    expect(await world.state()).toMatchObject({ stores: [], versions: [], dependsOn: [] });
  });

  test('of scope public asks the public registry, which names no endpoint', async () => {
    const world = await createWorld();
    world.cluster().putGenerator(refTo('ECRAuthorizationToken'), { region: 'us-east-1', scope: 'public' });

    await world.apply(generated('ECRAuthorizationToken'));
    await world.settle();

    expect(Object.keys(world.target() ?? {})).toEqual(['username', 'password', 'expires_at']);
    expect(world.issuer.issued).toEqual([
      { request: { type: 'registry', isPublic: true }, region: 'us-east-1', identity: DEFAULT_ROLE },
    ]);
  });

  test('of the cluster gives the same, as if it were in the namespace of its user [ES19]', async () => {
    const world = await createWorld();
    putKeys(world);
    const generator = { stsSessionTokenSpec: SESSION };
    world.cluster().putGenerator(refTo('ClusterGenerator'), { kind: 'STSSessionToken', generator });

    await world.apply(generated('ClusterGenerator'));
    await world.settle();

    expect(world.target()).toMatchObject({ access_key_id: 'ASIAtoken-1', secret_access_key: 'token-1' });
    expect(world.issuer.issued.map(({ identity }) => identity)).toEqual(['AKIATEAM']);
  });

  test('takes its keys from the namespace of its user, whatever a selector says', async () => {
    const world = await createWorld();
    putKeys(world, 'elsewhere');
    world.cluster().putGenerator(refTo('STSSessionToken'), SESSION);

    await world.apply(generated('STSSessionToken'));
    await world.settle();

    expect(world.ready()).toBe(FAILED);
    expect(lastWarning(world)).toBe(
      failure(
        'error using generator: unable to create aws session: could not fetch SecretAccessKey secret: cannot get Kubernetes secret "keys" from namespace "team-a": secrets "keys" not found',
      ),
    );
    expect(world.issuer.issued).toEqual([]);
  });

  test.each<[string, Spec]>([
    ['of another controller class [ES20]', { ...REGISTRY, controller: 'other' }],
    [
      'of another class inside a ClusterGenerator',
      {
        kind: 'ECRAuthorizationToken',
        generator: { ecrAuthorizationTokenSpec: { ...REGISTRY, controller: 'other' } },
      },
    ],
  ])('%s makes an ExternalSecret nobody’s business: no condition, no event, no token', async (_, spec) => {
    const world = await createWorld();
    const kind = 'kind' in spec ? 'ClusterGenerator' : 'ECRAuthorizationToken';
    world.cluster().putGenerator(refTo(kind), spec);

    await world.apply(generated(kind));
    await world.settle();

    expect(world.ready()).toBeUndefined();
    expect(world.events()).toEqual([]);
    expect(world.issuer.issued).toEqual([]);
    expect(await world.state()).toBeUndefined();
  });

  test('of our class is ours', async () => {
    const world = await createWorld();
    world.cluster().putGenerator(refTo('ECRAuthorizationToken'), { ...REGISTRY, controller: 'default' });

    await world.apply(generated('ECRAuthorizationToken'));
    await world.settle();

    expect(world.ready()).toBe(SYNCED);
  });
});

describe('a registry’s password as a service account', () => {
  const account = { namespace: NAMESPACE, name: 'puller' };
  const ROLE = 'arn:aws:iam::111122223333:role/pull';
  const jwt = { jwt: { serviceAccountRef: { name: 'puller', namespace: 'elsewhere' } } };
  const asAccount = async (auth: Spec, annotations: Readonly<Record<string, string>> | undefined): Promise<World> => {
    const world = await createWorld();
    putKeys(world);
    if (annotations !== undefined) world.cluster().serviceAccounts.put(account, annotations);
    world.cluster().putGenerator(refTo('ECRAuthorizationToken'), { ...REGISTRY, auth });
    await world.apply(generated('ECRAuthorizationToken'));
    await world.settle();
    return world;
  };
  const ANNOTATED = { 'eks.amazonaws.com/role-arn': ROLE };

  test('of the namespace of its user, whatever a selector says', async () => {
    const world = await asAccount(jwt, ANNOTATED);

    expect(world.ready()).toBe(SYNCED);
    expect(world.issuer.issued.map(({ identity }) => identity)).toEqual([ROLE]);
  });

  test('beside keys is looked for, and the keys are used [AWS1]', async () => {
    const world = await asAccount({ ...KEYS, ...jwt }, ANNOTATED);

    expect(world.issuer.issued.map(({ identity }) => identity)).toEqual(['AKIATEAM']);
  });

  test.each<[string, Spec, Readonly<Record<string, string>> | undefined, string]>([
    ['that is missing fails', jwt, undefined, 'serviceaccounts "puller" not found'],
    [
      'without a role fails, beside keys too [AWS1]',
      { ...KEYS, ...jwt },
      {},
      'an IAM role must be associated with service account puller (namespace: team-a)',
    ],
  ])('%s', async (_, ...[auth, annotations, cause]) => {
    const world = await asAccount(auth, annotations);

    expect(world.ready()).toBe(FAILED);
    expect(lastWarning(world)).toBe(failure(`error using generator: unable to create aws session: ${cause}`));
    expect(world.issuer.issued).toEqual([]);
  });
});

describe('what is generated', () => {
  test('is overridden by later entries, and by data', async () => {
    const world = await createWorld();
    world.secrets.manager.put('prod/db', { text: '{"username":"read","password":"read","more":"read"}' });
    world.cluster().putGenerator(refTo('ECRAuthorizationToken'), REGISTRY);
    const extract = { extract: { key: 'prod/db' } };
    const dataFrom = [extract, generatorRef('ECRAuthorizationToken')];

    await world.apply(
      secretStore(),
      externalSecret({ spec: { dataFrom, data: [data('username', { property: 'more' })] } }),
    );
    await world.settle();

    expect(world.target()).toMatchObject({ username: 'read', password: 'token-1', more: 'read' });
  });

  test('is renamed as the entry says, and is not converted', async () => {
    const rewritten = (source: string, target: string) => ({
      dataFrom: [{ ...generatorRef('ECRAuthorizationToken'), rewrite: [{ regexp: { source, target } }] }],
    });
    const world = await generatedWorld(rewritten('(.*)', 'ecr-$1'));

    expect(Object.keys(world.target() ?? {}).sort()).toEqual([
      'ecr-expires_at',
      'ecr-password',
      'ecr-proxy_endpoint',
      'ecr-username',
    ]);

    await world.apply(generated('ECRAuthorizationToken', rewritten('^', 'ecr/')));
    await world.settle();

    expect(lastWarning(world)).toMatch(/sourceRef\.generatorRef, err: invalid secret keys .*ecr\//);
  });

  test('goes through a template: what pulls images reads it as it is', async () => {
    const config = '{"auths":{"{{ .proxy_endpoint }}":{"username":"{{ .username }}","password":"{{ .password }}"}}}';
    const template = { type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': config } };
    const world = await generatedWorld({ target: { template } });

    expect(world.target()).toEqual({
      '.dockerconfigjson': `{"auths":{"https://111122223333.dkr.ecr.${REGION}.amazonaws.com":{"username":"AWS","password":"token-1"}}}`,
    });
  });

  test('is generated for each entry that names it', async () => {
    const dataFrom = [generatorRef('ECRAuthorizationToken'), generatorRef('ECRAuthorizationToken')];
    const world = await generatedWorld({ dataFrom });

    expect(world.issuer.issued).toHaveLength(2);
    expect(world.cluster().requests.count({ resource: 'ecrauthorizationtokens' })).toBe(0);
    await world.elapse(INTERVAL);
    expect(world.cluster().requests.count({ resource: 'ecrauthorizationtokens' })).toBe(1);
  });

  test('is not generated while a key beside it cannot be read', async () => {
    const world = await createWorld();
    world.cluster().putGenerator(refTo('ECRAuthorizationToken'), REGISTRY);

    await world.apply(
      secretStore(),
      generated('ECRAuthorizationToken', { secretStoreRef: { name: 'aws' }, data: [data('a')] }),
    );
    await world.elapse(10 * MINUTE);

    expect(world.ready()).toBe(FAILED);
    expect(world.issuer.issued).toEqual([]);
  });
});

describe('values are generated anew', () => {
  test('at each interval, and LAST SYNC tells of it', async () => {
    const world = await generatedWorld();
    const before = parseStatus(world.object()).refreshTime;

    await world.elapse(2 * INTERVAL);

    expect(world.target()).toMatchObject({ password: 'token-3' });
    expect(parseStatus(world.object()).refreshTime).not.toBe(before);
  });

  test.each<[string, Spec]>([
    ['an interval of 0', { refreshInterval: '0' }],
    ['CreatedOnce', { refreshPolicy: 'CreatedOnce' }],
    ['OnChange', { refreshPolicy: 'OnChange' }],
  ])('not at all with %s, and a warning says that they expire', async (_, spec) => {
    const world = await generatedWorld(spec);

    await world.elapse(30 * HOUR);

    expect(world.target()).toMatchObject({ password: 'token-1' });
    expect(lastWarning(world)).toBe(
      'Warning ExpiresBeforeRefresh: values of spec.dataFrom[0].sourceRef.generatorRef expire after 12h0m0s and are not refreshed: choose a shorter refreshInterval',
    );
  });

  test('at an interval that is longer than they are good for, with a warning each time', async () => {
    const world = await generatedWorld({ refreshInterval: '24h' });

    await world.elapse(25 * HOUR);

    expect(world.ready()).toBe(SYNCED);
    expect(world.events().filter((event) => event.startsWith('Warning'))).toEqual(
      Array.from({ length: 2 }, () =>
        expect.stringContaining('expire after 12h0m0s and are refreshed only after 24h0m0s'),
      ),
    );
  });

  test('when somebody edited the target, since it can be restored in no other way', async () => {
    const world = await generatedWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'db' }, { data: values({ password: 'by hand' }) });

    await world.sync(DB, { type: 'feed' });

    expect(world.target()).toMatchObject({ username: 'AWS', password: 'token-2' });
  });

  test('when the object was edited, once', async () => {
    const world = await generatedWorld();
    await world.apply(generated('ECRAuthorizationToken', { target: { name: 'db' } }));

    await world.settle();
    await world.sync(DB, { type: 'feed' });

    expect(world.target()).toMatchObject({ password: 'token-2' });
  });

  test('when a person asks', async () => {
    const world = await generatedWorld();

    await world.sync(DB, { type: 'person' });

    expect(world.target()).toMatchObject({ password: 'token-2' });
  });
});

describe('twice is once:', () => {
  const beside = { secretStoreRef: { name: 'aws' }, data: [data('read')] };
  const dueMessage = async (world: World) => {
    const { uid = '', dueAt = 0 } = (await world.state()) ?? {};
    return world.request([{ ...DB, uid, dueAt }], { type: 'due' });
  };

  test('a due message that comes again generates nothing', async () => {
    const world = await generatedWorld();
    await world.clock.advance(INTERVAL);
    const due = await dueMessage(world);

    for (const request of [due, due]) await world.reconcile(request);

    expect(world.issuer.issued).toHaveLength(2);
  });

  test('a due message handled twice at once is written once', async () => {
    const world = await generatedWorld();
    const writes = world.watchWrites();
    await world.clock.advance(INTERVAL);
    const due = await dueMessage(world);

    await Promise.all([world.reconcile(due), world.reconcile(due)]);
    await world.elapse(10_000);

    expect(writes).toHaveLength(1);
    expect(world.ready()).toBe(SYNCED);
    expect((await world.state())?.dueAt).toBeGreaterThan(world.clock.now() + 50 * MINUTE);
  });

  test('a write that lost is not fought over: a second later it is decided anew', async () => {
    const world = await generatedWorld();
    world.cluster().fail('replaceSecret', new WriteConflictError('Conflict'));

    await world.sync();

    expect(world.target()).toMatchObject({ password: 'token-1' });
    expect(world.waiting().map(({ seconds }) => seconds)).toEqual([1]);
    await world.elapse(1_000);
    expect(world.target()).toMatchObject({ password: 'token-3' });
  });

  test('an event that names the version already read leaves them alone, a new version does not', async () => {
    const world = await generatedWorld(beside);
    const version = await world.rotate('prod/db', 'two');
    await world.settle();
    expect(world.target()).toMatchObject({ read: 'two', password: 'token-2' });

    await world.clock.advance(5_000);
    await world.announce('prod/db', version);
    await world.settle();

    expect(world.target()).toMatchObject({ read: 'two', password: 'token-2' });
  });

  test('an event is not taken for old news because a read lags behind it', async () => {
    const world = await generatedWorld(beside);
    await world.rotate('prod/db', 'two');
    world.secrets.manager.lag('prod/db', 1);

    await world.elapse(10_000);

    expect(world.target()).toMatchObject({ read: 'two' });
  });

  test('a store that changed in nothing that is read leaves them alone', async () => {
    const world = await generatedWorld(beside);
    await world.apply(secretStore({ spec: { refreshInterval: '2h' } }));

    await world.settle();

    expect(world.target()).toMatchObject({ password: 'token-1' });
    expect(world.ready()).toBe(SYNCED);
  });

  test('what was left alone is still generated anew when its interval is over', async () => {
    const world = await generatedWorld(beside);
    const [written] = (await world.state())?.versions ?? [];
    await world.elapse(50 * MINUTE);
    await world.announce('prod/db', written?.version);
    await world.settle();
    expect(world.target()).toMatchObject({ password: 'token-1' });

    await world.elapse(INTERVAL - 50 * MINUTE);

    expect(world.target()).toMatchObject({ password: 'token-2' });
  });
});

describe('that cannot be generated is told, and the target stays:', () => {
  test.each<[string, () => Error, string]>([
    [
      'AWS refuses',
      () => new StoreAccessDeniedError('unable to get authorization token: AccessDenied'),
      'error using generator: unable to get authorization token: AccessDenied',
    ],
    [
      'AWS is away',
      () => new StoreUnavailableError('unable to get authorization token: throttled'),
      'error using generator: unable to get authorization token: throttled',
    ],
    [
      'AWS answers in another form',
      () => new InvalidSecretValueError('unexpected token format'),
      'error using generator: unexpected token format',
    ],
  ])('%s', async (_, error, cause) => {
    const world = await generatedWorld();
    world.issuer.fail(error);

    await world.elapse(INTERVAL);

    expect(world.ready()).toBe(FAILED);
    expect(lastWarning(world)).toBe(failure(cause));
    expect(world.target()).toMatchObject({ password: 'token-1' });
    world.issuer.heal();
    await world.elapse(10 * MINUTE);
    expect(world.ready()).toBe(SYNCED);
  });

  test('the generator is missing, and it is tried again until it comes', async () => {
    const world = await createWorld();
    await world.apply(generated('ECRAuthorizationToken'));
    await world.settle();
    expect(world.ready()).toBe(FAILED);
    expect(lastWarning(world)).toBe(
      failure('unable to get generator: ECRAuthorizationToken.generators.external-secrets.io "token" not found'),
    );

    world.cluster().putGenerator(refTo('ECRAuthorizationToken'), REGISTRY);
    await world.elapse(5_000);

    expect(world.ready()).toBe(SYNCED);
  });

  test('the service may not read it', async () => {
    const world = await createWorld();
    world.cluster().forbid('get', 'ecrauthorizationtokens');

    await world.apply(generated('ECRAuthorizationToken'));
    await world.settle();

    expect(lastWarning(world)).toBe(
      failure('unable to get generator: get ecrauthorizationtokens in namespace team-a is forbidden'),
    );
  });

  test.each<[string, GeneratorObjectKind, Spec, string]>([
    [
      'a spec of the wrong type',
      'ECRAuthorizationToken',
      { region: 7 },
      'error using generator: unable to parse spec: spec.region must be a string',
    ],
    [
      'a session token by service account [AWS59]',
      'STSSessionToken',
      { ...SESSION, auth: { ...KEYS, jwt: {} } },
      'error using generator: jwt auth cannot be used for STS Session Token generation',
    ],
    [
      'a ClusterGenerator that does not hold what it says',
      'ClusterGenerator',
      { kind: 'STSSessionToken', generator: { ecrAuthorizationTokenSpec: REGISTRY } },
      'unable to get generator: ClusterGenerator token is of kind STSSessionToken and has no spec.generator.stsSessionTokenSpec',
    ],
    [
      'a session token without keys, which nobody borrows from the hub',
      'STSSessionToken',
      { region: REGION },
      'error using generator: STSSessionToken token has no spec.auth.secretRef: a session token is made from the keys of an IAM user, not from a role',
    ],
    [
      'a service account that is not named',
      'ECRAuthorizationToken',
      { ...REGISTRY, auth: { jwt: {} } },
      'error using generator: spec.auth.jwt.serviceAccountRef is missing',
    ],
    [
      'a ClusterGenerator of another kind',
      'ClusterGenerator',
      { kind: 'Password', generator: { passwordSpec: {} } },
      'unable to get generator: generator kind Password of ClusterGenerator token is not supported yet',
    ],
  ])(
    '%s; only its author can mend that, so it is looked at again at the interval',
    async (_, ...[kind, spec, cause]) => {
      const world = await createWorld();
      putKeys(world);
      world.cluster().putGenerator(refTo(kind), spec);

      await world.apply(generated(kind));
      await world.settle();

      expect(world.ready()).toMatch('False SecretSyncedError');
      expect(lastWarning(world)).toBe(failure(cause));
      expect((await world.state())?.dueAt).toBeGreaterThanOrEqual(world.clock.now() + HOUR);
      expect((await world.state())?.dueAt).toBeLessThan(world.clock.now() + INTERVAL);
      expect(world.issuer.issued).toEqual([]);
    },
  );

  test.each<[string, Spec, string]>([
    [
      'a kind that is not served',
      { kind: 'Password' },
      'spec.dataFrom[0].sourceRef.generatorRef of kind Password is not supported yet',
    ],
    [
      'a group that is not the API’s',
      { kind: 'ECRAuthorizationToken', apiVersion: 'example.com/v1alpha1' },
      'spec.dataFrom[0].sourceRef.generatorRef.apiVersion is example.com/v1alpha1, and generators are of generators.external-secrets.io/v1alpha1 only',
    ],
  ])('%s, named in the condition', async (_, ref, message) => {
    const world = await createWorld();

    await world.apply(generated('any', { dataFrom: [{ sourceRef: { generatorRef: { name: 'token', ...ref } } }] }));
    await world.settle();

    expect(world.ready()).toBe(`False SecretSyncedError: ${message}`);
    expect((await world.state())?.dueAt).toBeGreaterThanOrEqual(world.clock.now() + HOUR);
    expect((await world.state())?.dueAt).toBeLessThan(world.clock.now() + INTERVAL);
  });

  test('a role that the registration does not allow', async () => {
    const world = await createWorld();
    const role = 'arn:aws:iam::444455556666:role/admin';
    world.cluster().putGenerator(refTo('ECRAuthorizationToken'), { ...REGISTRY, role });

    await world.apply(generated('ECRAuthorizationToken'));
    await world.settle();

    expect(lastWarning(world)).toMatch(
      `error using generator: stores of cluster "one" may not use role ${role}; allowed: none`,
    );
    expect(world.issuer.issued).toEqual([]);
  });

  test.each(['readGenerator', 'readSecret'] as const)('a bug in %s brings the message back', async (method) => {
    const world = await createWorld();
    putKeys(world);
    world.cluster().putGenerator(refTo('STSSessionToken'), SESSION);
    world.cluster().fail(method, new RangeError('bug'));
    await world.apply(generated('STSSessionToken'));

    await expect(world.settle()).rejects.toThrow(RangeError);
  });

  test('keys that the cluster will not give', async () => {
    const world = await createWorld();
    putKeys(world);
    world.cluster().putGenerator(refTo('STSSessionToken'), SESSION);
    let reads = 0;
    world.before = (call) => {
      if (call === 'cluster.readSecret' && ++reads === 2) throw new ClusterForbiddenError('forbidden');
    };

    await world.apply(generated('STSSessionToken'));
    await world.settle();

    expect(lastWarning(world)).toMatch('cannot get Kubernetes secret "keys" from namespace "team-a": forbidden');
  });
});
