import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromStoredItem, toStoredItem } from '../../../../src/adapters/dynamodb/attribute-value.ts';
import { ALL_DUE_SHARDS } from '../../../../src/adapters/dynamodb/due-shard.ts';
import {
  clusterPartition,
  dependantKey,
  feedKey,
  parseCluster,
  parseDependant,
  parseFeed,
  parseSpecRef,
  parseStateRef,
  parseUser,
  specKey,
  stateKey,
  userKey,
} from '../../../../src/adapters/dynamodb/keys.ts';
import { fromMirrorItem, toMirrorItem } from '../../../../src/adapters/dynamodb/mirror.ts';
import { fromStateItem, toStateItem } from '../../../../src/adapters/dynamodb/state-item.ts';
import type { MirroredObject } from '../../../../src/domain/mirrored-object.ts';
import { KINDS, type ServedRef, type WatchedKind } from '../../../../src/domain/object-ref.ts';
import type { SyncState } from '../../../../src/domain/sync-state.ts';
import { externalSecretRef, state } from '../../../contract/tables/samples.ts';

/** A DNS label, as an API server takes it. */
const anyNamespace = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
/** Names as nobody may give them, since specs may hold any text. */
const anyName = fc.oneof(fc.string({ unit: fc.constantFrom('a', '#', '%', '2', '3', '5', '/') }), fc.string());
const anyKind = fc.constantFrom<WatchedKind>(...KINDS, 'Namespace', 'Secret');
const anyRef = fc.record({ kind: anyKind, namespace: anyName, name: anyName });
const anyServed: fc.Arbitrary<ServedRef> = fc.record({
  kind: fc.constantFrom(...KINDS),
  namespace: anyName,
  name: anyName,
});

/** Keys of labels and annotations begin with a letter or digit; `__proto__`, which schemas drop, does not. */
const anyTextKey = fc.string().filter((key) => key !== '__proto__');
const anyTexts = fc.dictionary(anyTextKey, fc.string(), { noNullPrototype: true });
const anyTime = fc.integer({ min: 0, max: 4_000_000_000_000 });
const anyVersion = fc.bigInt({ min: 0n, max: 2n ** 64n }).map(String);

const anyObject: fc.Arbitrary<MirroredObject> = fc.record(
  {
    ref: anyRef,
    uid: fc.string(),
    resourceVersion: anyVersion,
    generation: fc.nat(),
    labels: anyTexts,
    annotations: anyTexts,
    finalizers: fc.array(fc.string()),
    ownerReferences: fc.array(
      fc.record(
        {
          apiVersion: fc.string(),
          kind: fc.string(),
          name: fc.string(),
          uid: fc.string(),
          controller: fc.boolean(),
          blockOwnerDeletion: fc.boolean(),
        },
        { requiredKeys: ['apiVersion', 'kind', 'name', 'uid'] },
      ),
    ),
    deletionTimestamp: fc.string(),
    spec: fc.jsonValue().map(asJson),
    status: fc.jsonValue().map(asJson),
    seenAt: anyTime,
  },
  { requiredKeys: ['ref', 'uid', 'resourceVersion', 'generation', 'labels', 'annotations', 'finalizers'] },
);

const anyCondition = fc.record(
  {
    type: fc.constant('Ready' as const),
    status: fc.constantFrom('True' as const, 'False' as const),
    reason: fc.string(),
    message: fc.string(),
    lastTransitionTime: fc.string(),
  },
  { requiredKeys: ['type', 'status'] },
);

const anySynced = fc.dictionary(
  anyTextKey,
  fc.dictionary(
    anyTextKey,
    fc.record(
      {
        match: fc.record(
          {
            secretKey: fc.string(),
            remoteRef: fc.record(
              { remoteKey: fc.string(), property: fc.string() },
              { requiredKeys: ['remoteKey'], noNullPrototype: true },
            ),
          },
          { requiredKeys: ['remoteRef'] },
        ),
        metadata: fc.jsonValue().map(asJson),
        conversionStrategy: fc.string(),
      },
      { requiredKeys: ['match'] },
    ),
    { noNullPrototype: true },
  ),
  { noNullPrototype: true },
);

const anyPushed = fc.record(
  {
    entries: fc.array(
      fc.record(
        {
          store: fc.string(),
          remoteKey: fc.string(),
          property: fc.string(),
          key: fc.string(),
          place: fc.string(),
          pending: fc.constant(true as const),
          left: fc.constantFrom('gone' as const, 'dropped' as const),
          versions: fc.array(fc.string()),
          madeFrom: fc.array(fc.string()),
          rounds: fc.nat(),
        },
        { requiredKeys: ['store', 'remoteKey', 'property', 'key', 'place'] },
      ),
    ),
    places: fc.dictionary(
      anyTextKey,
      fc.record({
        kind: fc.constantFrom('SecretStore' as const, 'ClusterSecretStore' as const),
        name: fc.string(),
        spec: fc.jsonValue().map(asJson),
      }),
      { noNullPrototype: true },
    ),
    sources: fc.array(fc.record({ name: fc.string(), uid: fc.string(), resourceVersion: anyVersion })),
    deletes: fc.constant(true as const),
  },
  { requiredKeys: ['entries', 'places', 'sources'] },
);

