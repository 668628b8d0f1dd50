import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ExternalSecret } from '../../../src/domain/external-secret.ts';
import { dataHash, fieldManagerFor } from '../../../src/domain/hashes.ts';
import { ownedAnnotations, ownedDataKeys, ownedLabels } from '../../../src/domain/owned-fields.ts';
import { DATA_HASH_ANNOTATION, isTargetValid, MANAGED_LABEL, planTarget } from '../../../src/domain/plan-target.ts';
import { plainContent, type SecretData } from '../../../src/domain/target-content.ts';
import { CREATED_BY_LABEL } from '../../../src/domain/target-ownership.ts';
import type { ManagedFields, TargetSecret } from '../../../src/domain/target-secret.ts';
import { parsedExternalSecret, targetSecret, texts, values } from '../../support/builders.ts';
import { withUpdate } from '../../support/fake-cluster/managed-fields.ts';

type Texts = Readonly<Record<string, string>>;
type Target = Readonly<Record<string, unknown>>;

const es = (target: Target = {}, object: Parameters<typeof parsedExternalSecret>[1] = {}) =>
  parsedExternalSecret({ spec: { target } }, object);
const planPlain = (object: ExternalSecret, secret: TargetSecret | undefined, data: SecretData) =>
  planTarget(object, secret, plainContent(object, data));
const plan = (secret: TargetSecret | undefined, data: Texts, target: Target = {}) =>
  planPlain(es(target), secret, values(data));
const written = (planned: ReturnType<typeof planTarget>): TargetSecret => {
  if (!('secret' in planned)) throw new Error(`nothing is written: ${planned.action}`);
  return planned.secret;
};

/** What the API server makes of a write, its records of who manages what included. */
const store = (secret: TargetSecret, object: ExternalSecret, before?: TargetSecret): TargetSecret => ({
  ...secret,
  uid: 'secret-uid',
  type: secret.type === '' ? 'Opaque' : secret.type,
  resourceVersion: String(Number(before?.resourceVersion ?? '1') + 1),
  managedFields: withUpdate(before?.managedFields ?? [], fieldManagerFor(object.name), { before, after: secret }),
});
/** A Secret as a sync of `data` leaves it. */
const synced = (data: Texts, target: Target = {}, before?: TargetSecret): TargetSecret =>
  store(written(planPlain(es(target), before, values(data))), es(target), before);
/** Made by somebody else. */
const foreign = (data: Texts, overrides: Partial<TargetSecret> = {}): TargetSecret => {
  const secret = targetSecret({ data: values(data), ...overrides });
  return { ...secret, managedFields: withUpdate([], 'helm', { after: secret }) };
};

describe('a target that is not there', () => {
  test('is created with everything in it', () => {
    const planned = plan(undefined, { a: '1' });

    expect(planned.action).toBe('create');
    expect(written(planned)).toMatchObject({
      namespace: 'team-a',
      name: 'db',
      uid: '',
      type: '',
      immutable: false,
      labels: { [MANAGED_LABEL]: 'true', [CREATED_BY_LABEL]: expect.any(String) },
      annotations: { [DATA_HASH_ANNOTATION]: dataHash(values({ a: '1' })) },
      ownerReferences: [{ kind: 'ExternalSecret', name: 'db' }],
    });
    expect(texts(written(planned).data)).toEqual({ a: '1' });
  });

  test.each([
    ['Owner', 'create'],
    ['Orphan', 'create'],
    ['CreateOrMerge', 'create'],
    ['Merge', 'missing'],
    ['None', 'none'],
  ])('under %s: %s', (creationPolicy, action) => {
    expect(plan(undefined, { a: '1' }, { creationPolicy }).action).toBe(action);
  });

  test('is created immutable when it shall be [ES84]', () => {
    expect(written(plan(undefined, { a: '1' }, { immutable: true })).immutable).toBe(true);
  });
});

