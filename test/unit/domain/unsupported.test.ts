import { describe, expect, test } from '@jest/globals';
import { UnsupportedError } from '../../../src/domain/sync-error.ts';
import { refuseUnsupported } from '../../../src/domain/unsupported.ts';
import { data, parsedExternalSecret } from '../../support/builders.ts';

type Spec = Readonly<Record<string, unknown>>;

const refuse = (spec: Spec) => () => refuseUnsupported(parsedExternalSecret({ spec }));
const GENERATOR = { generatorRef: { kind: 'UUID', name: 'x' } };

describe('what is not served yet', () => {
  test.each<[string, Spec]>([
    ['spec.data[1].sourceRef.generatorRef', { data: [data('a'), data('b', {}, { sourceRef: GENERATOR })] }],
  ])('%s is refused by its name', (field, spec) => {
    expect(refuse(spec)).toThrow(new UnsupportedError(field));
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
