import { DisableRuleCommand, EnableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { tryCli } from '../../local/run-cli.ts';
import { STAGE } from '../../local/stack.ts';
import { eventually } from './support/eventually.ts';
import { storeWithKeys } from './support/manifests.ts';
import { MAY_FIND_SECRETS, mayReadSecrets } from './support/provider.ts';
import { type E2e, startE2e } from './support/stack.ts';

const CANARY = 'CANARY-doctor-3b9f0e';
const ROLE = { kind: 'ClusterRole', name: 'secretcast' } as const;
const RULE = `secretcast-${STAGE}-secret-label`;

let e2e: E2e;
let events: EventBridgeClient;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'], feed: false });
  const { endpoint, region, credentials } = e2e.aws;
  events = new EventBridgeClient({ endpoint, region, credentials });
  const { provider } = e2e;
  await provider.createSecret('doctor/db', CANARY);
  const may = await provider.createUser('may-read', [mayReadSecrets(''), MAY_FIND_SECRETS]);
  const mayNot = await provider.createUser('may-not-read', [mayReadSecrets('elsewhere/')]);
  await e2e.cluster('alpha').apply(...storeWithKeys('well', may), ...storeWithKeys('denied', mayNot));
}, 180_000);

afterAll(async () => {
  events.destroy();
  await e2e.stop();
}, 60_000);

const Report = z.object({
  healthy: z.boolean(),
  subjects: z.array(
    z.object({
      hops: z.array(
        z.looseObject({
          hop: z.string(),
          status: z.string(),
          answer: z.optional(z.array(z.string())),
          remedy: z.optional(z.looseObject({ statements: z.optional(z.array(z.unknown())) })),
        }),
      ),
    }),
  ),
});

/** As an administrator of the cluster, who sees webhooks and definitions. */
const look = async (...options: readonly string[]) => {
  const service = { aws: e2e.aws, stage: STAGE, table: e2e.service.resources['Table'] ?? '' };
  const admin = ['--cluster', 'alpha', '--kubeconfig', e2e.kubeconfigFile, '--context', 'alpha'];
  const { code, out, err } = await tryCli(service, ['doctor', ...admin, ...options, '--output', 'json']);
  expect(out + err).not.toContain(CANARY);
  if (out === '') throw new Error(`doctor said nothing (${code}): ${err}`);
  const { healthy, subjects } = Report.parse(JSON.parse(out));
  const hops = subjects.flatMap(({ hops: some }) => some);
  return { code, healthy, hops, failed: hops.filter(({ status }) => status === 'failed') };
};

const failedHops = async (...options: readonly string[]): Promise<readonly string[]> =>
  (await look(...options)).failed.map(({ hop }) => hop);

test('in a healthy set-up every hop is tried and well, down to the key', async () => {
  const { code, healthy, hops } = await look('--store', 'default/well', '--key', 'doctor/db');

  expect(hops.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect({ code, healthy }).toEqual({ code: 0, healthy: true });
});

test('a reader without leave is named, with what AWS said and the statement that is missing', async () => {
  const { code, failed } = await look('--store', 'default/denied', '--key', 'doctor/db');

  expect(failed).toEqual([
    expect.objectContaining({
      hop: 'provider',
      answer: [expect.stringMatching(/GetSecretValue.*AccessDenied/)],
      remedy: expect.objectContaining({
        statements: [
          expect.objectContaining({
            statement: expect.objectContaining({ Resource: expect.stringMatching(/:secret:doctor\/db-\?{6}$/) }),
          }),
        ],
      }),
    }),
  ]);
  expect(code).toBe(1);
});

test('a disabled rule is named', async () => {
  await events.send(new DisableRuleCommand({ Name: RULE }));
  const without = await failedHops();
  await events.send(new EnableRuleCommand({ Name: RULE }));

  expect(without).toEqual(['event-rules']);
  expect(await failedHops()).toEqual([]);
});

test('missing permissions in the cluster are named', async () => {
  const alpha = e2e.cluster('alpha');
  const role = z.looseObject({ rules: z.array(z.unknown()) }).parse(await alpha.get(ROLE));
  await alpha.patch(ROLE, { rules: role.rules.slice(1) });
  const without = await failedHops();
  await alpha.patch(ROLE, { rules: role.rules });

  expect(without).toEqual(['rbac']);
  await eventually(async () => expect(await failedHops()).toEqual([]), { withinMilliseconds: 30_000 });
}, 60_000);

test('a webhook that an operator left behind is named', async () => {
  const alpha = e2e.cluster('alpha');
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const kind = 'ValidatingWebhookConfiguration';
  await alpha.create({
    apiVersion,
    kind,
    metadata: { name: 'secretstore-validate' },
    webhooks: [
      {
        name: 'validate.secretstore.external-secrets.io',
        failurePolicy: 'Fail',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        clientConfig: { service: { namespace: 'external-secrets', name: 'external-secrets-webhook', path: '/' } },
        rules: [
          {
            apiGroups: ['external-secrets.io'],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE', 'DELETE'],
            resources: ['secretstores'],
          },
        ],
      },
    ],
  });
  const without = await failedHops();
  await alpha.remove({ apiVersion, kind, name: 'secretstore-validate' });

  expect(without).toEqual(['webhooks']);
});

test('a definition that is missing is named', async () => {
  const alpha = e2e.cluster('alpha');
  await alpha.remove({ kind: 'CustomResourceDefinition', name: 'clusterexternalsecrets.external-secrets.io' });

  await eventually(async () => expect(await failedHops()).toEqual(['definitions']), { withinMilliseconds: 30_000 });
}, 60_000);

test('what runs without leave to see webhooks says so, and fails for nothing', async () => {
  const service = { aws: e2e.aws, stage: STAGE, table: e2e.service.resources['Table'] ?? '' };

  const { out } = await tryCli(service, ['doctor', '--cluster', 'alpha']);

  expect(out).toMatch(/^ {2}- +webhooks +not tried: .+ may not list .+ --context$/m);
});
