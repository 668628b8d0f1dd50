import { describe, expect, test } from '@jest/globals';
import { storeRefsOf } from '../../../src/domain/external-secret.ts';
import { parseExternalSecret, storeRefsIn, targetNameOf } from '../../../src/domain/parse-external-secret.ts';
import { InvalidSpecError } from '../../../src/domain/sync-error.ts';
import { data, externalSecret, mirrored, parsedExternalSecret } from '../../support/builders.ts';

const withSpec = (spec: Readonly<Record<string, unknown>>) => mirrored(externalSecret({ spec }));
const ref = (name: string, kind = 'SecretStore') => ({ name, kind });

describe('a spec that says little', () => {
  test('gets what the API would fill in', () => {
    const es = parsedExternalSecret({ spec: { refreshInterval: undefined } });

    expect(es).toEqual({
      namespace: 'team-a',
      name: 'db',
      uid: 'ExternalSecret-db-uid',
      generation: 1,
      labels: {},
      annotations: {},
      refreshPolicy: 'Periodic',
      refreshIntervalMilliseconds: 3_600_000,
      target: {
        name: 'db',
        creationPolicy: 'Owner',
        deletionPolicy: 'Retain',
        immutable: false,
        template: undefined,
        manifest: undefined,
      },
      store: ref('aws'),
      data: [
        {
          secretKey: 'password',
          remoteRef: {
            key: 'prod/db',
            property: '',
            version: '',
            metadataPolicy: 'None',
            conversionStrategy: 'Default',
            decodingStrategy: 'None',
            nullBytePolicy: 'Ignore',
          },
          store: ref('aws'),
          generator: false,
        },
      ],
      dataFrom: [],
    });
  });

  test.each([
    ['an empty policy', { refreshPolicy: '' }, { refreshPolicy: 'Periodic' }],
    ['a named policy', { refreshPolicy: 'OnChange' }, { refreshPolicy: 'OnChange' }],
    [
      'an interval in days is an hour counted up',
      { refreshInterval: '24h' },
      { refreshIntervalMilliseconds: 86_400_000 },
    ],
    ['a negative interval', { refreshInterval: '-5m' }, { refreshIntervalMilliseconds: -300_000 }],
    [
      'sync windows',
      { syncWindows: { kind: 'deny', windows: [{ schedule: '@daily', duration: '1h' }] } },
      { syncWindows: { kind: 'deny', windows: [{ schedule: '@daily', duration: '1h' }] } },
    ],
    ['an empty kind of store', { secretStoreRef: { name: 'aws', kind: '' } }, { store: ref('aws') }],
  ])('%s', (_, spec, expected) => {
    expect(parsedExternalSecret({ spec })).toMatchObject(expected);
  });

  test('without any store, an entry names one without a name', () => {
    const es = parsedExternalSecret({ spec: { secretStoreRef: undefined } });

    expect(es.store).toBeUndefined();
    expect(storeRefsOf(es)).toEqual([ref('')]);
    expect(es.data[0]?.store).toEqual(ref(''));
  });
});

describe('an entry', () => {
  test('overrides the spec’s store completely, kind and all', () => {
    const es = parsedExternalSecret({
      spec: {
        secretStoreRef: { name: 'aws', kind: 'ClusterSecretStore' },
        data: [data('a', {}, { sourceRef: { storeRef: { name: 'other' } } })],
      },
    });

    expect(es.data[0]?.store).toEqual(ref('other'));
  });

  test.each([
    ['nothing', {}, 'absent'],
    ['an empty sourceRef', { sourceRef: {} }, 'empty'],
    ['a store', { sourceRef: { storeRef: { name: 'x' } } }, 'store'],
    ['a generator', { sourceRef: { generatorRef: { kind: 'UUID', name: 'x' } } }, 'generator'],
  ])('of dataFrom with %s knows its source', (_, entry, sourceRef) => {
    const es = parsedExternalSecret({ spec: { dataFrom: [entry] } });

    expect(es.dataFrom[0]).toMatchObject({ sourceRef, rewrite: [] });
  });

  test('of dataFrom tells extract, find and rewrite', () => {
    const es = parsedExternalSecret({
      spec: {
        dataFrom: [
          { extract: { key: 'a' } },
          {
            find: { name: { regexp: '.' } },
            rewrite: [
              { regexp: { source: 'a', target: 'b' } },
              { transform: { template: '{{ .value }}' } },
              { merge: {} },
              {},
            ],
          },
        ],
      },
    });

    expect(es.dataFrom).toMatchObject([
      { extract: { key: 'a' } },
      { find: { selector: { name: '.', path: '', tags: {} } } },
    ]);
    expect(es.dataFrom[1]?.rewrite).toEqual([
      { type: 'regexp', source: 'a', target: 'b' },
      { type: 'transform', template: '{{ .value }}' },
      {
        type: 'merge',
        into: '',
        priority: [],
        priorityPolicy: 'Strict',
        conflictPolicy: 'Error',
        strategy: 'Extract',
      },
    ]);
  });
});

