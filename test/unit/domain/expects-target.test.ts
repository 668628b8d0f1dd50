import { expect, test } from '@jest/globals';
import { expectsTarget, type TargetHistory } from '../../../src/domain/expects-target.ts';
import { EMPTY_STATUS } from '../../../src/domain/status.ts';
import { parsedExternalSecret } from '../../support/builders.ts';

const history = (change: Partial<TargetHistory> = {}): TargetHistory => ({
  es: parsedExternalSecret(),
  status: EMPTY_STATUS,
  isKnown: false,
  ...change,
});
const target = (fields: object): Partial<TargetHistory> => ({ es: parsedExternalSecret({ spec: { target: fields } }) });
const generator = { apiVersion: 'generators.external-secrets.io/v1alpha1', kind: 'ECRAuthorizationToken', name: 'ecr' };
const generated = { data: [], dataFrom: [{ sourceRef: { generatorRef: generator } }] };

test.each<[string, Partial<TargetHistory>, boolean]>([
  ['of a new object is not expected', {}, false],
  ['of an object that is remembered is', { isKnown: true }, true],
  ['of one that was synced by another operator is', { status: { conditions: [], binding: { name: 'db' } } }, true],
  ['of one with a refresh time is', { status: { conditions: [], refreshTime: '2026-01-01T00:00:00Z' } }, true],
  ['of one that says what it was synced from is', { status: { conditions: [], syncedResourceVersion: '1-a' } }, true],
  ['of one that failed before is', { status: { conditions: [{ type: 'Ready', status: 'False' }] } }, true],
  ['of one whose refresh time was taken back is not', { status: { conditions: [], refreshTime: null } }, false],
  ['that is merged into is', target({ creationPolicy: 'Merge' }), true],
  ['that may be merged into is', target({ creationPolicy: 'CreateOrMerge' }), true],
  ['that is left behind is', target({ creationPolicy: 'Orphan' }), true],
  ['that is immutable is', target({ immutable: true }), true],
  ['of another kind is', target({ manifest: { apiVersion: 'v1', kind: 'ConfigMap' } }), true],
  ['with generated values is', { es: parsedExternalSecret({ spec: generated }) }, true],
])('the target %s', (_, change, expected) => {
  expect(expectsTarget(history(change))).toBe(expected);
});