describe('the data of a target that is there', () => {
  test.each([
    ['Owner', { a: '1' }],
    ['Orphan', { a: '1' }],
    ['CreateOrMerge', { a: '1', foreign: 'x' }],
    ['Merge', { a: '1', foreign: 'x' }],
  ])('under %s', (creationPolicy, expected) => {
    const planned = plan(foreign({ foreign: 'x', a: '0' }), { a: '1' }, { creationPolicy });

    expect(texts(written(planned).data)).toEqual(expected);
    expect(written(planned).annotations[DATA_HASH_ANNOTATION]).toBe(dataHash(values(expected)));
  });

  test('under None is nobody’s business', () => {
    expect(plan(foreign({ a: '0' }), { a: '1' }, { creationPolicy: 'None' })).toEqual({ action: 'none' });
  });

  test('is replaced on the version that was read', () => {
    const planned = plan(foreign({ a: '0' }, { resourceVersion: '42' }), { a: '1' });

    expect(written(planned)).toMatchObject({ resourceVersion: '42', uid: 'secret-uid' });
  });

  test.each(['Owner', 'Merge', 'CreateOrMerge'])(
    'under %s loses a key that the provider lost [ES21 ES70 ES80]',
    (creationPolicy) => {
      const before = synced({ a: '1', b: '2' }, { creationPolicy }, foreign({ mine: 'x' }));

      const after = written(plan(before, { a: '1' }, { creationPolicy }));

      expect([...after.data.keys()]).not.toContain('b');
      expect(after.data.has('mine')).toBe(creationPolicy !== 'Owner');
    },
  );

  test('under Merge takes a key over from who set it, and gives it back to nobody [ES73]', () => {
    const before = synced({ a: '1' }, { creationPolicy: 'Merge' }, foreign({ a: '0', b: 'x' }));

    expect(texts(before.data)).toEqual({ a: '1', b: 'x' });
    expect(texts(written(plan(before, {}, { creationPolicy: 'Merge' })).data)).toEqual({ b: 'x' });
  });

  test('under Merge leaves a key that always had the provider’s value', () => {
    const before = synced({ a: '1' }, { creationPolicy: 'Merge' }, foreign({ a: '1' }));

    expect(texts(written(plan(before, { c: '3' }, { creationPolicy: 'Merge' })).data)).toEqual({ a: '1', c: '3' });
  });

  test('under Merge has no owner, and is recorded as ours key by key [ES72]', () => {
    const merged = synced({ a: '1' }, { creationPolicy: 'Merge' }, foreign({ mine: 'x' }));

    expect(merged.ownerReferences).toEqual([]);
    expect([...ownedDataKeys(merged, fieldManagerFor('db'))]).toEqual(['a']);
  });
});

describe('nothing is written', () => {
  test.each(['Owner', 'Orphan', 'Merge', 'CreateOrMerge'])(
    'under %s when all is as it shall be [ES76]',
    (creationPolicy) => {
      const before = synced({ a: '1' }, { creationPolicy }, foreign({ mine: 'x' }));

      expect(plan(before, { a: '1' }, { creationPolicy })).toEqual({ action: 'none' });
    },
  );

  test('whatever the order in which the API server tells an owner’s members', () => {
    const before = synced({ a: '1' });
    const ownerReferences = before.ownerReferences.map(({ apiVersion, ...rest }) => ({ ...rest, apiVersion }));

    expect(plan({ ...before, ownerReferences }, { a: '1' })).toEqual({ action: 'none' });
  });
});

describe('something is written', () => {
  const before = synced({ a: '1' });

  test.each<[string, TargetSecret]>([
    ['a value', { ...before, data: values({ a: '2' }) }],
    ['a key', { ...before, data: values({ a: '1', b: '2' }) }],
    ['the managed label', { ...before, labels: {} }],
    ['the hash', { ...before, annotations: { [DATA_HASH_ANNOTATION]: 'x' } }],
    ['an owner', { ...before, ownerReferences: [] }],
    [
      'the owner’s uid',
      { ...before, ownerReferences: before.ownerReferences.map((owner) => ({ ...owner, uid: 'x' })) },
    ],
  ])('when somebody changed %s', (_, edited) => {
    const planned = plan(edited, { a: '1' });

    expect(planned.action).toBe('update');
    expect(texts(written(planned).data)).toEqual({ a: '1' });
  });
});

