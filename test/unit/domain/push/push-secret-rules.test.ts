import { describe, expect, test } from '@jest/globals';
import { selectorText } from '../../../../src/domain/label-selector.ts';
import { refuseUnlistedStores, refuseUnmatchedSelectors, rulesFor } from '../../../../src/domain/push/data-to.ts';
import { decidePush, type PushQuestion, sourcesChanged } from '../../../../src/domain/push/decide-push.ts';
import { expandedEntries, matchedKeys } from '../../../../src/domain/push/expand-data-to.ts';
import { explicitEntries } from '../../../../src/domain/push/explicit-entries.ts';
import { deletionPolicyIn, parsePushSecret } from '../../../../src/domain/push/parse-push-secret.ts';
import { mergeEntries } from '../../../../src/domain/push/push-entry.ts';
import type { PushData, PushDataTo, PushSecret } from '../../../../src/domain/push/push-secret.ts';
import { convertedKeys } from '../../../../src/domain/push/reverse-unicode.ts';
import {
  storedEntries,
  syncedName,
  toSyncedEntry,
  toSyncedPushSecrets,
} from '../../../../src/domain/push/synced-push-secrets.ts';
import { mirrored } from '../../../support/builders.ts';

type Spec = Readonly<Record<string, unknown>>;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.parse('2026-01-01T12:00:00Z');
/** Of an object of generation 1 without labels and annotations. */
const SYNCED_VERSION = '1-f47fe3c0b255b6dd8047cdffa772587bb829efe7a1cb70febeda2eb2';

const parse = (spec: Spec = {}, object: Spec = {}): PushSecret =>
  parsePushSecret(
    mirrored({
      ref: { kind: 'PushSecret', namespace: 'team-a', name: 'db' },
      spec: { secretStoreRefs: [{ name: 'aws' }], selector: { secret: { name: 'db' } }, ...spec },
      ...object,
    }),
  );

const ruled = (rule: Spec): PushDataTo => {
  const [parsed] = parse({ dataTo: [{ storeRef: { name: 'aws' }, ...rule }] }).dataTo;
  if (parsed === undefined) throw new Error('no rule');
  return parsed;
};

const entry = (change: Partial<PushData> = {}): PushData => ({
  secretKey: 'key',
  remoteKey: 'remote',
  property: '',
  conversionStrategy: 'None',
  ...change,
});

describe('a PushSecret', () => {
  test('has the defaults of the API', () => {
    expect(parse({ data: [{ match: { remoteRef: { remoteKey: 'path' } } }], dataTo: [{ remoteKey: 'all' }] })).toEqual({
      namespace: 'team-a',
      name: 'db',
      uid: 'PushSecret-db-uid',
      generation: 1,
      labels: {},
      annotations: {},
      refreshIntervalMilliseconds: HOUR,
      stores: [{ name: 'aws', kind: 'SecretStore' }],
      updatePolicy: 'Replace',
      deletionPolicy: 'None',
      selector: { secretName: 'db' },
      data: [{ secretKey: '', remoteKey: 'path', property: '', conversionStrategy: 'None' }],
      dataTo: [{ remoteKey: 'all', match: '', rewrite: [], conversionStrategy: 'None' }],
    });
  });

  test('keeps metadata as it is written, and selectors', () => {
    const labels = { matchLabels: { team: 'a' } };
    const generatorRef = { kind: 'ECRAuthorizationToken', name: 'token' };

    const { data, selector, stores } = parse({
      secretStoreRefs: [{ labelSelector: labels, kind: 'ClusterSecretStore' }],
      selector: { secret: { selector: labels }, generatorRef },
      data: [{ match: { remoteRef: { remoteKey: 'a', property: 'p' } }, metadata: { spec: { tags: { a: 'b' } } } }],
    });

    expect(data[0]?.metadata).toEqual({ spec: { tags: { a: 'b' } } });
    expect(stores).toEqual([{ name: '', kind: 'ClusterSecretStore', labelSelector: labels }]);
    expect(selector).toEqual({
      secretName: '',
      secrets: labels,
      generator: { apiVersion: 'generators.external-secrets.io/v1alpha1', ...generatorRef },
    });
  });

  test.each<[string, Spec, string]>([
    ['a field of another type', { refreshInterval: 5 }, 'spec.refreshInterval must be a string'],
    ['an interval that is none', { refreshInterval: 'soon' }, 'spec.refreshInterval: time: invalid duration "soon"'],
    ['no stores', { secretStoreRefs: undefined }, 'spec.secretStoreRefs must be a list'],
    [
      'a rewrite of both kinds',
      { dataTo: [{ rewrite: [{ regexp: { source: 'a', target: 'b' }, transform: { template: 'c' } }] }] },
      'spec.dataTo[0].rewrite[0]: exactly one of regexp or transform must be set',
    ],
    [
      'a rewrite of no kind',
      { dataTo: [{ rewrite: [{}] }] },
      'spec.dataTo[0].rewrite[0]: exactly one of regexp or transform must be set',
    ],
    [
      'rewrites of a bundle',
      { dataTo: [{ remoteKey: 'all', rewrite: [{ transform: { template: 'c' } }] }] },
      'spec.dataTo[0]: remoteKey and rewrite are mutually exclusive: rewrite is only supported in per-key mode (without remoteKey)',
    ],
  ])('with %s is refused, and says which', (_, spec, message) => {
    expect(() => parse(spec)).toThrow(message);
  });

  test.each<[unknown, PushSecret['deletionPolicy']]>([
    [{ deletionPolicy: 'Delete' }, 'Delete'],
    [{ deletionPolicy: 'Delete', data: 5 }, 'Delete'],
    [{ deletionPolicy: 'delete' }, 'None'],
    [{}, 'None'],
    [undefined, 'None'],
  ])('of the spec %j has the policy %s, whatever else is wrong with it', (spec, policy) => {
    expect(deletionPolicyIn({ spec })).toBe(policy);
  });
});

