import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  createdByHash,
  dataHash,
  fieldManagerFor,
  metadataHash,
  syncedResourceVersion,
  valueHash,
} from '../../../src/domain/hashes.ts';
import { SecretValue } from '../../../src/domain/secret-value.ts';

const data = (texts: Readonly<Record<string, string>>) =>
  new Map(Object.entries(texts).map(([key, text]) => [key, SecretValue.fromText(text)]));

describe('data hash', () => {
  test.each([
    ['no data', {}, '74a974446e359fb3e6baff9bd0058950e6edd0f040888d9989b0a11b'],
    ['two keys', { foo: 'value1', bar: 'value2' }, '1bed8bcbcb4547ffe19a19cd47d9078e84aa6598266d86b99f992d64'],
    ['one key', { targetProperty: 'someValue' }, '03a707af0159f9cbff01ece86d3f85a3d7c3a11b512f5e7fc90bd042'],
    ['an empty value', { a: '' }, 'b4267d3031c382774d3148a47147cc308a0e534ac8381b5d58565df8'],
  ])('is the reference operator’s for %s', (_, texts, hash) => {
    expect(dataHash(data(texts))).toBe(hash);
  });

  test('does not depend on the order of the keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (texts) => {
        const reversed = new Map([...data(texts)].reverse());

        expect(dataHash(reversed)).toBe(dataHash(data(texts)));
      }),
    );
  });

  test('covers generic targets of any shape', () => {
    const target = { enabled: true, list: ['a', 'b'], nested: { x: 'y' }, none: null, replicas: 3 };

    expect(valueHash(target)).toBe('23946efbbd1e0b197e4bc6a10bb391f42b2b4055977649faccb24ce7');
  });
});

describe('created-by hash', () => {
  test.each([
    ['default', 'test-es', 'a8e09351ea392b727f69f63683b28619fbed1174f572e728706a9ea8'],
    ['team-a', 'db-creds', '495750aa64133197930843a0f8a3496e1a7e92e6e3b1e62f052fc4a3'],
  ])('of %s/%s is the reference operator’s', (namespace, name, hash) => {
    expect(createdByHash(namespace, name)).toBe(hash);
  });
});

describe('metadata hash', () => {
  test.each([
    [undefined, undefined, 'f47fe3c0b255b6dd8047cdffa772587bb829efe7a1cb70febeda2eb2'],
    [undefined, { foo: 'bar' }, '69a7d6c99695c5308a8074c7eff995659652f98af7b21de0719c1446'],
    [{ team: 'x' }, { a: '1', b: '2' }, '2cc67c8066bf59ad79a644b06cc8742d3808bddc74510e94efd188ad'],
  ])('of labels %p and annotations %p is the reference operator’s', (labels, annotations, hash) => {
    expect(metadataHash(labels, annotations)).toBe(hash);
  });

  test('is equal for equal maps and differs when an annotation differs [ES48]', () => {
    const hash = metadataHash({ team: 'x', tier: '1' }, { a: '1' });

    expect(metadataHash({ tier: '1', team: 'x' }, { a: '1' })).toBe(hash);
    expect(metadataHash({ tier: '1', team: 'x' }, { a: '2' })).not.toBe(hash);
  });

  test('ignores the generation, which stands before it in the synced resource version [ES48]', () => {
    expect(syncedResourceVersion({ generation: 1 })).toBe('1-f47fe3c0b255b6dd8047cdffa772587bb829efe7a1cb70febeda2eb2');
    expect(syncedResourceVersion({ generation: 7 })).toBe('7-f47fe3c0b255b6dd8047cdffa772587bb829efe7a1cb70febeda2eb2');
  });
});

describe('field manager', () => {
  test('carries the name as it is while the whole has at most 63 bytes', () => {
    expect(fieldManagerFor('a'.repeat(27))).toBe(`externalsecrets.external-secrets.io/${'a'.repeat(27)}`);
    expect(fieldManagerFor('a'.repeat(28))).toMatch(/^externalsecrets\.external-secrets\.io\/sha3\/[0-9a-f]{56}$/);
  });

  test('carries a hash of a longer name', () => {
    expect(fieldManagerFor('orders-service-database-credentials')).toBe(
      'externalsecrets.external-secrets.io/sha3/619ca7a97c4bfba6e689b5bfd8ea9c673e8efcf8f17b83246a4ab97b',
    );
  });
});
