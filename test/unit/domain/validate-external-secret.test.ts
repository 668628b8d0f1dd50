import { describe, expect, test } from '@jest/globals';
import { InvalidSpecError } from '../../../src/domain/sync-error.ts';
import { validateExternalSecret } from '../../../src/domain/validate-external-secret.ts';
import { data, parsedExternalSecret } from '../../support/builders.ts';

type Spec = Readonly<Record<string, unknown>>;

const problemsOf = (spec: Spec): string => {
  try {
    validateExternalSecret(parsedExternalSecret({ spec }));
    return 'none';
  } catch (error) {
    if (error instanceof InvalidSpecError) return error.message;
    throw error;
  }
};

const OWNERLESS =
  "deletionPolicy=Delete must not be used when the controller doesn't own the secret. Please set creationPolicy=Owner";
const MERGELESS = 'deletionPolicy=Merge must not be used with creationPolicy=None. There is no Secret to merge with';
const SOURCELESS = 'either extract, find, or sourceRef must be set to dataFrom';
const TOO_MANY = 'extract, find, or generatorRef cannot be set at the same time';
const EMPTY_SOURCE = 'generatorRef or storeRef must be set when using sourceRef in dataFrom';
const GENERATOR = { sourceRef: { generatorRef: { kind: 'UUID', name: 'x' } } };
const EXTRACT = { extract: { key: 'a' } };
const TOKEN = 'kubernetes.io/service-account-token';
const template = (members: Spec, target: Spec = {}): Spec => ({ target: { ...target, template: members } });
const into = (target: string) => ({ templateFrom: [{ literal: 'a: b', target }] });
const noTarget = (target: string) =>
  `templateFrom target="${target}" is not allowed when targeting a Secret, must be one of "Data", "Annotations" or "Labels"`;
const manifest = (apiVersion: string, kind: string): Spec => ({ manifest: { apiVersion, kind } });
const FIND = { find: { name: { regexp: '.*' } } };

describe('admission', () => {
  test.each<[string, Spec, string]>([
    ['a plain spec passes', {}, 'none'],
    ['Delete with Merge [ES100]', { target: { deletionPolicy: 'Delete', creationPolicy: 'Merge' } }, OWNERLESS],
    ['Delete with None [ES100]', { target: { deletionPolicy: 'Delete', creationPolicy: 'None' } }, OWNERLESS],
    [
      'Delete with CreateOrMerge [ES100]',
      { target: { deletionPolicy: 'Delete', creationPolicy: 'CreateOrMerge' } },
      OWNERLESS,
    ],
    ['Delete with Orphan passes', { target: { deletionPolicy: 'Delete', creationPolicy: 'Orphan' } }, 'none'],
    ['Merge with None [ES100]', { target: { deletionPolicy: 'Merge', creationPolicy: 'None' } }, MERGELESS],
    ['Merge with Merge passes', { target: { deletionPolicy: 'Merge', creationPolicy: 'Merge' } }, 'none'],
    ['nothing to read [ES100]', { data: [] }, 'either data or dataFrom should be specified'],
    ['dataFrom alone passes', { data: undefined, dataFrom: [EXTRACT] }, 'none'],
    ['extract and find [ES100]', { dataFrom: [{ ...EXTRACT, ...FIND }] }, TOO_MANY],
    ['extract and generator', { dataFrom: [{ ...EXTRACT, ...GENERATOR }] }, TOO_MANY],
    ['find and generator', { dataFrom: [{ ...FIND, ...GENERATOR }] }, TOO_MANY],
    ['an entry that says nothing [ES100]', { dataFrom: [{}] }, SOURCELESS],
    ['an empty sourceRef [ES100]', { dataFrom: [{ sourceRef: {} }] }, EMPTY_SOURCE],
    ['an empty sourceRef beside extract', { dataFrom: [{ ...EXTRACT, sourceRef: {} }] }, EMPTY_SOURCE],
    ['an entry with a store only passes', { dataFrom: [{ sourceRef: { storeRef: { name: 'x' } } }] }, 'none'],
    ['the same key twice [ES100]', { data: [data('a'), data('a')] }, 'duplicate secretKey found: a'],
    [
      'the same key three times is named twice',
      { data: [data('a'), data('a'), data('b'), data('a')] },
      'duplicate secretKey found: a\nduplicate secretKey found: a',
    ],
    [
      'the same key twice under Delete passes [ES101]',
      { target: { deletionPolicy: 'Delete' }, data: [data('a'), data('a')] },
      'none',
    ],
    [
      'the same key twice under Merge passes',
      { target: { deletionPolicy: 'Merge' }, data: [data('a'), data('a')] },
      'none',
    ],
    [
      'a template that makes a bootstrap token [ES86]',
      template({ type: 'bootstrap.kubernetes.io/token' }),
      'template.type="bootstrap.kubernetes.io/token" is not allowed',
    ],
    [
      'a template that asks for the token of a service account [ES86]',
      template({ type: TOKEN, metadata: { annotations: { 'kubernetes.io/service-account.name': 'admin' } } }),
      `template.type="${TOKEN}" with annotation "kubernetes.io/service-account.name" is not allowed`,
    ],
    [
      'a template of that type that renders annotations [ES86]',
      template({ type: TOKEN, ...into('ANNOTATIONS') }),
      `template.type="${TOKEN}" with templateFrom target="Annotations" is not allowed`,
    ],
    ['that type alone passes', template({ type: TOKEN, ...into('Data') }), 'none'],
    [
      'that annotation alone passes',
      template({ metadata: { annotations: { 'kubernetes.io/service-account.name': 'a' } } }),
      'none',
    ],
    ...['type', 'immutable', 'metadata.annotations', 'metadata.ownerReferences', 'METADATA.OwnerReferences'].map(
      (target): [string, Spec, string] => [
        `a template into ${target} [ES86]`,
        template(into(target)),
        noTarget(target),
      ],
    ),
    ...['data', 'ANNOTATIONS', 'Labels', ''].map((target): [string, Spec, string] => [
      `a template into "${target}" passes [ES87]`,
      template(into(target)),
      'none',
    ]),
    [
      'a template into a path of another kind passes [ES102]',
      template(into('spec.a'), manifest('v1', 'ConfigMap')),
      'none',
    ],
    [
      'a template into a path of a Secret [ES102]',
      template(into('spec.a'), manifest('v1', 'Secret')),
      noTarget('spec.a'),
    ],
    ['an engine nobody knows', template({ engineVersion: 'v1' }), 'unsupported template engine version: v1'],
    [
      'a template with several mistakes',
      template({ type: 'bootstrap.kubernetes.io/token', ...into('type') }),
      `template.type="bootstrap.kubernetes.io/token" is not allowed\n${noTarget('type')}`,
    ],
    [
      'several at once are joined by lines [ES100]',
      {
        target: { deletionPolicy: 'Delete', creationPolicy: 'None' },
        data: [],
        dataFrom: [{}, { ...EXTRACT, ...FIND }],
      },
      [OWNERLESS, SOURCELESS, TOO_MANY].join('\n'),
    ],
  ])('%s', (_, spec, problems) => {
    expect(problemsOf(spec)).toBe(problems);
  });
});
