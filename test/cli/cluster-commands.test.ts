import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ClusterRejectedError, ClusterUnreachableError } from '../../src/domain/sync-error.ts';
import { cluster as registered } from '../contract/tables/samples.ts';
import { type CliWorld, createCliWorld, kubeconfig } from './cli-world.ts';

let world: CliWorld;
beforeEach(() => {
  world = createCliWorld();
});
afterEach(() => world.remove());

const ROLE = 'arn:aws:iam::111122223333:role/reader';

const serviceAccountToken = (claims: object): string =>
  ['header', JSON.stringify(claims), 'signature'].map((part) => Buffer.from(part).toString('base64url')).join('.');

describe('cluster add', () => {
  test('registers an EKS cluster as its options say', async () => {
    const { code, out } = await world.run(
      ...['cluster', 'add', 'blue', '--eks', 'prod', '--role-arn', ROLE, '--default-role', ROLE],
      ...[
        '--allow-role',
        'arn:aws:iam::*:role/a-*',
        'arn:aws:iam::*:role/b-*',
        '--no-session-tags',
        '--mode',
        'observe',
      ],
      ...[
        '--allow-service',
        'ssm',
        'secretsmanager',
        '--allow-key',
        'team-a/',
        '--allow-key',
        'arn:aws:ssm:eu-west-1:111122223333:parameter/team-a/',
        '--namespace',
        'orders',
        '--namespace',
        'billing',
        '--label',
        'env=lab',
        'team=pay',
        '--controller-class',
        'x',
      ],
    );

    expect(code).toBe(0);
    expect(out).toContain('cluster blue registered\n');
    expect(out).toContain(
      'note: with --namespace, ClusterExternalSecrets and ClusterPushSecrets of the cluster are left alone',
    );
    expect(out).toContain('within a minute');
    expect(await world.tables.clusters.get('blue')).toMatchObject({
      connection: {
        type: 'eks',
        eksName: 'prod',
        region: 'eu-west-1',
        server: 'https://eks.example.com',
        roleArn: ROLE,
      },
      labels: { env: 'lab', team: 'pay' },
      mode: 'observe',
      controllerClass: 'x',
      namespaces: ['orders', 'billing'],
      identity: {
        defaultRole: ROLE,
        allowRoles: ['arn:aws:iam::*:role/a-*', 'arn:aws:iam::*:role/b-*'],
        allowServices: ['ssm', 'secretsmanager'],
        allowKeys: ['team-a/', 'arn:aws:ssm:eu-west-1:111122223333:parameter/team-a/'],
        sessionTags: false,
      },
    });
  });

  test('registers a cluster of a kubeconfig, its token in the connection secret of the stage', async () => {
    const file = world.writeFile('config', kubeconfig({ token: 'opaque' }));

    const { code } = await world.run('cluster', 'add', 'lab', '--kubeconfig', file, '--stage', 'test');

    expect(code).toBe(0);
    expect(await world.tables.clusters.get('lab')).toMatchObject({
      connection: {
        type: 'credentials',
        server: 'https://lab.example.com',
        credentialsSecretId: 'secretcast/test/clusters/lab',
      },
      mode: 'active',
      controllerClass: 'default',
      namespaces: [],
      identity: { allowRoles: [], sessionTags: true },
    });
    expect(world.connectionSecrets.kept.get('secretcast/test/clusters/lab')?.revealText()).toBe('{"token":"opaque"}');
  });

  test('says what changed when the name was registered', async () => {
    const file = world.writeFile('config', kubeconfig({ token: 'opaque' }));
    await world.run('cluster', 'add', 'lab', '--kubeconfig', file);

    const { out } = await world.run('cluster', 'add', 'lab', '--kubeconfig', file, '--mode', 'paused');

    expect(out).toContain('cluster lab updated, its credentials stored\n  mode: active -> paused\n');
  });

  test('keeps a minimum interval, and shows it', async () => {
    const file = world.writeFile('config', kubeconfig({ token: 'opaque' }));

    const { out } = await world.run('cluster', 'add', 'lab', '--kubeconfig', file, '--min-refresh-interval', '5m');

    expect(out).toContain('cluster lab registered');
    expect((await world.run('cluster', 'show', 'lab')).out).toMatch(/^refreshed at most: +every 5m$/m);
  });

  test('keeps the role that pushes, shows it, and says when it changes', async () => {
    const file = world.writeFile('config', kubeconfig({ token: 'opaque' }));
    const add = ['cluster', 'add', 'lab', '--kubeconfig', file, '--push-role'];
    const writer = 'arn:aws:iam::111122223333:role/writers/lab-writer';

    await world.run(...add, writer);

    expect(await world.tables.clusters.get('lab')).toMatchObject({ identity: { pushRole: writer } });
    expect((await world.run('cluster', 'show', 'lab')).out).toMatch(new RegExp(`^push role: +${writer}$`, 'm'));
    expect((await world.run('cluster', 'list')).out).toMatch(/PUSH ROLE[\s\S]+ lab-writer /);
    expect((await world.run(...add, ROLE)).out).toContain(`  identity.pushRole: ${writer} -> ${ROLE}\n`);
  });

  test('refuses a name as the role that pushes', async () => {
    const { code, err } = await world.run('cluster', 'add', 'lab', '--eks', 'x', '--push-role', 'lab-writer');

    expect(code).toBe(2);
    expect(err).toContain('--push-role');
  });

  test.each(['1d', '0', '-5m', 'soon'])('refuses %s as a minimum interval', async (interval) => {
    const { code, err } = await world.run('cluster', 'add', 'lab', '--eks', 'x', '--min-refresh-interval', interval);

    expect(code).toBe(2);
    expect(err).toContain('An interval looks like 30s, 5m or 1h30m, and is over 0.');
  });

  test('says which access is missing and how to grant it', async () => {
    world.cluster.forbid('list', 'secrets');
    world.cluster.forbid('watch', 'secrets');
    const token = serviceAccountToken({ sub: 'system:serviceaccount:kube-system:secretcast' });
    const file = world.writeFile('config', kubeconfig({ token }));

    const { code, err } = await world.run('cluster', 'add', 'lab', '--kubeconfig', file, '--context', 'lab');

    expect(code).toBe(1);
    expect(err).toMatch(/list,watch +secrets +\* +keep target Secrets/);
    expect(err).toContain("secretcast rbac --user 'system:serviceaccount:kube-system:secretcast' | kubectl apply -f -");
  });

  test('says how an EKS cluster lets the service in', async () => {
    world.cluster.forbid('*', 'events', 'orders');

    const { err } = await world.run(
      'cluster',
      'add',
      'blue',
      '--eks',
      'prod',
      '--role-arn',
      ROLE,
      '--namespace',
      'orders',
    );

    expect(err).toMatch(/create,patch +events +orders/);
    expect(err).toContain('secretcast rbac --namespace orders | kubectl apply -f -');
    expect(err).toContain(`--cluster-name prod --kubernetes-groups secretcast --principal-arn ${ROLE}`);
  });

  test('names the roles of the functions when they are to sign in themselves', async () => {
    world.cluster.forbid('*', 'events');

    const { err } = await world.run('cluster', 'add', 'blue', '--eks', 'prod', '--stage', 'test');

    expect(err).toContain('role/secretcast-test-watch-clusters\n');
    expect(err).toContain('role/secretcast-test-reconcile\n');
  });

  test('registers a cluster without rights to PushSecrets, and notes what they need', async () => {
    world.cluster.forbid('*', 'pushsecrets');

    const { code, out } = await world.run('cluster', 'add', 'blue', '--eks', 'prod');

    expect(code).toBe(0);
    expect(out).toMatch(/^note: the service may not .*list.* pushsecrets.*; PushSecrets need it$/m);
  });

  test('registers a cluster without the definitions of PushSecrets, and notes how to install them', async () => {
    const rejected = new ClusterRejectedError('not served');
    const { listObjects } = world.cluster.client;
    Object.assign(world.cluster.client, {
      listObjects: async (...[kind, ...rest]: Parameters<typeof listObjects>) => {
        if (kind === 'PushSecret' || kind === 'ClusterPushSecret') throw rejected;
        return listObjects(kind, ...rest);
      },
    });

    const { code, out } = await world.run('cluster', 'add', 'blue', '--eks', 'prod');

    expect(code).toBe(0);
    expect(out).toContain(
      'note: the cluster does not serve PushSecret, ClusterPushSecret (external-secrets.io/v1alpha1); to have them: secretcast crds | kubectl apply -f -',
    );
  });

  test('says how to install the kinds that are missing', async () => {
    world.cluster.fail('listObjects', new ClusterRejectedError('not served'), 4);

    const { code, err } = await world.run('cluster', 'add', 'blue', '--eks', 'prod');

    expect(code).toBe(1);
    expect(err).toContain('does not serve ExternalSecret, SecretStore, ClusterSecretStore, ClusterExternalSecret');
    expect(err).toContain('secretcast crds | kubectl apply -f -');
  });

  test('keeps a name from another cluster, unless told to replace', async () => {
    await world.tables.clusters.put(registered({ kubeSystemUid: 'old' }));

    const refused = await world.run('cluster', 'add', 'blue', '--eks', 'prod');
    const replaced = await world.run('cluster', 'add', 'blue', '--eks', 'prod', '--replace');

    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('uid old') });
    expect(replaced).toMatchObject({ code: 0, out: expect.stringContaining('in place of another cluster') });
  });

  test('names the address it could not reach', async () => {
    world.cluster.fail('mayI', new ClusterUnreachableError('no answer (ECONNREFUSED)'), 50);

    const { code, err } = await world.run('cluster', 'add', 'blue', '--eks', 'prod');

    expect(code).toBe(1);
    expect(err).toContain('registering cluster blue failed');
    expect(err).toContain('https://eks.example.com');
    expect(err).toContain('ECONNREFUSED');
  });

  test('registers without asking when it is told the uid', async () => {
    const { code } = await world.run('cluster', 'add', 'blue', '--eks', 'b', '--skip-checks', '--kube-system-uid', 'u');

    expect(code).toBe(0);
    expect(world.cluster.requests.all()).toEqual({});
  });

  test('notes that a token ends, and that an address is of this machine only', async () => {
    const token = serviceAccountToken({ exp: 1_800_000_000 });
    const file = world.writeFile('config', kubeconfig({ token }, { server: 'https://127.0.0.1:6443' }));

    const { err } = await world.run('cluster', 'add', 'lab', '--kubeconfig', file);

    expect(err).toContain('the token expires at 2027-01-15T08:00:00.000Z');
    expect(err).toContain('https://127.0.0.1:6443 is on this machine');
  });

  test.each([
    { words: [], says: 'which cluster?' },
    { words: ['--eks', 'a', '--kubeconfig', 'b'], says: 'cannot be used with' },
    { words: ['--context', 'a', '--eks-region', 'b'], says: 'go with --eks' },
    { words: ['--eks', 'a', '--proxy', 'http://me:pass@p'], says: 'without user or password' },
    { words: ['--eks', 'a', '--proxy', 'p:3128'], says: 'A proxy looks like' },
    { words: ['--eks', 'a', '--skip-checks'], says: '--kube-system-uid' },
    { words: ['--eks', 'a', '--default-role', 'reader'], says: 'A role looks like' },
    { words: ['--eks', 'a', '--allow-role', 'read-*'], says: 'A pattern looks like' },
    { words: ['--eks', 'a', '--allow-service', 's3'], says: 'Allowed choices are secretsmanager, ssm' },
    { words: ['--eks', 'a', '--allow-key', 'team-*'], says: 'A prefix is what keys begin with' },
    { words: ['--eks', 'a', '--allow-key', 'arn:aws:secretsmanager:*'], says: 'A prefix is' },
    { words: ['--eks', 'a', '--allow-key', 'arn:aws:s3:::a'], says: 'An ARN as a prefix looks like' },
    { words: ['--eks', 'a', '--label', 'env'], says: 'key=value' },
    { words: ['--eks', 'a', '--mode', 'off'], says: 'Allowed choices are active, observe, paused' },
  ])('$words is wrong usage', async ({ words, says }) => {
    const { code, err } = await world.run('cluster', 'add', 'blue', ...words);

    expect(code).toBe(2);
    expect(err).toContain(says);
  });

  test('a name that no secret could have is wrong usage', async () => {
    expect(await world.run('cluster', 'add', 'a/b', '--eks', 'a')).toMatchObject({ code: 2 });
  });
});