describe('a template', () => {
  test('that says nothing gets what the API would fill in', () => {
    expect(parsedExternalSecret({ spec: { target: { template: {} } } }).target.template).toEqual({
      type: '',
      engineVersion: 'v2',
      mergePolicy: 'Replace',
      metadata: { labels: {}, annotations: {}, finalizers: [] },
      data: {},
      templateFrom: [],
    });
  });

  test('has sources, each with the scope and the target that the API would fill in', () => {
    const templateFrom = [{ configMap: { name: 'c', items: [{ key: 'k' }] } }, { literal: 'x', target: 'LABELS' }];

    const { target } = parsedExternalSecret({ spec: { target: { template: { templateFrom } } } });

    expect(target.template?.templateFrom).toEqual([
      {
        configMap: { name: 'c', items: [{ key: 'k', templateAs: 'Values' }] },
        target: 'Data',
        valuesDecodingStrategy: 'None',
      },
      { literal: 'x', target: 'LABELS', valuesDecodingStrategy: 'None' },
    ]);
  });
});

describe('a spec that cannot be read', () => {
  test.each([
    ['no spec', undefined, ' must be an object'],
    ['a policy nobody knows', { refreshPolicy: 'Sometimes' }, 'refreshPolicy must be one of'],
    ['an interval in days', { refreshInterval: '1d' }, 'spec.refreshInterval: '],
    ['a template of no text', { target: { template: { data: { a: 1 } } } }, 'target.template.data.a must be a string'],
    ['an entry without a key', { data: [{ secretKey: 'a', remoteRef: {} }] }, 'data[0].remoteRef.key must be a string'],
  ])('%s is refused and named', (_, spec, message) => {
    const object = spec === undefined ? mirrored({ ref: externalSecret().ref }) : withSpec(spec);

    expect(() => parseExternalSecret(object)).toThrow(InvalidSpecError);
    expect(() => parseExternalSecret(object)).toThrow(message);
  });
});

describe('the stores of an ExternalSecret', () => {
  test('are each named once, the spec’s first, whoever reads from it', () => {
    const spec = {
      dataFrom: [{ extract: { key: 'a' }, sourceRef: { storeRef: { name: 'second' } } }],
      data: [
        data('a', {}, { sourceRef: { storeRef: { name: 'third', kind: 'ClusterSecretStore' } } }),
        data('b', {}, { sourceRef: { storeRef: { name: 'second' } } }),
      ],
    };

    expect(storeRefsOf(parsedExternalSecret({ spec }))).toEqual([
      ref('aws'),
      ref('second'),
      ref('third', 'ClusterSecretStore'),
    ]);
    expect(storeRefsIn(withSpec(spec))).toEqual([
      ref('aws'),
      ref('second'),
      ref('third', 'ClusterSecretStore'),
      ref('second'),
    ]);
  });

  test.each([
    ['another part is broken', { refreshPolicy: 'Sometimes', data: [{ secretKey: 1 }, 'no entry'] }, [ref('aws')]],
    ['the lists are none', { data: 5, dataFrom: 'x' }, [ref('aws')]],
    ['the reference is none', { secretStoreRef: 'aws' }, []],
  ])('are known although %s', (_, spec, stores) => {
    expect(storeRefsIn(withSpec(spec))).toEqual(stores);
  });

  test('are none without a spec', () => {
    expect(storeRefsIn(mirrored({ ref: externalSecret().ref }))).toEqual([]);
  });
});

describe('the name of the target', () => {
  const long = 'a'.repeat(100);

  test.each([
    ['is the object’s own by default', {}, 'db'],
    ['is the one in the spec', { target: { name: 'other' } }, 'other'],
    ['is the object’s own when empty', { target: { name: '' } }, 'db'],
    ['is known of a spec that cannot be read', { target: { name: 'other' }, refreshPolicy: 'Sometimes' }, 'other'],
    ['may be longer than a label', { target: { name: long } }, long],
  ])('%s', (_, spec, name) => {
    expect(targetNameOf(withSpec(spec))).toBe(name);
  });

  test('is the same to the sync and to the feed', () => {
    const spec = { target: { name: long } };

    expect(parsedExternalSecret({ spec }).target.name).toBe(targetNameOf(withSpec(spec)));
  });
});