describe('a push', () => {
  const question = (change: Partial<PushQuestion> = {}): PushQuestion => ({
    ps: parse(),
    status: { conditions: [], refreshTime: '2026-01-01T11:30:00Z', syncedResourceVersion: SYNCED_VERSION },
    verifiedAt: undefined,
    failures: 0,
    cause: 'due',
    now: NOW,
    ...change,
  });
  const once = parse({ refreshInterval: '0' });

  test.each<[string, Partial<PushQuestion>, ReturnType<typeof decidePush>]>([
    ['is not due before the interval is over', {}, { push: false }],
    ['is due when it is over', { now: NOW + 31 * MINUTE }, { push: true, why: 'interval-elapsed' }],
    ['counts the interval from the last proof', { verifiedAt: NOW, now: NOW + 31 * MINUTE }, { push: false }],
    ['is due when it never ended well', { status: { conditions: [] } }, { push: true, why: 'object-changed' }],
    [
      'is due without a refresh time',
      { status: { conditions: [], syncedResourceVersion: SYNCED_VERSION } },
      { push: true, why: 'never-pushed' },
    ],
    ['is due when the spec changed', { ps: parse({}, { generation: 2 }) }, { push: true, why: 'object-changed' }],
    ['is due when a label changed', { ps: parse({}, { labels: { a: 'b' } }) }, { push: true, why: 'object-changed' }],
    [
      'is due when an annotation changed',
      { ps: parse({}, { annotations: { a: 'b' } }) },
      { push: true, why: 'object-changed' },
    ],
    ['is due after a failure', { failures: 1 }, { push: true, why: 'failed-before' }],
    ['is due when somebody asks', { cause: 'person' }, { push: true, why: 'asked' }],
    ['is due when a store changed', { cause: 'store' }, { push: true, why: 'asked' }],
    ['depends on the source when the feed asks', { cause: 'feed' }, { push: 'if-source-changed' }],
    ['of interval 0 is not due by time [PUSH24]', { ps: once, now: NOW + 1_000 * HOUR }, { push: false }],
    ['of interval 0 is not due for its source', { ps: once, cause: 'feed' }, { push: false }],
    [
      'of interval 0 is due when its object changed [PUSH24]',
      { ps: { ...once, generation: 2 } },
      { push: true, why: 'object-changed' },
    ],
  ])('%s', (_, change, decision) => {
    expect(decidePush(question(change))).toEqual(decision);
  });

  test('of the source as it was is none', () => {
    const source = { name: 'db', uid: 'u', resourceVersion: '7' };

    expect(sourcesChanged([source], [{ ...source }])).toBe(false);
    expect(sourcesChanged([source], [{ ...source, resourceVersion: '8' }])).toBe(true);
    expect(sourcesChanged([source], [{ ...source, uid: 'v' }])).toBe(true);
    expect(sourcesChanged([source], [])).toBe(true);
    expect(sourcesChanged([], [source])).toBe(true);
  });
});

