import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, throughout } from './support/eventually.ts';
import { externalSecret, storeWithKeys } from './support/manifests.ts';
import { mayReadParameters } from './support/provider.ts';
import { type E2e, startE2e } from './support/stack.ts';

let e2e: E2e;

beforeAll(async () => {
  e2e = await startE2e();
  const key = await e2e.provider.createUser('orders', [
    mayReadParameters('orders/'),
    // the emulator asks for these two on everything, where AWS asks for the parameters' own ARNs
    { Effect: 'Allow', Action: ['ssm:GetParameters', 'ssm:GetParametersByPath'], Resource: '*' },
  ]);
  for (const cluster of e2e.clusters) {
    await cluster.apply(...storeWithKeys('parameterstore', key, { service: 'ParameterStore' }));
  }
});

afterAll(async () => {
  await e2e?.stop();
});

afterEach(async () => {
  await e2e.aws.events({});
});

const everyTarget = (name: string, value: string, withinMilliseconds = 10_000) =>
  eventually(
    async () => {
      for (const cluster of e2e.clusters) expect(await cluster.secretValue('default', name, 'value')).toBe(value);
    },
    { withinMilliseconds },
  );

const readIn = async (name: string, key: string, refreshInterval: string): Promise<void> => {
  const object = externalSecret({ name, store: 'parameterstore', refreshInterval, data: { value: key } });
  for (const cluster of e2e.clusters) await cluster.apply(object);
};

describe('PutParameter', () => {
  test('reaches every target by its event', async () => {
    await e2e.provider.putParameter('/orders/level', 'info');
    await readIn('level', '/orders/level', '1h');
    await everyTarget('level', 'info');

    const at = Date.now();
    await e2e.provider.putParameter('/orders/level', 'debug');
    await everyTarget('level', 'debug');
    console.log(`PutParameter to the last of ${e2e.clusters.length} targets: ${Date.now() - at} ms`);
  });

  test('reaches every target by the schedule alone when its event is lost', async () => {
    await e2e.provider.putParameter('/orders/mode', 'blue');
    await readIn('mode', '/orders/mode', '10s');
    await everyTarget('mode', 'blue');
    await e2e.aws.events({ drop: {} });

    await e2e.provider.putParameter('/orders/mode', 'green');
    await e2e.invoke('on-schedule');
    await everyTarget('mode', 'green', 30_000);

    expect((await e2e.aws.events({})).dropped).toBeGreaterThan(0);
  });

  test('reaches no target before its interval is over when its event is lost', async () => {
    await e2e.provider.putParameter('/orders/colour', 'red');
    await readIn('colour', '/orders/colour', '1h');
    await everyTarget('colour', 'red');
    await e2e.aws.events({ drop: {} });

    await e2e.provider.putParameter('/orders/colour', 'white');
    await e2e.invoke('on-schedule');
    await throughout(
      async () => {
        for (const cluster of e2e.clusters) {
          expect(await cluster.secretValue('default', 'colour', 'value')).toBe('red');
        }
      },
      { forMilliseconds: 3_000 },
    );
  });

  test('brings a target whose parameter did not exist yet', async () => {
    await readIn('later', '/orders/later', '1h');
    await eventually(
      async () => {
        for (const cluster of e2e.clusters) {
          const stored = await cluster.get({ kind: 'ExternalSecret', namespace: 'default', name: 'later' });
          expect(stored?.status?.conditions?.[0]?.reason).toBe('SecretSyncedError');
        }
      },
      { withinMilliseconds: 10_000 },
    );

    await e2e.provider.putParameter('/orders/later', 'now');

    await everyTarget('later', 'now');
  });
});
