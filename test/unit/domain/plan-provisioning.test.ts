import { describe, expect, test } from '@jest/globals';
import { gatherFacts } from '../../../src/domain/gather-facts.ts';
import type { MirroredObject } from '../../../src/domain/mirrored-object.ts';
import { parseProvisioner } from '../../../src/domain/parse-provisioner.ts';
import { isAtRest, planNamespace } from '../../../src/domain/plan-provisioning.ts';
import { updatedChild, wantedChild } from '../../../src/domain/provisioning.ts';
import { sameJson } from '../../../src/domain/same-json.ts';
import type { OwnerReference } from '../../../src/domain/target-secret.ts';
import { clusterExternalSecret, externalSecret, mirrored, namespace } from '../../support/builders.ts';

const ces = parseProvisioner(
  mirrored(clusterExternalSecret({ spec: { externalSecretMetadata: { labels: { by: 'ces' } } } })),
);
const { type } = ces;
const OWNER: OwnerReference = {
  apiVersion: 'external-secrets.io/v1',
  kind: 'ClusterExternalSecret',
  name: 'shared',
  uid: ces.uid,
  controller: true,
  blockOwnerDeletion: true,
};

type Change = Partial<Omit<MirroredObject, 'ref'>>;

/** The ExternalSecret as `ces` made it in team-a. */
const made = (change: Change = {}, name = 'shared', within = 'team-a'): MirroredObject =>
  mirrored(externalSecret({ name, namespace: within, labels: { by: 'ces' } }), { ownerReferences: [OWNER], ...change });

const team = (change: Change = {}) => mirrored(namespace('team-a', { team: 'a' }), change);

const plan = (
  externalSecrets: readonly MirroredObject[],
  {
    within = team(),
    wanted = ces,
  }: { readonly within?: MirroredObject | undefined; readonly wanted?: typeof ces | undefined } = {},
) =>
  planNamespace(
    { type, name: 'shared', wanted },
    { name: 'team-a', names: ['shared'], namespace: within, children: externalSecrets },
  );

/** What is done, in a word, and what is removed. */
const outline = ({ remove, place }: ReturnType<typeof plan>): string =>
  [...remove.map(({ ref }) => `remove ${ref.name}`), place.action === 'refuse' ? place.reason : place.action].join(
    ', ',
  );

describe('in a selected namespace', () => {
  test.each<[string, readonly MirroredObject[], string]>([
    ['an ExternalSecret is made where there is none', [], 'create'],
    ['one that is as wanted is kept', [made()], 'keep'],
    [
      'an edited spec is put right [ES105]',
      [made({ spec: { ...asRecord(made().spec), refreshInterval: '2h' } })],
      'update',
    ],
    ['a missing label is put right [ES105]', [made({ labels: {} })], 'update'],
    ['a label of somebody else is taken away', [made({ labels: { by: 'ces', more: 'x' } })], 'update'],
    ['an annotation of somebody else is taken away', [made({ annotations: { note: 'x' } })], 'update'],
    ['a spec too large to be remembered is looked at', [withoutSpec(made())], 'update'],
    [
      'what an earlier object of the name made is taken over',
      [made({ ownerReferences: [{ ...OWNER, uid: 'earlier' }] })],
      'update',
    ],
    [
      'one that nobody controls is left alone and reported [ES106]',
      [made({ ownerReferences: [] })],
      'external secret already exists in namespace',
    ],
    [
      'one of another ClusterExternalSecret is left alone and reported [ES106]',
      [made({ ownerReferences: [{ ...OWNER, name: 'other' }] })],
      'external secret already exists in namespace',
    ],
    [
      'one that is owned but not controlled is left alone and reported [ES106]',
      [made({ ownerReferences: [{ ...OWNER, controller: false }] })],
      'external secret already exists in namespace',
    ],
    [
      'one of another API’s ClusterExternalSecret is left alone and reported [ES106]',
      [made({ ownerReferences: [{ ...OWNER, apiVersion: 'example.com/v1' }] })],
      'external secret already exists in namespace',
    ],
    [
      'one of an older version of the API is ours',
      [made({ ownerReferences: [{ ...OWNER, apiVersion: 'external-secrets.io/v1beta1' }] })],
      'update',
    ],
    [
      'one on its way out is waited for',
      [made({ deletionTimestamp: '2026-01-01T00:00:00Z' })],
      'external secret is being deleted',
    ],
    ['one of an earlier name goes first [ES104]', [made({}, 'old')], 'remove old, create'],
    ['a foreign one of an earlier name stays [ES104]', [made({ ownerReferences: [] }, 'old'), made()], 'keep'],
    [
      'one of an earlier name that is going already is not deleted again',
      [made({ deletionTimestamp: '2026-01-01T00:00:00Z' }, 'old'), made()],
      'keep',
    ],
  ])('%s', (_, externalSecrets, expected) => {
    expect(outline(plan(externalSecrets))).toBe(expected);
  });
});

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return { ...(value as Readonly<Record<string, unknown>>) }; // the builder's own
}

