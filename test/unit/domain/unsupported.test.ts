import { describe, expect, test } from '@jest/globals';
import { UnsupportedError } from '../../../src/domain/sync-error.ts';
import { TargetRefusedError } from '../../../src/domain/target-error.ts';
import { refuseUnsupported } from '../../../src/domain/unsupported.ts';
import { data, parsedExternalSecret } from '../../support/builders.ts';

type Spec = Readonly<Record<string, unknown>>;

const refuse = (spec: Spec) => () => refuseUnsupported(parsedExternalSecret({ spec }));
const GENERATOR = { generatorRef: { kind: 'UUID', name: 'x' } };

describe('what is not served yet', () => {
  test.each<[string, Spec]>([
    ['spec.dataFrom[0].find', { dataFrom: [{ find: { name: { regexp: '.*' } } }] }],
    ['spec.dataFrom[1].sourceRef.generatorRef', { dataFrom: [{ extract: { key: 'a' } }, { sourceRef: GENERATOR }] }],
    ['spec.data[1].sourceRef.generatorRef', { data: [data('a'), data('b', {}, { sourceRef: GENERATOR })] }],
  ])('%s is refused by its name', (field, spec) => {
    expect(refuse(spec)).toThrow(new UnsupportedError(field));
  });

  test('a target that is no Secret is refused as the reference does it', () => {
    const refused = refuse({ target: { manifest: { apiVersion: 'v1', kind: 'ConfigMap' } } });

    expect(refused).toThrow(TargetRefusedError);
    expect(refused).toThrow('generic targets are disabled');
    expect(refused).toThrow(expect.objectContaining({ conditionMessage: 'invalid generic target' }));
  });

  test('everything else passes', () => {
    expect(
      refuse({
        target: { template: { data: { a: '{{ .a }}' } } },
        dataFrom: [{ extract: { key: 'a' }, rewrite: [{ transform: { template: 'x' } }] }],
      }),
    ).not.toThrow();
  });
});
