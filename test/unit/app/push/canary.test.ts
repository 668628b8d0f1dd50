import { describe, expect, test } from '@jest/globals';
import { KINDS, type WatchedKind } from '../../../../src/domain/object-ref.ts';
import { StoreAccessDeniedError, StoreUnavailableError } from '../../../../src/domain/sync-error.ts';
import { awsProvider, NAMESPACE, pushed, pushSecret, REGION, secretStore, values } from '../../../support/builders.ts';
import { deletePushSecret, deleteSource, LOCATION, PS, putManaged } from '../../../support/push-world.ts';
import { createWorld, type World } from '../../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;

const CANARY = 'canary-7f3a9c';
const WATCHED: readonly WatchedKind[] = [...KINDS, 'Namespace'];

/** Everything that the service says or keeps, anywhere but in the source and at the provider, as one text. */
const everythingSaid = async (world: World, thrown: unknown): Promise<string> => {
  const { states, mirror, dependants, users, writeLeases } = world.tables;
  const key = { ...LOCATION, name: 'path/to/key' };
  return JSON.stringify([
    world.log.text(),
    world.metrics.points,
    world.waiting(),
    world.cluster().events,
    WATCHED.map((kind) => world.cluster().objects(kind)),
    world.cluster().objects('Secret'),
    [...(await states.list('one'))],
    await Promise.all(WATCHED.map((kind) => mirror.list('one', kind))),
    await dependants.of(key),
    await users.of('one', { kind: 'SecretStore', namespace: NAMESPACE, name: 'aws' }),
    await writeLeases.take(key, { holder: 'test', by: '', now: 0, expiresAt: 1 }),
    thrown instanceof Error ? [thrown.message, thrown.stack, thrown.cause] : thrown,
  ]);
};

const expectNoCanary = (said: string): void => {
  expect(said.includes(CANARY)).toBe(false);
  expect(said.includes(Buffer.from(CANARY).toString('base64').slice(0, -4))).toBe(false);
  expect(said.includes([...Buffer.from(CANARY)].join(' '))).toBe(false);
};

const AWS = { storeRef: { name: 'aws' } };
const templated = (text: string): Spec => ({ template: { data: { key: text } } });

interface Case {
  readonly spec?: Spec;
  readonly aws?: Spec;
  readonly value?: string;
  readonly before?: (world: World) => void;
  readonly after?: (world: World) => void;
}

describe('a value is nowhere but in its Secret and where it is pushed', () => {
  test.each<[string, Case]>([
    ['after a push', {}],
    ['after a push of the whole', { spec: { data: [pushed('')] } }],
    ['after a push to a property', { spec: { data: [pushed('key', { property: 'p' })] } }],
    ['after a push to Parameter Store', { aws: { service: 'ParameterStore' } }],
    ['after dataTo', { spec: { data: [], dataTo: [AWS, { ...AWS, remoteKey: 'bundle' }] } }],
    [
      'when a rewrite fails',
      { spec: { dataTo: [{ ...AWS, rewrite: [{ transform: { template: '{{ fail .value }}' } }] }] } },
    ],
    ['after a template', { spec: templated('{{ .key | b64enc }}') }],
    ['when a template fails on it', { spec: templated('{{ .key | fail }}') }],
    ['when a template calls it', { spec: templated('{{ template .key }}') }],
    ['when a template takes it for JSON', { spec: templated('{{ .key | mustFromJson }}') }],
    ['when a key is missing', { spec: { data: [pushed('nope')] } }],
    [
      'when a property is to go into what is no JSON',
      {
        spec: { data: [pushed('key', { property: 'p' })] },
        before: (world) => putManaged(world, 'path/to/key', CANARY),
      },
    ],
    ['when it is no certificate', { aws: { service: 'CertificateManager' } }],
    [
      'when somebody else manages the key',
      { before: (world) => void world.secrets.manager.put('path/to/key', { text: CANARY }) },
    ],
    ['when metadata is refused', { spec: { data: [pushed('key', {}, { metadata: { tags: {} } })] } }],
    [
      'when the provider refuses',
      { before: (world) => world.secrets.fail({ operation: 'write' }, () => new StoreAccessDeniedError('denied')) },
    ],
    [
      'when the process ends in between',
      {
        before: (world) => {
          world.before = (call) => {
            if (call === 'writer.write.after') throw new Error('the process ended');
          };
        },
      },
    ],
    ['after its source went', { after: deleteSource }],
    ['after its object went', { after: deletePushSecret }],
    [
      'when it cannot be removed',
      {
        before: (world) => world.secrets.fail({ operation: 'remove' }, () => new StoreUnavailableError('boom')),
        after: deletePushSecret,
      },
    ],
  ])('%s', async (_, { spec = {}, aws = {}, value = CANARY, before, after }) => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: value }) });
    before?.(world);
    let thrown: unknown;

    try {
      await world.apply(
        secretStore({ spec: awsProvider({ region: REGION, ...aws }) }),
        pushSecret({ spec: { deletionPolicy: 'Delete', ...spec } }),
      );
      await world.settle();
      after?.(world);
      await world.settle();
    } catch (error) {
      thrown = error;
    }

    expect(world.secrets.calls({ operation: 'open' }).length + Number(spec['dataTo'] !== undefined)).toBeGreaterThan(0);
    expectNoCanary(await everythingSaid(world, thrown));
  });

  test('when it was made into the name of a key, is in no message of a template that fails', async () => {
    const world = await createWorld();
    world.cluster().putSecret({ namespace: NAMESPACE, name: 'source' }, { data: values({ key: CANARY }) });
    const template = { templateFrom: [{ literal: '{{ .key }}: {{ fail "no" }}' }] };

    await world.apply(secretStore(), pushSecret({ spec: { template } }));
    await world.settle();

    expect(world.ready(PS)).toContain('False Errored');
    expectNoCanary(await everythingSaid(world, undefined));
  });
});