describe('ReverseUnicode', () => {
  test.each([
    ['some-array_U005b_0_U005d_.entity', 'some-array[0].entity'],
    ['a_U1F600_', 'a\u{1F600}'],
    ['a_U00zz_', 'a_U00zz_'],
    ['a_U2f_', 'a_U2f_'],
    ['a_UD83D_', 'a\ufffd'],
  ])('makes of %s %s', (key, name) => {
    expect([...convertedKeys([key], 'ReverseUnicode')]).toEqual([[name, key]]);
    expect([...convertedKeys([key], 'None')]).toEqual([[key, key]]);
  });

  test('refuses two keys that become one', () => {
    expect(() => explicitEntries([entry({ conversionStrategy: 'ReverseUnicode' })], ['a_U002f_b', 'a/b'])).toThrow(
      'could not apply conversion strategy to keys: secret name collision during conversion: a/b',
    );
  });
});

describe('stores of dataTo', () => {
  const byLabel = { labelSelector: { matchLabels: { team: 'a' } } };

  test.each<[string, Spec, string]>([
    ['without one', { dataTo: [{}] }, 'dataTo[0]: storeRef is required'],
    ['without name', { dataTo: [{ storeRef: {} }] }, 'dataTo[0]: storeRef must have name or labelSelector'],
    [
      'of another name',
      { dataTo: [{ storeRef: { name: 'b' } }] },
      'dataTo[0]: storeRef "b" not found in secretStoreRefs',
    ],
    [
      'of another kind',
      { dataTo: [{ storeRef: { name: 'aws', kind: 'ClusterSecretStore' } }] },
      'dataTo[0]: storeRef "aws" not found in secretStoreRefs',
    ],
    [
      'that are listed by label only [PUSH35]',
      { secretStoreRefs: [byLabel], dataTo: [{ storeRef: { name: 'aws' } }] },
      'dataTo[0]: storeRef "aws" not found in secretStoreRefs',
    ],
  ])('%s are refused', (_, spec, message) => {
    expect(() => refuseUnlistedStores(parse(spec))).toThrow(message);
  });

  test('by labels must be among those that are pushed to [PUSH35]', () => {
    const ps = parse({ dataTo: [{ storeRef: byLabel }] });
    const store = { kind: 'SecretStore', name: 'aws', labels: { team: 'a' } } as const;

    expect(() => refuseUnlistedStores(ps)).not.toThrow();
    expect(() => refuseUnmatchedSelectors(ps, [store])).not.toThrow();
    expect(() => refuseUnmatchedSelectors(ps, [{ ...store, labels: {} }])).toThrow(
      'dataTo[0]: labelSelector does not match any store in secretStoreRefs',
    );
    expect(rulesFor(ps, store)).toHaveLength(1);
    expect(rulesFor(ps, { ...store, kind: 'ClusterSecretStore' })).toEqual([]);
  });

  test('by a selector that is none are refused', () => {
    const storeRef = { labelSelector: { matchExpressions: [{ key: 'a', operator: 'Near' }] } };

    expect(() => refuseUnmatchedSelectors(parse({ dataTo: [{ storeRef }] }), [])).toThrow(
      'dataTo[0]: invalid labelSelector: "Near" is not a valid label selector operator',
    );
  });
});

