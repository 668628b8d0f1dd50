import { describe, expect, test } from '@jest/globals';
import { planSync, type SyncFacts } from '../../../src/domain/plan-sync.ts';
import { plainContent } from '../../../src/domain/target-content.ts';
import { TargetRefusedError } from '../../../src/domain/target-error.ts';
import type { TargetSecret } from '../../../src/domain/target-secret.ts';
import { parsedExternalSecret, targetSecret, values } from '../../support/builders.ts';

const OWNER = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name: 'db', uid: 'u', controller: true };
const ours = targetSecret({ ownerReferences: [OWNER] });
type Target = Readonly<Record<string, unknown>>;

const planData = (facts: SyncFacts) => planSync(facts, plainContent(facts.es, facts.data));
const plan = (target: Target, existing: TargetSecret | undefined, data: Readonly<Record<string, string>>) =>
  planData({ es: parsedExternalSecret({ spec: { target } }), existing, data: values(data) });

const ready = (reason: string, message: string) => ({ status: 'True', reason, message });
const SYNCED = ready('SecretSynced', 'secret synced');
const RETAINED = ready('SecretSynced', 'secret retained due to DeletionPolicy=Retain');
const DELETED = ready('SecretDeleted', 'secret deleted due to DeletionPolicy=Delete');
const MISSING = ready('SecretMissing', 'secret will not be created due to CreationPolicy=Merge');

describe('with data from the provider', () => {
  test.each<[string, Target, TargetSecret | undefined, string, object]>([
    ['the target is written', {}, undefined, 'create', SYNCED],
    ['under Delete too', { deletionPolicy: 'Delete' }, ours, 'update', SYNCED],
    ['nothing is made under Merge', { creationPolicy: 'Merge' }, undefined, 'missing', MISSING],
    ['nothing is made under None', { creationPolicy: 'None' }, undefined, 'none', SYNCED],
  ])('%s', (_, ...[target, existing, action, outcome]) => {
    expect(plan(target, existing, { a: '1' })).toMatchObject({ target: { action }, ready: outcome });
  });
});

describe('with nothing from the provider', () => {
  test.each<[string, Target, TargetSecret | undefined, string, object]>([
    ['Retain keeps the target as it is', {}, ours, 'none', RETAINED],
    ['Retain creates none', {}, undefined, 'none', RETAINED],
    ['Merge keeps an empty target', { deletionPolicy: 'Merge' }, undefined, 'create', SYNCED],
    ['Delete deletes what is ours', { deletionPolicy: 'Delete' }, ours, 'delete', DELETED],
    ['Delete has nothing to do when it is gone', { deletionPolicy: 'Delete' }, undefined, 'none', DELETED],
  ])('%s', (_, ...[target, existing, action, outcome]) => {
    expect(plan(target, existing, {})).toMatchObject({ target: { action }, ready: outcome });
  });

  // An invariant overrules the reference here: it would delete whatever has the target's name.
  test.each<[string, TargetSecret]>([
    ['nobody owns', targetSecret()],
    ['another ExternalSecret owns', targetSecret({ ownerReferences: [{ ...OWNER, name: 'other' }] })],
    ['we do not control', targetSecret({ ownerReferences: [{ ...OWNER, controller: false }] })],
  ])('Delete refuses to delete what %s', (_, existing) => {
    const refused = () => plan({ deletionPolicy: 'Delete' }, existing, {});

    expect(refused).toThrow(TargetRefusedError);
    expect(refused).toThrow('unable to delete secret db: it is not controlled by ExternalSecret db');
  });

  test('Delete refuses to delete an orphan', () => {
    expect(() => plan({ deletionPolicy: 'Delete', creationPolicy: 'Orphan' }, ours, {})).toThrow(
      expect.objectContaining({
        conditionMessage: 'could not delete secret',
        message: 'unable to delete secret db: creationPolicy=Orphan is not Owner',
      }),
    );
  });
});