describe('for machines', () => {
  test('cluster add prints the registration', async () => {
    const { out } = await world.run('cluster', 'add', 'blue', '--eks', 'prod', '-o', 'json');

    expect(JSON.parse(out)).toMatchObject({
      registered: true,
      was: 'new',
      changes: [],
      alsoRegisteredAs: [],
      cluster: { name: 'blue', heardAt: null },
    });
  });

  test('cluster add prints what stands in the way', async () => {
    world.cluster.forbid('list', 'secrets');

    const { code, out } = await world.run('cluster', 'add', 'blue', '--eks', 'prod', '-o', 'json');

    expect(code).toBe(1);
    const missing = [expect.objectContaining({ verb: 'list', resource: 'secrets' })];
    expect(JSON.parse(out)).toEqual({ registered: false, name: 'blue', obstacles: [{ type: 'access', missing }] });
  });

  test('cluster list, show and remove print objects', async () => {
    await world.tables.clusters.put(registered());

    const list = await world.run('cluster', 'list', '--output', 'json');
    const show = await world.run('cluster', 'show', 'blue', '--output', 'json');
    const remove = await world.run('cluster', 'remove', 'blue', '--output', 'json');

    expect(JSON.parse(list.out)).toEqual({ clusters: [{ ...registered(), heardAt: null }] });
    expect(JSON.parse(show.out)).toEqual({ ...registered(), heardAt: null });
    expect(JSON.parse(remove.out)).toEqual({ removed: 'blue' });
  });
});

