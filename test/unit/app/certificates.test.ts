import { expect, test } from '@jest/globals';
import { awsProvider, data, externalSecret, secretStore } from '../../support/builders.ts';
import { fakeCertificate } from '../../support/fake-certificates.ts';
import { FAKE_ACCOUNT } from '../../support/fake-secrets.ts';
import { createWorld, type World } from '../../support/world.ts';

type Spec = Readonly<Record<string, unknown>>;

const ARN = `arn:aws:acm:eu-central-1:${FAKE_ACCOUNT}:certificate/1234`;
const store = secretStore({ spec: awsProvider({ service: 'CertificateManager', prefix: 'ignored/' }) });

const certificateWorld = async (spec: Spec): Promise<World> => {
  const world = await createWorld();
  world.secrets.certificates.put(ARN, fakeCertificate('one'));
  await world.apply(store, externalSecret({ spec }));
  await world.settle();
  return world;
};

test('a certificate comes as a bundle, whatever else is asked of its key', async () => {
  const remoteRef = { key: ARN, property: 'a', version: 'b', metadataPolicy: 'Fetch' };
  const world = await certificateWorld({ data: [data('tls.pem', remoteRef)] });

  expect(world.target()?.['tls.pem']).toMatch(/^-----BEGIN CERTIFICATE-----.+-----END PRIVATE KEY-----\n$/s);
  expect(world.ready()).toMatch(/^True SecretSynced/);
});

test('a renewed certificate arrives at the interval', async () => {
  const world = await certificateWorld({ data: [data('tls.pem', { key: ARN })] });
  const before = world.target()?.['tls.pem'];
  world.secrets.certificates.put(ARN, fakeCertificate('two'));

  await world.elapse(3_700_000);

  expect(world.target()?.['tls.pem']).not.toBe(before);
});

test.each<[string, Spec]>([
  ['extract', { extract: { key: ARN } }],
  ['find', { find: { name: { regexp: '.' } } }],
])('%s is refused in the words of the reference', async (kind, entry) => {
  const world = await certificateWorld({ data: undefined, dataFrom: [entry] });

  expect(world.events().at(-1)).toBe(
    `Warning UpdateFailed: error processing spec.dataFrom[0].${kind}, err: operation not supported by AWS Certificate Manager provider`,
  );
});

test('a certificate that is gone leaves the target, whatever deletionPolicy says', async () => {
  const world = await certificateWorld({ data: [data('tls.pem', { key: ARN })], target: { deletionPolicy: 'Delete' } });
  world.secrets.certificates.delete(ARN);

  await world.sync();

  expect(world.ready()).toMatch(/^False SecretSyncedError/);
  expect(world.target()).toBeDefined();
});
