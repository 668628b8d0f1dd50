import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { SAMPLE_OUTCOMES, sampleNames } from '../support/event-samples.ts';

test('each sample in events/ has an expectation, and each expectation a sample', () => {
  expect([...sampleNames].sort()).toEqual(Object.keys(SAMPLE_OUTCOMES).sort());
});

test('each function has its tests', () => {
  const functions = readdirSync(join(import.meta.dirname, '../../functions')).map((file) => file.replace('.ts', ''));
  const tested = readdirSync(import.meta.dirname).map((file) => file.replace('.test.ts', ''));

  expect(tested).toEqual(expect.arrayContaining(functions));
});