describe('cluster list', () => {
  test('shows a row for each, by name, and how long ago it was heard from', async () => {
    await world.tables.clusters.put(registered({ name: 'green', namespaces: ['a', 'b'], mode: 'paused' }));
    await world.tables.clusters.put(registered());
    const now = world.clock.now();
    const lease = await world.tables.leases.take('blue', { holder: 'h', now, expiresAt: now + 60_000 });
    if (lease === undefined) throw new Error('the lease is free');
    const feed = { kind: 'ExternalSecret', namespace: '' } as const;
    await world.tables.positions.put(lease, feed, { resourceVersion: '1', heardAt: now - 7_000 });

    const { out } = await world.run('cluster', 'list');

    expect(out.split('\n')).toEqual([
      'NAME    TYPE   MODE     NAMESPACES   HEARD   PUSH ROLE   SERVER',
      'blue    eks    active   (all)        7s      -           https://blue.example.com',
      'green   eks    paused   a,b          -       -           https://blue.example.com',
      '',
    ]);
  });

  test('says so when there is none', async () => {
    expect(await world.run('cluster', 'list')).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('no clusters'),
    });
  });
});

describe('a cluster that is not registered', () => {
  test.each([['show'], ['accept-absence'], ['remove']])('cannot be told to cluster %s', async (command) => {
    const { code, err } = await world.run('cluster', command, 'grey');

    expect(code).toBe(1);
    expect(err).toBe('secretcast: no cluster grey is registered\n  `secretcast cluster list` shows those that are.\n');
  });
});

