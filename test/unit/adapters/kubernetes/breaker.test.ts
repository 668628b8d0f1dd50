import { describe, expect, test } from '@jest/globals';
import { createBreaker, type Verdict } from '../../../../src/adapters/kubernetes/breaker.ts';

const build = () => {
  let time = 0;
  const breaker = createBreaker({ threshold: 3, openMilliseconds: 5_000, now: () => time, random: () => 0.5 });
  let calls = 0;
  const fail = (verdict: Verdict) =>
    breaker
      .run(
        async () => {
          calls += 1;
          throw new Error(verdict);
        },
        () => verdict,
      )
      .catch((error: unknown) => (error instanceof Error ? error.message : 'no error'));
  const succeed = () =>
    breaker.run(
      async () => {
        calls += 1;
        return 'fine';
      },
      () => 'dead',
    );
  return {
    breaker,
    fail,
    succeed,
    advance: (milliseconds: number) => {
      time += milliseconds;
    },
    calls: () => calls,
    open: async () => {
      for (let i = 0; i < 3; i++) await fail('dead');
    },
  };
};

const OPEN = 'the API server did not answer lately and is not asked again yet';

describe('a breaker', () => {
  test('opens after failures in a row and then asks nobody', async () => {
    const { fail, open, calls } = build();

    await open();

    expect(await fail('dead')).toBe(OPEN);
    expect(calls()).toBe(3);
  });

  test('throws a ClusterUnreachableError while it is open', async () => {
    const { succeed, open } = build();

    await open();

    await expect(succeed()).rejects.toMatchObject({ name: 'ClusterUnreachableError', retryable: true });
  });

  test('stays closed when an answer comes between failures', async () => {
    const { fail, calls } = build();

    for (const next of ['dead', 'dead', 'alive', 'dead', 'dead'] as const) await fail(next);
    await fail('dead');

    expect(calls()).toBe(6);
    expect(await fail('dead')).toBe(OPEN);
  });

  test('learns nothing from a call its caller gave up', async () => {
    const { fail, calls } = build();

    for (const next of ['dead', 'unknown', 'dead', 'unknown', 'dead'] as const) await fail(next);

    expect(calls()).toBe(5);
    expect(await fail('dead')).toBe(OPEN);
  });

  test('lets one probe through after its time, jittered, and closes when that succeeds', async () => {
    const { succeed, open, advance, calls } = build();
    await open();

    advance(7_499);
    await expect(succeed()).rejects.toThrow(OPEN);
    advance(1);
    await succeed();
    await succeed();

    expect(calls()).toBe(5);
  });

  test('opens again when the probe fails', async () => {
    const { fail, open, advance, calls } = build();
    await open();

    advance(7_500);

    expect(await fail('dead')).toBe('dead');
    expect(await fail('dead')).toBe(OPEN);
    expect(calls()).toBe(4);
  });

  test('refuses others while a probe is out, and probes again when that one was given up', async () => {
    const { breaker, succeed, fail, open, advance } = build();
    await open();
    advance(7_500);
    const { promise, reject } = Promise.withResolvers<never>();

    const probe = breaker.run(
      () => promise,
      () => 'unknown',
    );
    expect(await fail('dead')).toBe(OPEN);
    reject(new Error('cancelled'));
    await expect(probe).rejects.toThrow('cancelled');

    expect(await succeed()).toBe('fine');
  });
});
