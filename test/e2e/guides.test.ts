import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { generate } from 'selfsigned';
import type { ClusterAdmin, Manifest } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { secret, storeWithKeys } from './support/manifests.ts';
import { mayReadSecrets, type Statement } from './support/provider.ts';
import { externalSecretRef, readyOf } from './support/ready.ts';
import { type E2e, startE2e } from './support/stack.ts';

/*
 * What guides to External Secrets on AWS have their readers do, in the forms they write: an IAM user whose keys are in a
 * Secret assumes a role; the role reads what carries a tag; Secrets of every type are made from it.
 */

const SOON = { withinMilliseconds: 30_000 };
const namespace = 'default';

const mayReadTagged: Statement = {
  Effect: 'Allow',
  Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
  Resource: '*',
  Condition: { StringEquals: { 'secretsmanager:ResourceTag/external-secrets': 'true' } },
};
const TAGGED = { 'external-secrets': 'true' };

let e2e: E2e;
let alpha: ClusterAdmin;

beforeAll(async () => {
  e2e = await startE2e({ clusters: ['alpha'] });
  alpha = e2e.cluster('alpha');
  const role = await e2e.provider.createRole('external-secrets', [mayReadTagged]);
  const mayAssume: Statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: role };
  const keys = await e2e.provider.createUser('external-secrets-iam', [mayAssume]);
  await alpha.apply(...storeWithKeys('aws-secretsmanager', keys, { role }));
});

afterAll(async () => {
  await e2e?.stop();
});

/** As the guides write it: `v1beta1`, every five minutes, the Secret owned. */
const externalSecret = (name: string, spec: Readonly<Record<string, unknown>>): Manifest => ({
  apiVersion: 'external-secrets.io/v1beta1',
  kind: 'ExternalSecret',
  metadata: { name, namespace },
  spec: {
    refreshInterval: '5m',
    secretStoreRef: { name: 'aws-secretsmanager', kind: 'SecretStore' },
    ...spec,
  },
});

const owned = (name: string, template: Readonly<Record<string, unknown>>) => ({
  name,
  creationPolicy: 'Owner',
  template,
});

const typeAndData = async (name: string) => {
  const found = await alpha.get({ kind: 'Secret', namespace, name });
  const data = Object.entries(found?.data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]);
  return { type: found?.type, data: Object.fromEntries(data) };
};

const becomes = (name: string, type: string, data: Readonly<Record<string, string>>) =>
  eventually(async () => expect(await typeAndData(name)).toEqual({ type, data }), SOON);

describe('a user’s keys, a role, and a policy by tag', () => {
  test('read what carries the tag', async () => {
    await e2e.provider.createSecret('audit-g3auto', { 'audit-service-config.yaml': 'QUERY_PAGE_SIZE: 1000' }, TAGGED);
    await alpha.apply(
      externalSecret('audit-g3auto', {
        target: { name: 'audit-g3auto', creationPolicy: 'Owner' },
        data: [
          {
            secretKey: 'audit-service-config.yaml',
            remoteRef: { key: 'audit-g3auto', property: 'audit-service-config.yaml' },
          },
        ],
      }),
    );

    await becomes('audit-g3auto', 'Opaque', { 'audit-service-config.yaml': 'QUERY_PAGE_SIZE: 1000' });
  });

  test('are denied what does not, in the words of AWS', async () => {
    await e2e.provider.createSecret('somebody-elses', 'x');
    await alpha.apply(
      externalSecret('denied', { data: [{ secretKey: 'value', remoteRef: { key: 'somebody-elses' } }] }),
    );

    await eventually(
      async () =>
        expect(await readyOf(alpha, externalSecretRef('denied'))).toBe(
          'False SecretSyncedError: could not get secret data from provider',
        ),
      SOON,
    );
    const events = await alpha.eventsOf(externalSecretRef('denied'));
    expect(events.map(({ message = '' }) => message).join('\n')).toMatch(
      /operation error Secrets Manager: GetSecretValue, .*AccessDeniedException: .*assumed-role\/external-secrets\//,
    );
  });
});