describe('labels and annotations', () => {
  const named = (labels: Texts, annotations: Texts = {}) => es({}, { labels, annotations });

  test('of the ExternalSecret are copied, those of others stay [ES65]', () => {
    const before = foreign({}, { labels: { helm: 'x' }, annotations: { note: 'y' } });

    const after = written(planPlain(named({ team: 'a' }, { 'force-sync': '1' }), before, values({})));

    expect(after.labels).toMatchObject({ team: 'a', helm: 'x' });
    expect(after.annotations).toMatchObject({ 'force-sync': '1', note: 'y' });
  });

  test('that were copied go when they are dropped [ES65]', () => {
    const first = named({ team: 'a' }, { 'force-sync': '1' });
    const before = foreign({}, { labels: { helm: 'x' } });
    const between = store(written(planPlain(first, before, values({}))), first, before);

    const after = written(planPlain(named({}), between, values({})));

    expect(after.labels).toEqual({
      helm: 'x',
      [MANAGED_LABEL]: 'true',
      [CREATED_BY_LABEL]: expect.any(String),
    });
    expect(Object.keys(after.annotations)).toEqual([DATA_HASH_ANNOTATION]);
  });

  test('that were copied go under a long name too [ES65]', () => {
    const name = 'a-name-of-more-than-twenty-eight-bytes';
    const labelled = parsedExternalSecret({ name }, { labels: { team: 'a' } });
    const between = store(written(planPlain(labelled, undefined, values({}))), labelled);

    const after = written(planPlain(parsedExternalSecret({ name }), between, values({})));

    expect(after.labels).not.toHaveProperty('team');
  });
});

describe('a policy changed', () => {
  test.each(['Orphan', 'Merge', 'CreateOrMerge'])(
    'from Owner to %s takes reference and label off',
    (creationPolicy) => {
      const after = written(plan(synced({ a: '1' }), { a: '1' }, { creationPolicy }));

      expect(after.ownerReferences).toEqual([]);
      expect(after.labels).toEqual({ [MANAGED_LABEL]: 'true' });
    },
  );
});

describe('an immutable target', () => {
  const frozen = (data: Texts) => ({ ...synced(data), immutable: true });

  test('that shall be is frozen as it is', () => {
    const before = synced({ a: '0' });

    const planned = plan(before, { a: '1' }, { immutable: true });

    expect(written(planned).immutable).toBe(true);
    expect(texts(written(planned).data)).toEqual({ a: '0' });
    expect(written(planned).annotations[DATA_HASH_ANNOTATION]).toBe(dataHash(values({ a: '0' })));
  });

  test('that shall be keeps its data although the provider has other [ES55]', () => {
    expect(plan(frozen({ a: '0' }), { a: '1' }, { immutable: true })).toEqual({ action: 'none' });
  });

  test('that need not be is left in peace while it is right', () => {
    expect(plan(frozen({ a: '1' }), { a: '1' })).toEqual({ action: 'none' });
  });

  test('that need not be gets new metadata while its data is right', () => {
    const planned = planPlain(es({}, { labels: { team: 'a' } }), frozen({ a: '1' }), values({ a: '1' }));

    expect(planned).toMatchObject({ action: 'update', secret: { immutable: true, labels: { team: 'a' } } });
    expect(planned).not.toHaveProperty('refusal');
  });

  test('that need not be refuses other data, the wanted hash and metadata apart', () => {
    const planned = plan(frozen({ a: '0' }), { a: '1' });

    expect(planned).toMatchObject({
      action: 'update',
      refusal: {
        conditionMessage: 'could not update secret, target is immutable',
        message: 'unable to update secret db: secret is immutable',
      },
    });
    expect(texts(written(planned).data)).toEqual({ a: '0' });
    expect(written(planned).annotations[DATA_HASH_ANNOTATION]).toBe(dataHash(values({ a: '1' })));
  });

  test('that refused once refuses again without a write', () => {
    const before = written(plan(frozen({ a: '0' }), { a: '1' }));

    expect(plan(before, { a: '1' })).toMatchObject({ action: 'none', refusal: { reason: 'SecretSyncedError' } });
  });
});