test('cluster accept-absence says when, and leaves the rest of the registration', async () => {
  await world.tables.clusters.put(registered());

  const { code, out } = await world.run('cluster', 'accept-absence', 'blue');
  const json = await world.run('cluster', 'accept-absence', 'blue', '--output', 'json');

  expect({ code, out }).toEqual({
    code: 0,
    out: 'cluster blue is listed again within a minute; what is really gone is forgotten then\n',
  });
  expect(JSON.parse(json.out)).toEqual({ accepted: 'blue' });
  expect(await world.tables.clusters.get('blue')).toEqual(registered({ absenceAcceptedAt: world.clock.now() }));
});

test('cluster remove deletes the connection secret', async () => {
  const file = world.writeFile('config', kubeconfig({ token: 'opaque' }));
  await world.run('cluster', 'add', 'lab', '--kubeconfig', file);

  const { code, out } = await world.run('cluster', 'remove', 'lab');

  expect(code).toBe(0);
  expect(out).toContain('stays as it is');
  expect(world.connectionSecrets.kept.size).toBe(0);
  expect(await world.tables.clusters.list()).toEqual([]);
});

test('cluster show has a line for each fact', async () => {
  const identity = { ...registered().identity, allowKeys: ['team-a/', 'team-b/'] };
  await world.tables.clusters.put(registered({ identity }));

  const { out } = await world.run('cluster', 'show', 'blue');

  expect(out).toMatch(/^allowed services: +\(all\)$/m);
  expect(out).toMatch(/^allowed keys: +team-a\/\*, team-b\/\*$/m);
  expect(out).toMatch(/^EKS cluster: +blue in eu-west-1$/m);
  expect(out).toMatch(/^default role: +-$/m);
  expect(out).toMatch(/^heard from: +never$/m);
});