function withoutSpec({ spec: _, ...rest }: MirroredObject): MirroredObject {
  return rest;
}

describe('in a namespace that is not selected', () => {
  const other = { within: mirrored(namespace('team-a')) };

  test.each<[string, readonly MirroredObject[], string]>([
    ['nothing happens where there is nothing [ES110]', [], 'none'],
    ['what it controls goes [ES108]', [made(), made({}, 'old')], 'remove shared, remove old, none'],
    ['what it does not control stays', [made({ ownerReferences: [] })], 'none'],
    ['what is going already is not deleted again', [made({ deletionTimestamp: '2026-01-01T00:00:00Z' })], 'none'],
  ])('%s', (_, externalSecrets, expected) => {
    expect(outline(plan(externalSecrets, other))).toBe(expected);
  });
});

describe('whatever is selected', () => {
  test.each<[string, MirroredObject | undefined]>([
    ['on its way out', team({ deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['that is gone', undefined],
  ])('a namespace %s is left to Kubernetes', (_, within) => {
    const facts = { name: 'team-a', names: ['shared'], namespace: within, children: [made()] };

    expect(outline(planNamespace({ type, name: 'shared', wanted: ces }, facts))).toBe('none');
  });

  test('an object that is being deleted wants nothing any more', () => {
    const facts = { name: 'team-a', names: ['shared'], namespace: team(), children: [made(), made({}, 'old')] };

    expect(outline(planNamespace({ type, name: 'shared', wanted: undefined }, facts))).toBe(
      'remove shared, remove old, none',
    );
  });
});

test('carrying a plan out leaves a plan at rest', () => {
  const first = plan([made({ labels: { by: 'somebody' }, finalizers: ['a/b'] })]).place;
  if (first.action !== 'update') throw new Error(first.action);
  const { ref, ...content } = first.object;

  const second = plan([mirrored({ ref }, content)]);

  expect(isAtRest(second)).toBe(true);
});

describe('the ExternalSecret it makes', () => {
  test('has name, metadata and spec as written, and is controlled [ES103]', () => {
    expect(wantedChild(ces, 'team-b')).toEqual({
      ref: { kind: 'ExternalSecret', namespace: 'team-b', name: 'shared' },
      uid: '',
      resourceVersion: '',
      labels: { by: 'ces' },
      annotations: {},
      finalizers: [],
      ownerReferences: [OWNER],
      spec: externalSecret().spec,
    });
  });

  test('keeps finalizers and other owners of the one it replaces', () => {
    const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x' };
    const existing = made({ finalizers: ['a/b'], ownerReferences: [other, { ...OWNER, uid: 'earlier' }] });

    expect(updatedChild(ces, existing)).toMatchObject({
      uid: existing.uid,
      resourceVersion: existing.resourceVersion,
      finalizers: ['a/b'],
      ownerReferences: [OWNER, other],
    });
  });
});

describe('namespaces that are looked at', () => {
  const known = {
    namespaces: [team(), mirrored(namespace('team-b', { team: 'b' })), mirrored(namespace('other'))],
    children: [made(), made({}, 'shared', 'left'), made({ ownerReferences: [] }, 'shared', 'foreign')],
  };
  const visited = (status = {}, isGoing = false) =>
    gatherFacts(
      { type, name: 'shared', wanted: isGoing ? undefined : ces, status: { conditions: [], ...status } },
      known,
    ).map(({ name }) => name);

  test('are those selected, and those where something is controlled', () => {
    expect(visited()).toEqual(['left', 'team-a', 'team-b']);
  });

  test('are those of the status too, which may know more than the mirror', () => {
    const failedNamespaces = [{ namespace: 'failed' }, { namespace: 'unknown' }];

    expect(visited({ provisionedNamespaces: ['before'], failedNamespaces })).toEqual([
      'before',
      'failed',
      'left',
      'team-a',
      'team-b',
    ]);
  });

  test('are only those where something was made, when it is being deleted', () => {
    expect(visited({ provisionedNamespaces: ['before'] }, true)).toEqual(['before', 'left', 'team-a']);
  });

  test('come with what is in the way and with the earlier name', () => {
    const wanted = { ...ces, childName: 'new' };
    const status = { conditions: [], externalSecretName: 'shared' };

    const [left] = gatherFacts({ type, name: 'shared', wanted, status }, known);

    expect(left).toMatchObject({ name: 'left', namespace: undefined, names: ['new', 'shared'] });
    expect(left?.children).toEqual([made({}, 'shared', 'left')]);
  });
});

describe('two JSON values', () => {
  test.each<[unknown, unknown, boolean]>([
    [{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, true],
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: 1 }, { a: 1, b: null }, false],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [[], {}, false],
    [{}, null, false],
    ['1', 1, false],
    [{ a: 1 }, { constructor: 1 }, false],
  ])('%j and %j say the same: %p', (a, b, same) => {
    expect(sameJson(a, b)).toBe(same);
    expect(sameJson(b, a)).toBe(same);
  });
});
