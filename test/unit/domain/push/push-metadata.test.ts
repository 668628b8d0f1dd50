import { describe, expect, it } from '@jest/globals';
import {
  CREATING_SECRET,
  parseCertificateMetadata,
  parseParameterMetadata,
  parseSecretMetadata,
  UPDATING_SECRET,
} from '../../../../src/domain/push/push-metadata.ts';

const wrapped = (spec: unknown, change: object = {}): unknown => ({
  apiVersion: 'kubernetes.external-secrets.io/v1alpha1',
  kind: 'PushSecretMetadata',
  spec,
  ...change,
});

const BASE =
  'failed to parse kubernetes.external-secrets.io/v1alpha1 PushSecretMetadata: error unmarshaling JSON: while decoding JSON: json: ';

describe('metadata of a secret', () => {
  it('that is absent gives the defaults', () => {
    expect(parseSecretMetadata(undefined, UPDATING_SECRET)).toEqual({
      format: 'binary',
      kmsKeyId: 'alias/aws/secretsmanager',
      description: "secret 'managed-by:external-secrets'",
      tags: {},
    });
  });

  it('is taken as written', () => {
    const spec = {
      secretPushFormat: 'string',
      kmsKeyId: 'alias/mine',
      description: 'database of the shop',
      tags: { env: 'sandbox', answer: 42 },
      resourcePolicy: { blockPublicPolicy: true, policySourceRef: { kind: 'ConfigMap', name: 'policies', key: 'db' } },
      replicationLocations: ['eu-west-1'],
    };

    expect(parseSecretMetadata(wrapped(spec), UPDATING_SECRET)).toEqual({
      format: 'string',
      kmsKeyId: 'alias/mine',
      description: 'database of the shop',
      tags: { env: 'sandbox', answer: '42' },
      resourcePolicy: spec.resourcePolicy,
      replicationLocations: ['eu-west-1'],
    });
  });

  it.each(['kmsKeyID', 'kmsKeyId', 'KMSKEYID'])('names fields in any letter case: %s [PUSH54]', (field) => {
    expect(parseSecretMetadata(wrapped({ [field]: 'alias/mine' }), UPDATING_SECRET).kmsKeyId).toBe('alias/mine');
  });

  it.each<[string, unknown, string]>([
    ['an unknown field [PUSH54]', wrapped({ kmsKey: 'x' }), `${BASE}unknown field "kmsKey"`],
    [
      'an unknown field far inside',
      wrapped({ resourcePolicy: { policySourceRef: { namespace: 'x' } } }),
      `${BASE}unknown field "namespace"`,
    ],
    ['an unknown field of the wrapper', wrapped({}, { metadata: {} }), `${BASE}unknown field "metadata"`],
    ['no wrapper at all [PUSH54]', { tags: { env: 'x' } }, `${BASE}unknown field "tags"`],
    ['a text', 'x', `${BASE}cannot unmarshal string into Go value of type struct`],
    ['a list', [], `${BASE}cannot unmarshal array into Go value of type struct`],
    [
      'tags that are a list',
      wrapped({ tags: ['a'] }),
      `${BASE}cannot unmarshal array into Go struct field PushSecretMetadata.spec.tags of type map[string]string`,
    ],
    [
      'a tag that is an object',
      wrapped({ tags: { a: {} } }),
      `${BASE}cannot unmarshal object into Go struct field PushSecretMetadata.spec.tags.a of type string`,
    ],
    [
      'a truth value that is text',
      wrapped({ resourcePolicy: { blockPublicPolicy: 'yes' } }),
      `${BASE}cannot unmarshal string into Go struct field PushSecretMetadata.spec.resourcePolicy.blockPublicPolicy of type bool`,
    ],
    [
      'Regions that are no list',
      wrapped({ replicationLocations: true }),
      `${BASE}cannot unmarshal bool into Go struct field PushSecretMetadata.spec.replicationLocations of type []string`,
    ],
    [
      'another version',
      wrapped({}, { apiVersion: 'v1' }),
      'unexpected apiVersion "v1", expected "kubernetes.external-secrets.io/v1alpha1"',
    ],
    ['no version', {}, 'unexpected apiVersion "", expected "kubernetes.external-secrets.io/v1alpha1"'],
    ['another kind', wrapped({}, { kind: 'Metadata' }), 'unexpected kind "Metadata", expected "PushSecretMetadata"'],
  ])('refuses %s, with what it was doing', (_, metadata, base) => {
    expect(() => parseSecretMetadata(metadata, UPDATING_SECRET)).toThrow(
      expect.objectContaining({ name: 'InvalidSpecError', message: base }),
    );
    expect(() => parseSecretMetadata(metadata, CREATING_SECRET)).toThrow(
      `failed to parse push secret metadata: failed to parse metadata: ${base}`,
    );
    expect(() => parseCertificateMetadata(metadata)).toThrow(/^failed to parse push secret metadata: /);
  });

  it.each<[string, object, string]>([
    [
      'the tag that is ours [PUSH54]',
      { tags: { 'managed-by': 'me' } },
      "error parsing tags in metadata: Cannot specify a 'managed-by' tag",
    ],
    ['a format that there is not [PUSH54]', { secretPushFormat: 'foo' }, 'invalid secret push format: foo'],
  ])('refuses %s', (_, spec, base) => {
    expect(() => parseSecretMetadata(wrapped(spec), UPDATING_SECRET)).toThrow(
      expect.objectContaining({ message: base }),
    );
    expect(() => parseSecretMetadata(wrapped(spec), CREATING_SECRET)).toThrow(
      expect.objectContaining({ message: `failed to parse push secret metadata: ${base}` }),
    );
  });

  it('takes null for absent', () => {
    const spec = { tags: null, description: null, replicationLocations: null, resourcePolicy: null };

    expect(parseSecretMetadata(wrapped(spec), UPDATING_SECRET)).toEqual(parseSecretMetadata(null, UPDATING_SECRET));
    expect(parseSecretMetadata(wrapped({ tags: { a: null } }), UPDATING_SECRET).tags).toEqual({ a: '' });
  });

  it('keeps an empty list of Regions apart from none', () => {
    expect(parseSecretMetadata(wrapped({ replicationLocations: [] }), UPDATING_SECRET).replicationLocations).toEqual(
      [],
    );
  });
});