const anyState: fc.Arbitrary<SyncState> = fc.record(
  {
    revision: fc.integer({ min: 1 }),
    uid: fc.string(),
    status: fc.record(
      {
        conditions: fc.array(anyCondition),
        refreshTime: fc.option(fc.string()),
        syncedResourceVersion: fc.string(),
        binding: fc.record({ name: fc.string() }),
        capabilities: fc.constantFrom('ReadOnly' as const, 'WriteOnly' as const, 'ReadWrite' as const),
        externalSecretName: fc.string(),
        provisionedNamespaces: fc.array(fc.string()),
        failedNamespaces: fc.array(
          fc.record({ namespace: fc.string(), reason: fc.string() }, { requiredKeys: ['namespace'] }),
        ),
        syncedPushSecrets: anySynced,
      },
      { requiredKeys: ['conditions'] },
    ),
    objectResourceVersion: anyVersion,
    target: fc.record(
      { name: fc.string(), uid: fc.string(), resourceVersion: anyVersion, touched: fc.constant(true as const) },
      { requiredKeys: ['name', 'uid', 'resourceVersion'] },
    ),
    versions: fc.array(
      fc.record({ id: fc.string(), version: fc.string(), createdAt: anyTime }, { requiredKeys: ['id', 'version'] }),
    ),
    dependsOn: fc.array(fc.string()),
    stores: fc.array(fc.string()),
    verifiedAt: anyTime,
    failures: fc.nat(),
    dueAt: anyTime,
    contest: fc.record(
      { corrections: fc.nat(), at: anyTime, by: fc.string() },
      { requiredKeys: ['corrections', 'at'] },
    ),
    provisioning: fc.record({
      generation: fc.nat(),
      contests: fc.dictionary(anyNamespace, fc.record({ corrections: fc.nat(), at: anyTime }), {
        noNullPrototype: true,
      }),
    }),
    pushed: anyPushed,
    lastWarning: fc.record({ text: fc.string(), at: anyTime }),
  },
  { requiredKeys: ['revision', 'uid', 'status', 'versions', 'dependsOn', 'stores', 'failures', 'dueAt'] },
);

/** As an API server sends it: `-0` and the like do not exist in JSON. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

const stored = (item: Parameters<typeof toStoredItem>[0]) => fromStoredItem(toStoredItem(item));

describe('items', () => {
  test('any mirrored object comes back as it went in', () => {
    fc.assert(
      fc.property(anyName, anyObject, (cluster, object) => {
        expect(fromMirrorItem(stored(toMirrorItem(cluster, object)))).toEqual(object);
      }),
    );
  });

  test('any state comes back as it went in, in a shard that is asked', () => {
    fc.assert(
      fc.property(anyName, anyServed, anyState, (cluster, ref, known) => {
        const item = stored(toStateItem(cluster, ref, known));

        expect(fromStateItem(item)).toEqual(known);
        expect(ALL_DUE_SHARDS).toContain(item['dueShard']);
      }),
    );
  });

  test('attributes of another version are ignored', () => {
    fc.assert(
      fc.property(anyServed, anyState, (ref, known) => {
        const item = { ...stored(toStateItem('blue', ref, known)), addedLater: { by: 'somebody' } };

        expect(fromStateItem(item)).toEqual(known);
      }),
    );
  });

  test('due times spread over the shards', () => {
    const refs = Array.from({ length: 200 }, (_, index) => externalSecretRef(`app-${index}`));

    const shards = refs.map((ref) => toStateItem('blue', ref, { ...state(), revision: 1 })['dueShard']);

    expect(new Set(shards).size).toBe(ALL_DUE_SHARDS.length);
  });
});

describe('keys', () => {
  test('any object is found again in its key', () => {
    fc.assert(
      fc.property(anyName, anyRef, anyServed, (cluster, ref, served) => {
        expect(parseSpecRef(specKey(cluster, ref))).toEqual(ref);
        expect(parseStateRef(stateKey(cluster, served))).toEqual(served);
        expect(parseCluster(stateKey(cluster, served))).toEqual(cluster);
        expect(parseUser(userKey(cluster, served, served))).toEqual(served);
        expect(parseDependant(dependantKey('a#b#ssm#c', { cluster, ref: served }))).toEqual({ cluster, ref: served });
        const { kind, namespace } = ref;
        expect(parseFeed(feedKey(cluster, kind, namespace))).toEqual({ kind, namespace });
      }),
    );
  });

  test('different objects have different keys', () => {
    fc.assert(
      fc.property(fc.tuple(anyName, anyServed), fc.tuple(anyName, anyServed), ([a, one], [b, two]) => {
        const same = a === b && JSON.stringify(one) === JSON.stringify(two);

        expect(JSON.stringify(stateKey(a, one)) === JSON.stringify(stateKey(b, two))).toBe(same);
        expect(userKey(a, one, one).pk === userKey(b, two, one).pk).toBe(same);
      }),
    );
  });

  test.each([
    ['a kind this version does not know', 'STATE#CopySecret#prod#app'],
    ['a part too few', 'STATE#ExternalSecret#prod'],
    ['a part too many', 'STATE#ExternalSecret#prod#app#more'],
    ['another kind of item', 'SPEC#ExternalSecret#prod#app'],
  ])('%s names no state', (_, sk) => {
    expect(parseStateRef({ pk: clusterPartition('blue'), sk })).toBeUndefined();
  });
});