describe('an ExternalSecret', () => {
  test('without a target of its own makes the Secret of its own name [ES2]', async () => {
    await e2e.provider.createSecret('named-by-default', { user: 'app', port: 5432 }, TAGGED);

    await alpha.apply(externalSecret('by-default', { dataFrom: [{ extract: { key: 'named-by-default' } }] }));

    await becomes('by-default', 'Opaque', { user: 'app', port: '5432' });
  });

  test('makes the login to a registry from an escaped or a nested config', async () => {
    const config = { auths: { 'registry.example.com': { auth: 'dXNlcjpwYXNz' } } };
    await e2e.provider.createSecret('registry', { escaped: JSON.stringify(config), nested: config }, TAGGED);
    const from = (property: string) =>
      externalSecret(`registry-${property}`, {
        target: owned(`registry-${property}`, {
          type: 'kubernetes.io/dockerconfigjson',
          data: { '.dockerconfigjson': '{{ .config }}' },
        }),
        data: [{ secretKey: 'config', remoteRef: { key: 'registry', property } }],
      });

    await alpha.apply(from('escaped'), from('nested'));

    for (const property of ['escaped', 'nested'])
      await becomes(`registry-${property}`, 'kubernetes.io/dockerconfigjson', {
        '.dockerconfigjson': JSON.stringify(config),
      });
  });

  test('makes a TLS Secret out of a certificate and its key', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'shop.example.com' }]);
    await e2e.provider.createSecret('shop-tls', { certificate: cert, key }, TAGGED);
    await alpha.apply(
      externalSecret('shop-tls', {
        target: owned('shop-tls', {
          type: 'kubernetes.io/tls',
          data: { 'tls.crt': '{{ .certificate | filterPEM "CERTIFICATE" }}', 'tls.key': '{{ .key }}' },
        }),
        dataFrom: [{ extract: { key: 'shop-tls' } }],
      }),
    );

    const lines = (pem: string) => pem.replaceAll('\r\n', '\n');
    await eventually(async () => {
      const { type, data } = await typeAndData('shop-tls');
      expect(type).toBe('kubernetes.io/tls');
      expect(data['tls.crt']?.trim()).toBe(lines(cert).trim());
      expect(data['tls.key']).toBe(key);
    }, SOON);
  });

  test('keeps an SSH key byte for byte [ES8]', async () => {
    const { privateKey } = generateKeyPairSync('ed25519', {
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    await e2e.provider.createSecret('deploy-key', privateKey, TAGGED);
    await alpha.apply(
      externalSecret('deploy-key', {
        target: owned('deploy-key', {
          type: 'kubernetes.io/ssh-auth',
          data: { 'ssh-privatekey': '{{ .key | toString }}' },
        }),
        data: [{ secretKey: 'key', remoteRef: { key: 'deploy-key' } }],
      }),
    );

    await becomes('deploy-key', 'kubernetes.io/ssh-auth', { 'ssh-privatekey': privateKey });
  });

  test('under deletionPolicy Merge loses its own keys and leaves the others’ when the secret is deleted [ES75]', async () => {
    // Of what is gone no policy by tag can say whether it may be read, so AWS denies it: this one reads by name.
    const keys = await e2e.provider.createUser('merger', [mayReadSecrets('merged')]);
    await e2e.provider.createSecret('merged', 'ours');
    await alpha.apply(
      ...storeWithKeys('by-name', keys),
      secret('merged', { theirs: 'kept' }),
      externalSecret('merged', {
        secretStoreRef: { name: 'by-name', kind: 'SecretStore' },
        target: { name: 'merged', creationPolicy: 'Merge', deletionPolicy: 'Merge' },
        data: [{ secretKey: 'ours', remoteRef: { key: 'merged' } }],
      }),
    );
    await becomes('merged', 'Opaque', { theirs: 'kept', ours: 'ours' });

    await e2e.provider.deleteSecret('merged');

    await becomes('merged', 'Opaque', { theirs: 'kept' });
  });
});
