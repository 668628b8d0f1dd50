import { afterEach, expect, jest, test } from '@jest/globals';
import { createLog } from '../../../../src/adapters/powertools/log.ts';
import { captureOutput } from '../../../support/invocation.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

test('a line is JSON with a constant message, the keys given, and the function', () => {
  const output = captureOutput();
  const log = createLog('reconcile');

  log.info('secret applied', { cluster: 'one', keys: ['a', 'b'], count: 2, nothing: undefined });

  expect(output.logs()).toEqual([
    expect.objectContaining({
      level: 'INFO',
      message: 'secret applied',
      service: 'secretcast',
      function: 'reconcile',
      cluster: 'one',
      keys: ['a', 'b'],
      count: 2,
    }),
  ]);
});

test('each level is written as such; debug only when it is asked for', () => {
  const output = captureOutput();
  const log = createLog('reconcile');

  log.debug('d');
  log.info('i');
  log.warn('w');
  log.error('e');

  expect(output.logs().map(({ level, message }) => [level, message])).toEqual([
    ['INFO', 'i'],
    ['WARN', 'w'],
    ['ERROR', 'e'],
  ]);
});