describe('a target is valid', () => {
  const target = synced({ a: '1' });

  test.each<[string, boolean, TargetSecret | undefined, string]>([
    ['as a sync leaves it', true, target, 'Owner'],
    [
      'with other keys of which the hash knows [ES60 ES64]',
      true,
      synced({ a: '1' }, { creationPolicy: 'Merge' }, foreign({ x: 'y' })),
      'Merge',
    ],
    ['but not when it is missing [ES64]', false, undefined, 'Owner'],
    ['but not when it is missing under Merge', false, undefined, 'Merge'],
    ['but not without the label [ES64]', false, { ...target, labels: {} }, 'Owner'],
    ['but not with the label saying no', false, { ...target, labels: { [MANAGED_LABEL]: 'false' } }, 'Owner'],
    ['but not without the hash [ES64]', false, { ...target, annotations: {} }, 'Owner'],
    ['but not with other data [ES64]', false, { ...target, data: values({ a: '2' }) }, 'Owner'],
    ['but not when a foreign key changed [ES60]', false, { ...target, data: values({ a: '1', x: 'y' }) }, 'Merge'],
    ['under Orphan when it is missing [ES64]', true, undefined, 'Orphan'],
    ['under Orphan when it was edited', true, { ...target, labels: {}, data: values({}) }, 'Orphan'],
    [
      'whatever its type and other labels',
      true,
      { ...target, type: 'x', labels: { ...target.labels, x: 'y' } },
      'Owner',
    ],
  ])('%s', (_, ...[valid, secret, creationPolicy]) => {
    expect(isTargetValid(es({ creationPolicy }), secret)).toBe(valid);
  });
});

describe('records of who manages what', () => {
  const managed = (manager: string, fields: ManagedFields['fields']): ManagedFields => ({
    manager,
    operation: 'Update',
    fields,
  });
  const secret = targetSecret({
    managedFields: [
      managed('us', { 'f:data': { '.': {}, 'f:a': {} }, 'f:metadata': { 'f:labels': { 'f:l': {} } } }),
      managed('us', { 'f:data': { 'f:b': {} }, 'f:metadata': { 'f:annotations': { 'f:n/a': {} } } }),
      managed('them', { 'f:data': { 'f:c': {} } }),
      managed('us', { 'f:data': 'no object', 'f:metadata': [] }),
    ],
  });

  test('are joined over all entries of one manager', () => {
    expect([...ownedDataKeys(secret, 'us')]).toEqual(['a', 'b']);
    expect([...ownedLabels(secret, 'us')]).toEqual(['l']);
    expect([...ownedAnnotations(secret, 'us')]).toEqual(['n/a']);
    expect([...ownedDataKeys(secret, 'nobody')]).toEqual([]);
  });
});

describe('planned on its own result', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd');
  const content = fc.dictionary(key, fc.constantFrom('1', '2', ''), { noNullPrototype: true });
  const policy = fc.constantFrom('Owner', 'Orphan', 'Merge', 'CreateOrMerge', 'None');
  const scenario = fc.record({
    creationPolicy: policy,
    before: fc.option(fc.record({ data: content, labels: content, immutable: fc.boolean() })),
    earlier: fc.option(fc.record({ creationPolicy: policy, data: content, labels: content })),
    data: content,
    labels: content,
    annotations: content,
    immutable: fc.boolean(),
  });
  const carry = (object: ExternalSecret, before: TargetSecret | undefined, data: Texts): TargetSecret | undefined => {
    const planned = planPlain(object, before, values(data));
    return 'secret' in planned ? store(planned.secret, object, before) : before;
  };

  test('a target needs nothing more, whatever was there', () => {
    fc.assert(
      fc.property(scenario, ({ before, earlier, data, labels, annotations, ...target }) => {
        const object = es(target, { labels, annotations });
        const found =
          before === null ? undefined : foreign(before.data, { labels: before.labels, immutable: before.immutable });
        const past = earlier === null ? undefined : es({ creationPolicy: earlier.creationPolicy }, earlier);
        const start = past === undefined || earlier === null ? found : carry(past, found, earlier.data);

        const after = carry(object, start, data);

        expect(planPlain(object, after, values(data))).not.toHaveProperty('secret');
      }),
      { numRuns: 500 },
    );
  });
});