describe('metadata of a parameter', () => {
  it('that is absent gives the defaults', () => {
    expect(parseParameterMetadata(undefined)).toEqual({
      secretType: 'String',
      kmsKeyId: 'alias/aws/ssm',
      tier: 'Standard',
      encodeAsDecoded: false,
      tags: {},
      description: "secret 'managed-by:external-secrets'",
    });
  });

  it('is taken as written; policies as JSON text', () => {
    const policies = [{ Version: '1.0', Type: 'Expiration' }];
    const spec = {
      secretType: 'SecureString',
      kmsKeyID: 'k',
      tier: { type: 'Advanced', policies },
      encodeAsDecoded: true,
      description: 'd',
      tags: { a: 'b' },
    };

    expect(parseParameterMetadata(wrapped(spec))).toEqual({
      secretType: 'SecureString',
      kmsKeyId: 'k',
      tier: 'Advanced',
      policies: '[{"Type":"Expiration","Version":"1.0"}]',
      encodeAsDecoded: true,
      tags: { a: 'b' },
      description: 'd',
    });
  });

  it('without its wrapper is refused in the words of Parameter Store [PUSH60]', () => {
    expect(() => parseParameterMetadata({ fakeMetadataKey: '' })).toThrow(
      `failed to parse metadata: ${BASE}unknown field "fakeMetadataKey"`,
    );
  });

  it('may not name the tag that is ours', () => {
    expect(() => parseParameterMetadata(wrapped({ tags: { 'managed-by': 'x' } }))).toThrow(
      expect.objectContaining({ message: "error parsing tags in metadata: Cannot specify a 'managed-by' tag" }),
    );
  });
});

describe('metadata of a certificate', () => {
  it('is tags and nothing else', () => {
    expect(parseCertificateMetadata(undefined)).toEqual({ tags: {} });
    expect(parseCertificateMetadata(wrapped({ tags: { 'managed-by': 'x', a: 'b' } })).tags).toEqual({
      'managed-by': 'x',
      a: 'b',
    });
    expect(() => parseCertificateMetadata(wrapped({ description: 'x' }))).toThrow('unknown field "description"');
  });
});
