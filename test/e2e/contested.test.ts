import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { writesIn } from './support/audit.ts';
import type { ClusterAdmin } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { externalSecret, storeWithKeys } from './support/manifests.ts';
import { mayReadSecrets } from './support/provider.ts';
import { becomesReady, externalSecretRef } from './support/ready.ts';
import { type E2e, startE2e } from './support/stack.ts';

const SOON = { withinMilliseconds: 60_000 };
const MINUTE = 60_000;
const TARGET = '/api/v1/namespaces/default/secrets/contested';
const CONTESTED = 'target is changed again and again by another field manager: argocd-controller';

let e2e: E2e;
let alpha: ClusterAdmin;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'] });
  alpha = e2e.cluster('alpha');
  const key = await e2e.provider.createUser('reader', [mayReadSecrets('')]);
  await e2e.provider.createSecret('contested', 'from the provider');
  await alpha.apply(
    ...storeWithKeys('aws', key),
    externalSecret({ name: 'contested', store: 'aws', data: { password: 'contested' } }),
  );
  await becomesReady(alpha, externalSecretRef('contested'));
}, 180_000);

afterAll(() => e2e.stop());

const value = () => alpha.secretValue('default', 'contested', 'password');

/** A GitOps tool: it looks several times a second, and applies its own content wherever it finds another. */
const startTool = () => {
  let stopped = false;
  const content = Buffer.from('from git').toString('base64');
  const working = (async () => {
    while (!stopped) {
      if ((await value()) !== 'from git') {
        const secret = {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'contested' },
          data: { password: content },
        };
        await alpha.send('PATCH', `${TARGET}?fieldManager=argocd-controller`, secret);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return async () => {
    stopped = true;
    await working;
  };
};

const corrections = async (since: number): Promise<number> =>
  (await writesIn(alpha.local, since)).filter(
    ({ verb, resource, name }) => verb === 'update' && resource === 'secrets' && name === 'contested',
  ).length;

test('a target that a GitOps tool keeps rewriting is corrected less and less often, and the object names the tool', async () => {
  const since = Date.now();
  const stop = startTool();
  try {
    await eventually(async () => {
      const [ready] = (await alpha.get(externalSecretRef('contested')))?.status?.conditions ?? [];
      expect(ready).toMatchObject({ status: 'False', reason: 'SecretSyncedError', message: CONTESTED });
    }, SOON);
    const events = await alpha.eventsOf(externalSecretRef('contested'));
    expect(events).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'TargetContested' }));

    await new Promise((resolve) => setTimeout(resolve, MINUTE));
    expect(await corrections(since)).toBeLessThanOrEqual(7);

    await e2e.provider.putSecret('contested', 'new at the provider');
    const before = await corrections(since);
    await eventually(async () => expect(await corrections(since)).toBeGreaterThan(before), {
      withinMilliseconds: 10_000,
    });
  } finally {
    await stop();
  }

  await eventually(async () => expect(await value()).toBe('new at the provider'), { withinMilliseconds: 5 * MINUTE });
}, 600_000);
