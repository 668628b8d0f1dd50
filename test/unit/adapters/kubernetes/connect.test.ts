import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ClusterClientsDeps, createClusterClients } from '../../../../src/adapters/kubernetes/connect.ts';
import type { Cluster, ClusterConnection } from '../../../../src/domain/cluster.ts';
import { SecretValue } from '../../../../src/domain/secret-value.ts';
import {
  ClusterUnreachableError,
  StoreAccessDeniedError,
  StoreUnavailableError,
} from '../../../../src/domain/sync-error.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import {
  json,
  type StubAnswer,
  type StubApiServer,
  startStubApiServer,
  status,
} from '../../../support/stub-api-server.ts';

const FOUND = json(200, { metadata: { name: 'kube-system', uid: 'u', resourceVersion: '1' } });

let server: StubApiServer;
let cluster: Cluster | undefined;
let connectionSecret: () => string;
let secretReads: number;

const registered = (connection: ClusterConnection): Cluster => ({
  name: 'one',
  connection,
  labels: {},
  mode: 'active',
  controllerClass: 'default',
  namespaces: [],
  identity: { allowRoles: [], sessionTags: false },
  kubeSystemUid: 'u',
});
const credentials = (url = server.url): ClusterConnection => ({
  type: 'credentials',
  server: url,
  credentialsSecretId: 'hub/one',
});

const build = (deps: Partial<ClusterClientsDeps> = {}) => {
  const clock = createFakeClock();
  const clients = createClusterClients({
    registry: { get: async () => cluster },
    readConnectionSecret: async () => {
      secretReads += 1;
      return SecretValue.fromText(connectionSecret());
    },
    eksTokenFor: () => ({ get: async () => 'k8s-aws-v1.signed', forget: () => undefined }),
    clock,
    ...deps,
  });
  return { clients, clock };
};
const tokens = () => server.requests.map(({ headers }) => headers.authorization);

beforeEach(async () => {
  server = await startStubApiServer();
  server.answer(FOUND);
  cluster = registered(credentials());
  connectionSecret = () => '{"token":"first"}';
  secretReads = 0;
});
afterEach(() => server.stop());

describe('the clients of clusters', () => {
  test('carry the token of the connection secret, read once', async () => {
    const { clients } = build();

    const client = await clients('one');
    await Promise.all([client.kubeSystemUid(), client.kubeSystemUid(), (await clients('one')).kubeSystemUid()]);

    expect(tokens()).toEqual(['Bearer first', 'Bearer first', 'Bearer first']);
    expect(secretReads).toBe(1);
  });

  test('sign for an EKS cluster', async () => {
    cluster = registered({
      type: 'eks',
      eksName: 'one',
      region: 'eu-central-1',
      server: server.url,
      certificateAuthority: '',
    });
    const { clients } = build();

    await (await clients('one')).kubeSystemUid();

    expect(tokens()).toEqual(['Bearer k8s-aws-v1.signed']);
  });

  test('sign anew when an EKS token is not accepted', async () => {
    cluster = registered({
      type: 'eks',
      eksName: 'one',
      region: 'eu-central-1',
      server: server.url,
      certificateAuthority: '',
    });
    let signed = 1;
    const { clients } = build({
      eksTokenFor: () => ({
        get: async () => `k8s-aws-v1.${signed}`,
        forget: () => {
          signed += 1;
        },
      }),
    });
    server.answer(status(401), FOUND);

    await (await clients('one')).kubeSystemUid();

    expect(tokens()).toEqual(['Bearer k8s-aws-v1.1', 'Bearer k8s-aws-v1.2']);
  });

  test('are one each while their registration stays', async () => {
    const { clients, clock } = build();

    const first = await clients('one');
    await clock.advance(60_000);
    cluster = registered(credentials());

    expect(await clients('one')).toBe(first);
  });

  test('are new when their registration changed, seen within a minute', async () => {
    const { clients, clock } = build();

    const first = await clients('one');
    cluster = registered(credentials('https://127.0.0.1:1'));
    await clock.advance(59_999);
    expect(await clients('one')).toBe(first);
    await clock.advance(1);

    expect(await clients('one')).not.toBe(first);
  });

  test('are gone with their registration', async () => {
    const { clients, clock } = build();

    await clients('one');
    cluster = undefined;
    await clock.advance(60_000);

    await expect(clients('one')).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
      message: 'cluster one is not registered',
    });
  });
});

