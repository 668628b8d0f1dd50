import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Agent, fetch } from 'undici';
import { parse } from 'yaml';
import * as z from 'zod/mini';
import type { LocalCluster } from '../../../local/cluster.ts';
import { type AdmissionCase, admissionCases } from '../../fixtures/admission-cases.ts';
import { pushAdmissionCases } from '../../fixtures/push-admission-cases.ts';

const ROOT = join(import.meta.dirname, '../../..');
const GROUP = '/apis/external-secrets.io';
const VERSIONS = ['v1', 'v1beta1'] as const;
const PUSHING_VERSIONS = ['v1alpha1'] as const;
const NAMESPACE = 'default';
const ESTABLISHED_WITHIN_MILLISECONDS = 30_000;

type Version = (typeof VERSIONS | typeof PUSHING_VERSIONS)[number];

const versionsOf = (kind: string): readonly Version[] =>
  kind === 'PushSecret' || kind === 'ClusterPushSecret' ? PUSHING_VERSIONS : VERSIONS;

const plurals: Readonly<Record<string, string>> = {
  ExternalSecret: 'externalsecrets',
  SecretStore: 'secretstores',
  ClusterSecretStore: 'clustersecretstores',
  ClusterExternalSecret: 'clusterexternalsecrets',
  PushSecret: 'pushsecrets',
  ClusterPushSecret: 'clusterpushsecrets',
};

const manifestSchema = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
  spec: z.optional(z.record(z.string(), z.unknown())),
});
type Manifest = z.infer<typeof manifestSchema>;

const answerSchema = z.object({
  message: z.optional(z.string()),
  spec: z.optional(z.unknown()),
  status: z.optional(z.unknown()),
});
interface Answer {
  readonly status: number;
  readonly body: z.infer<typeof answerSchema>;
}

type Request = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) => Promise<Answer>;

const createRequest =
  (cluster: LocalCluster, dispatcher: Agent): Request =>
  async (method, path, body) => {
    const response = await fetch(`${cluster.server}${path}`, {
      method,
      dispatcher,
      headers: { authorization: `Bearer ${cluster.adminToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: z.parse(answerSchema, await response.json()) };
  };

const readManifests = async (folder: string): Promise<readonly Manifest[]> => {
  const files = (await readdir(join(ROOT, folder))).filter((file) => file.endsWith('.yaml'));
  const texts = await Promise.all(files.map((file) => readFile(join(ROOT, folder, file), 'utf8')));
  return texts.map((text) => z.parse(z.looseObject(manifestSchema.shape), parse(text)));
};

const crdStatusSchema = z.object({
  conditions: z.nullish(z.array(z.object({ type: z.string(), status: z.string() }))),
});

/** Installs the CRDs where they are missing, and waits until they are served. */
const installCrds = async (request: Request): Promise<void> => {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const crd of await readManifests('infra/crds')) {
    const { status, body } = await request('POST', path, crd);
    if (status !== 201 && status !== 409) throw new Error(`${crd.metadata.name} was refused: ${body.message}`);
    await established(request, `${path}/${crd.metadata.name}`);
  }
};

const established = async (request: Request, path: string): Promise<void> => {
  const deadline = Date.now() + ESTABLISHED_WITHIN_MILLISECONDS;
  while (Date.now() < deadline) {
    const { conditions } = z.parse(crdStatusSchema, (await request('GET', path)).body.status ?? {});
    if (conditions?.some(({ type, status }) => type === 'Established' && status === 'True')) return;
    await sleep(100);
  }
  throw new Error(`${path} was not established in time`);
};

const collection = (kind: string, version: Version): string => {
  const namespace = kind.startsWith('Cluster') ? '' : `/namespaces/${NAMESPACE}`;
  return `${GROUP}/${version}${namespace}/${plurals[kind]}`;
};

/** Creates the object; where the server took it, gives its stored form in every version and removes it. */
const create = async (request: Request, version: Version, { kind, metadata, spec }: Manifest) => {
  const name = `${metadata.name}-${version}`;
  const path = collection(kind, version);
  const manifest = { apiVersion: `external-secrets.io/${version}`, kind, metadata: { name }, spec };
  const created = await request('POST', path, manifest);
  if (created.status !== 201) return { accepted: false, message: created.body.message ?? '', specs: [] } as const;
  const reads = versionsOf(kind).map(
    async (one) => (await request('GET', `${collection(kind, one)}/${name}`)).body.spec,
  );
  const specs = await Promise.all(reads);
  await request('DELETE', `${path}/${name}`);
  return { accepted: true, message: '', specs: [created.body.spec, ...specs] } as const;
};

const judge = async (request: Request, version: Version, { one, index }: { one: AdmissionCase; index: number }) => {
  const { kind, spec, refusal, stored } = one;
  const outcome = await create(request, version, {
    kind,
    metadata: { name: `case-${index}` },
    ...(spec === undefined ? {} : { spec }),
  });

  expect(outcome).toMatchObject({ accepted: refusal === undefined });
  for (const text of refusal ?? []) expect(outcome.message).toContain(text);
  if (stored) for (const read of outcome.specs) expect(read).toEqual(stored);
};

/** Registers the tests of what an API server with our CRDs accepts, refuses and stores. The cluster is asked for when they run. */
export const describeAdmission = (cluster: () => LocalCluster): void => {
  describe('admission by the CRDs', () => {
    const state: { dispatcher?: Agent; request?: Request } = {};
    const request: Request = (...args) => {
      if (!state.request) throw new Error('a test ran before the suite was set up');
      return state.request(...args);
    };

    beforeAll(async () => {
      state.dispatcher = new Agent({ connect: { ca: cluster().certificateAuthority } });
      state.request = createRequest(cluster(), state.dispatcher);
      await installCrds(request);
    }, 60_000);
    afterAll(async () => await state.dispatcher?.close());

    const numbered = (cases: readonly AdmissionCase[]) => cases.map((one, index) => ({ name: one.name, one, index }));
    describe.each([...VERSIONS, ...PUSHING_VERSIONS])('%s', (version) => {
      test.each(numbered(version === 'v1alpha1' ? pushAdmissionCases : admissionCases))(
        '$name',
        async ({ one, index }) => await judge(request, version, { one, index }),
      );

      test('each manifest of the documents keeps all its fields', async () => {
        const manifests = await readManifests('test/fixtures/manifests');
        for (const manifest of manifests.filter(({ kind }) => versionsOf(kind).includes(version))) {
          const { accepted, message, specs } = await create(request, version, manifest);
          expect({ name: manifest.metadata.name, accepted, message }).toMatchObject({ accepted: true });
          for (const spec of specs) expect(spec).toMatchObject(manifest.spec ?? {});
        }
      });
    });
  });
};
