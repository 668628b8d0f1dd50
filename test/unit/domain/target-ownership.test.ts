import { describe, expect, test } from '@jest/globals';
import { TargetRefusedError } from '../../../src/domain/target-error.ts';
import { CREATED_BY_LABEL, owningExternalSecret, withOwnership } from '../../../src/domain/target-ownership.ts';
import type { OwnerReference } from '../../../src/domain/target-secret.ts';
import { parsedExternalSecret, targetSecret } from '../../support/builders.ts';

const controller = (overrides: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  name: 'db',
  uid: 'ExternalSecret-db-uid',
  controller: true,
  blockOwnerDeletion: true,
  ...overrides,
});
const HELM = controller({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'web-uid' });
const BYSTANDER: OwnerReference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'x-uid' };
const es = (creationPolicy = 'Owner') => parsedExternalSecret({ spec: { target: { creationPolicy } } });
const owned = (ownerReferences: readonly OwnerReference[], labels = {}) => targetSecret({ ownerReferences, labels });
const OTHERS = ['Merge', 'Orphan', 'CreateOrMerge'];

describe('Owner', () => {
  test.each<[string, readonly OwnerReference[], readonly OwnerReference[]]>([
    ['puts its reference on', [], [controller()]],
    ['puts it beside those of others', [BYSTANDER], [BYSTANDER, controller()]],
    ['leaves its own', [controller()], [controller()]],
    ['takes over from one of the same name and another uid', [controller({ uid: 'old' })], [controller()]],
    [
      'takes over from an older version of the API, in its place',
      [controller({ apiVersion: 'external-secrets.io/v1beta1' }), BYSTANDER],
      [controller(), BYSTANDER],
    ],
  ])('%s', (_, before, after) => {
    expect(withOwnership(owned(before), es()).ownerReferences).toEqual(after);
  });

  test('labels the Secret as its work', () => {
    expect(withOwnership(owned([], { team: 'a' }), es()).labels).toEqual({
      team: 'a',
      [CREATED_BY_LABEL]: expect.stringMatching(/^[0-9a-f]{56}$/),
    });
  });

  test('refuses a Secret that something else controls', () => {
    expect(() => withOwnership(owned([HELM]), es())).toThrow(
      expect.objectContaining({
        conditionMessage: 'failed to take ownership of target secret',
        message:
          'unable to mutate secret db: could not set controller reference on secret: Object team-a/db is already owned by another Deployment controller web',
      }),
    );
  });
});

describe.each(OTHERS)('%s', (policy) => {
  test('takes its own reference and label off', () => {
    const before = owned([BYSTANDER, controller()], { [CREATED_BY_LABEL]: 'x', team: 'a' });

    const after = withOwnership(before, es(policy));

    expect(after.ownerReferences).toEqual([BYSTANDER]);
    expect(after.labels).toEqual({ team: 'a' });
  });

  test('writes whatever else controls the Secret', () => {
    expect(withOwnership(owned([HELM]), es(policy)).ownerReferences).toEqual([HELM]);
  });
});

describe.each(['Owner', ...OTHERS])('%s', (policy) => {
  test('refuses a Secret that another ExternalSecret controls', () => {
    const refused = () => withOwnership(owned([controller({ name: 'other' })]), es(policy));

    expect(refused).toThrow(TargetRefusedError);
    expect(refused).toThrow(
      expect.objectContaining({
        conditionMessage: 'target is owned by another ExternalSecret',
        message: 'unable to mutate secret db: secret is owned by another ExternalSecret: other',
      }),
    );
  });
});

describe('the owner of a Secret', () => {
  test.each<[string, readonly OwnerReference[], string | undefined]>([
    ['is the ExternalSecret that controls it', [BYSTANDER, controller()], 'db'],
    ['is none when the reference does not control', [controller({ controller: false })], undefined],
    ['is none when it is of another group', [controller({ apiVersion: 'example.io/v1' })], undefined],
    ['is none when it is of another kind', [HELM], undefined],
  ])('%s', (_, references, name) => {
    expect(owningExternalSecret(owned(references))?.name).toBe(name);
  });
});