describe('an EKS cluster whose API server does not answer', () => {
  const AWAY = 'https://127.0.0.1:1';
  const eks = (url = AWAY): ClusterConnection => ({
    type: 'eks',
    eksName: 'one',
    region: 'eu-central-1',
    server: url,
    certificateAuthority: '',
  });
  const moved = () => {
    let asked = 0;
    const describeEks = async () => {
      asked += 1;
      return { server: server.url, certificateAuthority: '' };
    };
    return { describeEks, asked: () => asked };
  };

  test('is looked up at EKS, once for all requests, and found again', async () => {
    cluster = registered(eks());
    const { describeEks, asked } = moved();
    const { clients } = build({ describeEks });
    const client = await clients('one');

    expect(await Promise.all([client.kubeSystemUid(), client.kubeSystemUid()])).toEqual(['u', 'u']);
    expect(await client.kubeSystemUid()).toBe('u');
    expect(asked()).toBe(1);
  });

  test('is followed by watches too', async () => {
    cluster = registered(eks());
    const found: StubAnswer = (request, response) =>
      request.url.includes('watch=') ? response.writeHead(200).end() : FOUND(request, response);
    server.answer(found);
    const { clients } = build(moved());

    const { signal } = new AbortController();
    const events = (await clients('one')).watchObjects('Namespace', { resourceVersion: '1' }, signal);

    for await (const _ of events) break;
    expect(server.requests.some(({ url }) => url.includes('watch='))).toBe(true);
  });

  test('where another cluster answers under its name stays unreachable, and nothing but its uid is asked', async () => {
    cluster = { ...registered(eks()), kubeSystemUid: 'another' };
    const { clients } = build(moved());

    await expect((await clients('one')).readSecret({ namespace: 'a', name: 'b' })).rejects.toMatchObject({
      name: 'ClusterUnreachableError',
      message: expect.stringMatching(
        /no answer \(ECONNREFUSED\); EKS has another cluster of this name than the one registered as one$/,
      ),
    });
    expect(server.requests.map(({ url }) => url)).toEqual(['/api/v1/namespaces/kube-system']);
  });

  test('and has not moved is asked for once in five minutes', async () => {
    cluster = registered(eks());
    let asked = 0;
    const describeEks = async () => {
      asked += 1;
      return { server: AWAY, certificateAuthority: '' };
    };
    const { clients, clock } = build({ describeEks, registrationMilliseconds: 3_600_000 });
    const client = await clients('one');
    const fails = () => expect(client.kubeSystemUid()).rejects.toThrow(/no answer \(ECONNREFUSED\)$/);

    await fails();
    await fails();
    expect(asked).toBe(1);
    await clock.advance(300_000);
    await fails();

    expect(asked).toBe(2);
  });

  test('and cannot be looked up says both', async () => {
    cluster = registered(eks());
    const describeEks = async () => {
      throw new ClusterUnreachableError('DescribeCluster of EKS cluster one was refused (403 AccessDeniedException)');
    };
    const { clients } = build({ describeEks });

    await expect((await clients('one')).kubeSystemUid()).rejects.toThrow(
      /no answer \(ECONNREFUSED\); DescribeCluster of EKS cluster one was refused \(403 AccessDeniedException\)$/,
    );
  });

  test('is not looked up for an answer, be it a refusal', async () => {
    cluster = registered(eks(server.url));
    server.answer(status(403));
    const { describeEks, asked } = moved();
    const { clients } = build({ describeEks });

    await expect((await clients('one')).kubeSystemUid()).rejects.toMatchObject({ name: 'ClusterForbiddenError' });
    expect(asked()).toBe(0);
  });
});

describe('a connection secret', () => {
  test('is read again, once for all requests, when its token is not accepted', async () => {
    const { clients, clock } = build();
    const client = await clients('one');
    await client.kubeSystemUid();
    await clock.advance(30_000);
    connectionSecret = () => '{"token":"second"}';
    server.answer(status(401), status(401), status(401), FOUND);

    await Promise.all([1, 2, 3].map(() => client.kubeSystemUid()));

    expect(secretReads).toBe(2);
    expect(tokens().slice(4)).toEqual(['Bearer second', 'Bearer second', 'Bearer second']);
  });

  test('is read at most twice a minute for a token that is never accepted', async () => {
    const { clients, clock } = build();
    const client = await clients('one');
    server.answer(status(401));

    for (let i = 0; i < 12; i++) {
      await expect(client.kubeSystemUid()).rejects.toMatchObject({ name: 'ClusterForbiddenError' });
      await clock.advance(5_000);
    }

    expect(secretReads).toBe(2);
  });

  test.each(['{"token":""}', '{}', '{"token":"a","extra":1}', '{"clientCertificateData":"a"}', 'canary', '"canary"'])(
    'of another shape is refused without quoting it: %s',
    async (text) => {
      connectionSecret = () => text;
      const { clients } = build();

      const error = await (await clients('one')).kubeSystemUid().catch((thrown: unknown) => thrown);

      expect(error).toMatchObject({
        name: 'ClusterForbiddenError',
        message:
          'connection secret hub/one cannot be used: connection secret hub/one is not JSON with "token", or with "clientCertificateData" and "clientKeyData"',
      });
    },
  );

  test.each([
    [new StoreAccessDeniedError('denied'), 'ClusterForbiddenError', 'connection secret hub/one cannot be used: denied'],
    [
      new StoreUnavailableError('throttled'),
      'ClusterUnreachableError',
      'connection secret hub/one cannot be used: throttled',
    ],
    [new TypeError('quotes canary'), 'ClusterUnreachableError', 'connection secret hub/one cannot be used (TypeError)'],
  ])('that cannot be read is a failure of the cluster: %s', async (failure, name, message) => {
    const { clients } = build({
      readConnectionSecret: async () => {
        throw failure;
      },
    });

    await expect((await clients('one')).kubeSystemUid()).rejects.toMatchObject({ name, message });
  });

  test('is read again after a failure', async () => {
    const { clients } = build();
    const client = await clients('one');
    connectionSecret = () => '{}';
    await client.kubeSystemUid().catch(() => undefined);
    connectionSecret = () => '{"token":"first"}';

    expect(await client.kubeSystemUid()).toBe('u');
  });
});
