import { describe, expect, test } from '@jest/globals';
import type { LabelSelector } from '../../../src/domain/label-selector.ts';
import {
  compileNamespaceRegexes,
  isNamespaceAllowed,
  type NamespaceCondition,
} from '../../../src/domain/namespace-conditions.ts';

const namespace = (name: string, labels: Readonly<Record<string, string>> = {}) => ({
  name,
  labels: { 'kubernetes.io/metadata.name': name, ...labels },
});
const teamA = namespace('team-a', { tier: 'gold', env: 'prod' });
const allowed = (...conditions: readonly NamespaceCondition[]) => isNamespaceAllowed(conditions, teamA);
const selects = (namespaceSelector: LabelSelector) => allowed({ namespaceSelector });

describe('a namespace may use a cluster store', () => {
  test.each<[string, boolean, readonly NamespaceCondition[] | undefined]>([
    ['without conditions [ES90]', true, undefined],
    ['with an empty list of conditions', true, []],
    ['but not with a condition that selects nothing', false, [{}]],
    ['when it is named, among others [ES90]', true, [{ namespaces: ['team-b', 'team-a'] }]],
    ['but not when others are named [ES90]', false, [{ namespaces: ['team-b', 'team'] }]],
    ['when its labels are selected [ES90]', true, [{ namespaceSelector: { matchLabels: { tier: 'gold' } } }]],
    [
      'but not when one label differs [ES90]',
      false,
      [{ namespaceSelector: { matchLabels: { tier: 'gold', env: 'dev' } } }],
    ],
    [
      'but not when other labels are selected [ES90]',
      false,
      [{ namespaceSelector: { matchLabels: { tier: 'iron' } } }],
    ],
    ['when the selector is empty', true, [{ namespaceSelector: {} }]],
    ['when an expression is found in its name', true, [{ namespaceRegexes: ['^x', 'm-a'] }]],
    ['but not when no expression is', false, [{ namespaceRegexes: ['^a', 'b$'] }]],
    ['but not when the expression is broken', false, [{ namespaceRegexes: ['['] }]],
    ['when one of several conditions matches [ES90]', true, [{ namespaces: ['x'] }, { namespaceRegexes: ['^team-'] }]],
    [
      'when one of several selectors of a condition matches',
      true,
      [{ namespaces: ['x'], namespaceRegexes: ['^team-'] }],
    ],
    ['but not when all of them fail', false, [{ namespaces: ['x'], namespaceSelector: { matchLabels: { no: 'x' } } }]],
  ])('%s', (_, outcome, conditions) => {
    expect(isNamespaceAllowed(conditions, teamA)).toBe(outcome);
  });

  test('test-* allows test-a, for it is an expression and not a glob [ES90]', () => {
    expect(isNamespaceAllowed([{ namespaceRegexes: ['test-*'] }], namespace('test-a'))).toBe(true);
    expect(isNamespaceAllowed([{ namespaceRegexes: ['test-*'] }], namespace('a-test'))).toBe(true);
  });

  test('names are compared through the label Kubernetes sets', () => {
    expect(isNamespaceAllowed([{ namespaces: ['team-a'] }], { name: 'team-a', labels: {} })).toBe(false);
  });

  test('an expression that would run for ages elsewhere is answered at once', () => {
    const name = `${'a'.repeat(62)}!`;

    expect(isNamespaceAllowed([{ namespaceRegexes: ['^(a|a)*$'] }], namespace(name))).toBe(false);
  });
});

describe('a label selector', () => {
  test.each([
    ['In a list that has the value', true, { key: 'tier', operator: 'In', values: ['silver', 'gold'] }],
    ['In a list that has it not', false, { key: 'tier', operator: 'In', values: ['silver'] }],
    ['In a list, without the label', false, { key: 'absent', operator: 'In', values: ['gold'] }],
    ['NotIn a list that has the value', false, { key: 'tier', operator: 'NotIn', values: ['gold'] }],
    ['NotIn a list that has it not', true, { key: 'tier', operator: 'NotIn', values: ['silver'] }],
    ['NotIn a list, without the label', true, { key: 'absent', operator: 'NotIn', values: ['gold'] }],
    ['NotIn an empty list, which Kubernetes refuses', false, { key: 'tier', operator: 'NotIn', values: [] }],
    ['Exists', true, { key: 'tier', operator: 'Exists' }],
    ['Exists, without the label', false, { key: 'absent', operator: 'Exists' }],
    ['Exists, for a name all objects inherit', false, { key: 'constructor', operator: 'Exists' }],
    ['DoesNotExist', false, { key: 'tier', operator: 'DoesNotExist' }],
    ['DoesNotExist, without the label', true, { key: 'absent', operator: 'DoesNotExist' }],
    ['an unknown operator', false, { key: 'tier', operator: 'Near' }],
  ])('with %s selects: %p', (_, outcome, requirement) => {
    expect(selects({ matchExpressions: [requirement] })).toBe(outcome);
  });

  test('needs labels and expressions to hold together', () => {
    const matchLabels = { tier: 'gold' };

    expect(selects({ matchLabels, matchExpressions: [{ key: 'env', operator: 'Exists' }] })).toBe(true);
    expect(selects({ matchLabels, matchExpressions: [{ key: 'env', operator: 'DoesNotExist' }] })).toBe(false);
  });
});

describe('compiling the expressions of conditions', () => {
  test('good ones raise nothing', () => {
    expect(compileNamespaceRegexes([{ namespaceRegexes: ['^a', '(?P<team>b)'] }, {}])).toEqual([]);
    expect(compileNamespaceRegexes(undefined)).toEqual([]);
  });

  test('each bad one is named by its place and in Go’s words [ES92]', () => {
    const conditions = [{ namespaceRegexes: ['ok', '\\1'] }, {}, { namespaceRegexes: ['[', 'a(?=b)'] }];

    expect(compileNamespaceRegexes(conditions)).toEqual([
      'failed to compile 1th namespace regex in 0th condition: error parsing regexp: invalid escape sequence: `\\1`',
      'failed to compile 0th namespace regex in 2th condition: error parsing regexp: missing closing ]: `[`',
      'failed to compile 1th namespace regex in 2th condition: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    ]);
  });

  test('a trailing backslash shows the empty fragment Go shows', () => {
    expect(compileNamespaceRegexes([{ namespaceRegexes: ['a\\'] }])).toEqual([
      'failed to compile 0th namespace regex in 0th condition: error parsing regexp: trailing backslash at end of expression: ``',
    ]);
  });
});
