import { describe, expect, test } from '@jest/globals';
import { judgePython, type PythonFacts, parsePythonFacts } from '../../../local/aws/python-facts.ts';

const python = (facts: Partial<PythonFacts> = {}): PythonFacts => ({
  program: 'python3',
  version: [3, 11],
  canMakeEnvironments: true,
  ...facts,
});

describe('an interpreter', () => {
  test('says its version and whether it can make environments', () => {
    expect(parsePythonFacts('python3', '3 11 1\n')).toEqual(python());
    expect(parsePythonFacts('python3', '3 9 0\n')).toEqual(python({ version: [3, 9], canMakeEnvironments: false }));
  });

  test('that says anything else is none', () => {
    expect(parsePythonFacts('python3', 'Python 2.7.18')).toBeUndefined();
  });
});

describe('the interpreters found', () => {
  test.each([
    ['3.10', [3, 10]],
    ['3.14', [3, 14]],
    ['4.0', [4, 0]],
  ] as const)('serve when one is %s', (_, version) => {
    expect(judgePython([python({ version: [3, 8] }), python({ version })])).toBeUndefined();
  });

  test.each([
    ['none is there', [], /none was found on PATH.*python3-venv/],
    ['all are old', [python({ version: [3, 9] })], /found python3 3\.9\. Install/],
    [
      'venv is missing',
      [python({ canMakeEnvironments: false })],
      /python3 is Python 3\.11 but has no venv.*python3\.11-venv/,
    ],
  ] as const)('lead to advice when %s', (_, found, advice) => {
    expect(judgePython(found)).toMatch(advice);
  });
});