describe('keys of dataTo', () => {
  const keys = ['db-user', 'db-host', 'other'];

  test('are those that match, in byte order', () => {
    expect(matchedKeys(ruled({ match: { regexp: '^db-' } }), 0, keys)).toEqual([
      { name: 'db-host', sourceKey: 'db-host' },
      { name: 'db-user', sourceKey: 'db-user' },
    ]);
    expect(matchedKeys(ruled({}), 0, keys)).toHaveLength(3);
  });

  test('are matched by their decoded names', () => {
    const rule = ruled({ match: { regexp: '/' }, conversionStrategy: 'ReverseUnicode' });

    expect(matchedKeys(rule, 0, ['a_U002f_b'])).toEqual([{ name: 'a/b', sourceKey: 'a_U002f_b' }]);
    expect(() => matchedKeys(rule, 2, ['a_U002f_b', 'a/b'])).toThrow(
      'dataTo[2]: conversion failed: secret name collision during conversion: a/b',
    );
  });

  test('are not found by what is no expression', () => {
    expect(() => matchedKeys(ruled({ match: { regexp: '(' } }), 1, keys)).toThrow(
      'dataTo[1]: match failed: failed to compile regexp pattern "(": error parsing regexp: missing closing ): `(`',
    );
  });

  test('need a remote key each, and one of their own', () => {
    const rule = ruled({});
    const matched = [
      { name: 'a', sourceKey: 'a' },
      { name: 'b', sourceKey: 'b' },
    ];
    const bundle = { rule: ruled({ remoteKey: 'x' }), matched, remoteKeys: [] };

    expect(() => expandedEntries([{ rule, matched, remoteKeys: ['x', ''] }])).toThrow(
      'dataTo[0]: empty remote key produced for source key "b"',
    );
    expect(() => expandedEntries([{ rule, matched, remoteKeys: ['x', 'x'] }])).toThrow(
      'dataTo[0]: duplicate remote key "x" from source key "b" (conflicts with dataTo[0]:a)',
    );
    expect(() => expandedEntries([{ rule, matched, remoteKeys: ['x', 'y'] }, bundle])).toThrow(
      'dataTo[1]: duplicate remote key "x" from source key "(bundle)" (conflicts with dataTo[0]:a)',
    );
    expect(expandedEntries([{ rule, matched: [], remoteKeys: [] }, bundle])).toEqual([
      {
        secretKey: '',
        sourceKey: '',
        remoteKey: 'x',
        property: '',
        conversionStrategy: 'None',
        members: new Map([
          ['a', 'a'],
          ['b', 'b'],
        ]),
      },
    ]);
  });
});

describe('entries', () => {
  const expanded = { ...entry(), sourceKey: 'key' };

  test('of data take the place of those of dataTo for the same source key', () => {
    const own = { ...entry({ remoteKey: 'own' }), sourceKey: 'key' };

    expect(mergeEntries([expanded], [own])).toEqual([own]);
    expect(mergeEntries([expanded], [{ ...own, sourceKey: 'b' }])).toHaveLength(2);
  });

  test('for one place are refused, those for properties of one key are not', () => {
    const other = { ...entry({ property: 'p' }), sourceKey: 'b' };

    expect(mergeEntries([expanded], [other])).toHaveLength(2);
    expect(() => mergeEntries([expanded], [{ ...other, property: '' }])).toThrow(
      'duplicate remote key "remote": source keys "key" and "b" both map to the same destination',
    );
    expect(() => mergeEntries([], [other, { ...other, sourceKey: 'c' }])).toThrow(
      'duplicate remote key "remote" with property "p": source keys "b" and "c" both map to the same destination',
    );
  });

  test('of keys that the source does not have are refused', () => {
    expect(() => explicitEntries([entry({ secretKey: 'unexisting' })], ['key'])).toThrow(
      'secret key unexisting does not exist',
    );
  });

  test('are listed in the status by store and place, the first of two', () => {
    const one = toSyncedEntry(entry({ property: 'p', metadata: { a: 1 } }));
    const whole = toSyncedEntry(entry({ secretKey: '' }));
    const synced = toSyncedPushSecrets([
      { store: 'SecretStore/aws', name: syncedName(entry({ property: 'p' })), entry: one },
      { store: 'SecretStore/aws', name: 'remote', entry: whole },
      { store: 'SecretStore/aws', name: 'remote', entry: one },
    ]);

    expect(synced).toEqual({
      'SecretStore/aws': {
        'remote/p': {
          match: { secretKey: 'key', remoteRef: { remoteKey: 'remote', property: 'p' } },
          metadata: { a: 1 },
          conversionStrategy: 'None',
        },
        remote: { match: { remoteRef: { remoteKey: 'remote' } }, conversionStrategy: 'None' },
      },
    });
    expect(toSyncedPushSecrets(storedEntries(synced))).toEqual(synced);
    expect(storedEntries(undefined)).toEqual([]);
  });
});

describe('a label selector', () => {
  test('is asked for as Kubernetes writes it', () => {
    const matchExpressions = [
      { key: 'a', operator: 'In', values: ['x', 'y'] },
      { key: 'b', operator: 'NotIn', values: ['z'] },
      { key: 'c', operator: 'Exists' },
      { key: 'd', operator: 'DoesNotExist' },
    ];

    expect(selectorText({ matchLabels: { app: 'web' }, matchExpressions })).toBe('app=web,a in (x,y),b notin (z),c,!d');
    expect(selectorText({})).toBe('');
  });
});
