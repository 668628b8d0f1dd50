import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createMetrics } from '../../../../src/adapters/powertools/metrics.ts';
import { captureOutput, type Output } from '../../../support/invocation.ts';

let output: Output;

beforeEach(() => {
  output = captureOutput();
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe('figures', () => {
  test('are written when published, and then forgotten', () => {
    const metrics = createMetrics();
    metrics.count('Syncs', { cluster: 'one', kind: 'ExternalSecret', reason: 'SecretSynced' });

    expect(output.text()).toBe('');
    metrics.publish();
    metrics.publish();

    expect(output.metrics()).toEqual([
      {
        name: 'secretcast Syncs',
        dimensions: 'cluster kind reason service',
        line: expect.objectContaining({
          Syncs: 1,
          service: 'secretcast',
          cluster: 'one',
          kind: 'ExternalSecret',
          reason: 'SecretSynced',
        }),
      },
    ]);
  });

  test('of the same dimensions share a line, whatever their order', () => {
    const metrics = createMetrics();
    metrics.count('Syncs', { cluster: 'one', reason: 'SecretSynced' });
    metrics.count('Syncs', { reason: 'SecretSynced', cluster: 'one' }, 2);
    metrics.milliseconds('Latency', { cluster: 'one', reason: 'SecretSynced' }, 40);
    metrics.count('Syncs', { cluster: 'two', reason: 'SecretSynced' });

    metrics.publish();

    expect(output.metrics().map(({ name, line }) => [name, line['cluster'], line['Syncs'], line['Latency']])).toEqual([
      ['secretcast Syncs', 'one', [1, 2], 40],
      ['secretcast Latency', 'one', [1, 2], 40],
      ['secretcast Syncs', 'two', 1, undefined],
    ]);
  });

  test('of nothing are written too: an alarm waits for them', () => {
    const metrics = createMetrics();
    metrics.count('SilentClusters', {}, 0);

    metrics.publish();

    expect(output.metrics()).toMatchObject([{ dimensions: 'service', line: { SilentClusters: 0 } }]);
  });

  test('are all written, however many there are', () => {
    const metrics = createMetrics();
    for (let index = 0; index < 250; index += 1) metrics.count('Syncs', { cluster: 'one' });

    metrics.publish();

    expect(output.metrics().flatMap(({ line }) => line['Syncs'])).toHaveLength(250);
  });
});
