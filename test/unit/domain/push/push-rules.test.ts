import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { generate } from 'selfsigned';
import {
  certificateFingerprint,
  isSameCertificate,
  toCertificateBundle,
} from '../../../../src/domain/push/certificate-bundle.ts';
import { planReplication } from '../../../../src/domain/push/plan-replication.ts';
import { isManaged, planAllTags, planCertificateTags, planTags } from '../../../../src/domain/push/plan-tags.ts';
import { PUSH_OPERATIONS, pushActions } from '../../../../src/domain/push/push-actions.ts';
import type { PushContent } from '../../../../src/domain/push/push-content.ts';
import { toParameterText, toSecretContent } from '../../../../src/domain/push/pushed-value.ts';
import { isSamePolicy } from '../../../../src/domain/push/resource-policy.ts';
import { deletionProblem } from '../../../../src/domain/push/secret-deletion.ts';
import { followingVersion } from '../../../../src/domain/push/version-token.ts';
import { WriteBudgetError } from '../../../../src/domain/push/write-budget-error.ts';
import { SecretValue } from '../../../../src/domain/secret-value.ts';

const text = (value: string): SecretValue => SecretValue.fromText(value);
const whole = (values: Readonly<Record<string, SecretValue>>): PushContent => ({
  type: 'whole',
  values: new Map(Object.entries(values)),
});

describe('the value to push', () => {
  it('of one key is its bytes', () => {
    const value = SecretValue.fromBytes(Uint8Array.of(0, 255));

    expect(toSecretContent({ type: 'key', value }).equals(value)).toBe(true);
    expect(toParameterText({ type: 'key', value: text('é') }, false)).toBe('é');
  });

  it('of a whole Secret is compact JSON, keys sorted by bytes, nothing escaped for HTML', () => {
    const content = whole({
      ｚ: text('1'),
      '😀': text('2'),
      Z: text('<a href="&">'),
      a: SecretValue.fromBytes(Uint8Array.of(0x61, 0xff)),
    });

    expect(toSecretContent(content).revealText()).toBe('{"Z":"<a href=\\"&\\">","a":"a\ufffd","ｚ":"1","😀":"2"}');
  });

  it('of a whole Secret in Parameter Store holds Base64, or text when asked [PUSH57]', () => {
    const content = whole({ fakeSecretKey: text('fakeValue') });

    expect(toParameterText(content, true)).toBe('{"fakeSecretKey":"fakeValue"}');
    expect(toParameterText(content, false)).toBe('{"fakeSecretKey":"ZmFrZVZhbHVl"}');
  });
});

describe('tags', () => {
  const managed = { 'managed-by': 'external-secrets' };

  it('tell whose a secret is', () => {
    expect(isManaged(managed)).toBe(true);
    expect([{}, { 'managed-by': 'me' }, { 'Managed-By': 'external-secrets' }].map(isManaged)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('that metadata does not name go, and the whole set comes [PUSH48]', () => {
    expect(planTags({ ...managed, team: 'paradox' }, { env: 'sandbox' })).toEqual({
      remove: ['team'],
      set: { ...managed, env: 'sandbox' },
    });
  });

  it('that are there already are not set [PUSH49]', () => {
    expect(planTags({ ...managed, env: 'sandbox' }, { env: 'sandbox' })).toEqual({ remove: [], set: {} });
  });

  it('stay when metadata names none', () => {
    expect(planTags({ ...managed, team: 'paradox' }, {})).toEqual({ remove: [], set: {} });
  });

  it('of a parameter go when metadata names none', () => {
    expect(planAllTags({ ...managed, team: 'paradox' }, {})).toEqual({ remove: ['team'], set: {} });
  });

  it('are as wanted once a plan was carried out, and a plan for that does nothing', () => {
    const tags = fc.dictionary(fc.stringMatching(/^[a-c]$/), fc.stringMatching(/^[xy]$/));
    fc.assert(
      fc.property(tags, tags, (held, wanted) => {
        const { remove, set } = planAllTags({ ...held, ...managed }, wanted);
        const kept = Object.fromEntries(
          Object.entries({ ...held, ...managed }).filter(([key]) => !remove.includes(key)),
        );
        const after = { ...kept, ...set };

        expect(after).toEqual({ ...wanted, ...managed });
        expect(planAllTags(after, wanted)).toEqual({ remove: [], set: {} });
      }),
    );
  });

  it('of a certificate: those that find it are not touched, whatever metadata says', () => {
    const held = { ...managed, 'external-secrets-remote-key': 'web', team: 'a', env: 'x' };

    expect(planCertificateTags(held, { 'managed-by': 'me', env: 'y', new: '1' })).toEqual({
      remove: { team: 'a' },
      set: { env: 'y', new: '1' },
    });
    expect(planCertificateTags(held, {})).toEqual({ remove: { team: 'a', env: 'x' }, set: {} });
  });
});

describe('replicas', () => {
  it('that are not wanted go whatever their state, and missing ones come', () => {
    expect(
      planReplication(['eu-north-1', 'eu-west-3', 'sa-east-1', 'ap-southeast-2'], ['eu-north-1', 'eu-central-1']),
    ).toEqual({
      remove: ['eu-west-3', 'sa-east-1', 'ap-southeast-2'],
      add: ['eu-central-1'],
    });
  });

  it('are left alone when metadata says nothing, and all go when it wants none', () => {
    expect(planReplication(['eu-west-1'], undefined)).toEqual({ remove: [], add: [] });
    expect(planReplication(['eu-west-1'], [])).toEqual({ remove: ['eu-west-1'], add: [] });
  });

  it('that are wanted twice come once', () => {
    expect(planReplication([], ['eu-west-1', 'eu-west-1']).add).toEqual(['eu-west-1']);
  });
});

describe('resource policies', () => {
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: ['a', 'b'] } }] };
  const reordered = { Statement: [{ Principal: { AWS: ['a', 'b'] }, Effect: 'Allow' }], Version: '2012-10-17' };

  it('are equal up to the order of members and white space', () => {
    expect(isSamePolicy(JSON.stringify(reordered), JSON.stringify(policy, null, 2))).toBe(true);
  });

  it('differ by the order of a list, and from none', () => {
    const other = { ...policy, Statement: [{ Effect: 'Allow', Principal: { AWS: ['b', 'a'] } }] };

    expect(isSamePolicy(JSON.stringify(other), JSON.stringify(policy))).toBe(false);
    expect([undefined, ''].map((current) => isSamePolicy(current, '{}'))).toEqual([false, false]);
  });

  it('that are no JSON are refused without being quoted', () => {
    expect(() => isSamePolicy('{}', 'canary')).toThrow(
      'failed to unmarshal desired resource policy: the source holds no JSON',
    );
    expect(() => isSamePolicy('canary', '{}')).toThrow(
      'failed to unmarshal current resource policy: Secrets Manager holds no JSON',
    );
  });
});

describe('the id of the version that follows another', () => {
  const of = (base: string, turn = 0) => followingVersion('arn:one', base, turn);

  it('is the same for the same version, and another for any other: A, B and A again are three', () => {
    const [a, b, again] = [of(''), of(of('')), of(of(of('')))];

    expect(new Set([a, b, again]).size).toBe(3);
    expect(of('')).toBe(a);
  });

  it('is another in every secret, and in every turn', () => {
    expect(new Set([of('v1'), of('v1', 1), followingVersion('arn:two', 'v1', 0)]).size).toBe(3);
  });

  it('has the form that AWS gives ids', () => {
    expect(of('v1')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

describe('ways to delete', () => {
  it.each([
    [
      { forceDeleteWithoutRecovery: false, recoveryWindowInDays: 1 },
      'invalid DeleteSecretInput: RecoveryWindowInDays must be between 7 and 30 days',
    ],
    [
      { forceDeleteWithoutRecovery: true, recoveryWindowInDays: 7 },
      'invalid DeleteSecretInput: ForceDeleteWithoutRecovery conflicts with RecoveryWindowInDays',
    ],
    [{ forceDeleteWithoutRecovery: true, recoveryWindowInDays: 0 }, undefined],
    [{ forceDeleteWithoutRecovery: false, recoveryWindowInDays: 30 }, undefined],
    [
      { forceDeleteWithoutRecovery: false, recoveryWindowInDays: 31 },
      'invalid DeleteSecretInput: RecoveryWindowInDays must be between 7 and 30 days',
    ],
  ])('%j: %s', (deletion, problem) => {
    expect(deletionProblem(deletion)?.message).toBe(problem);
  });
});

describe('a certificate to import', () => {
  const SOURCE = { namespace: 'team-a', name: 'web-tls' };
  const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const certificate = async (name: string): Promise<string> =>
    (await generate([{ name: 'commonName', value: name }])).cert.replaceAll('\r\n', '\n');
  const bundleOf = (crt: string) => toCertificateBundle(whole({ 'tls.crt': text(crt), 'tls.key': text(key) }), SOURCE);

  it('is the first of the blocks; the others are its chain, and blocks of another type are skipped', async () => {
    const [leaf, issuer] = [await certificate('leaf'), await certificate('issuer')];

    const bundle = bundleOf(`# comment\n${leaf}\n${key}\n${issuer}`);

    expect(bundle.leaf.trim()).toBe(leaf.trim());
    expect(bundle.chain.trim()).toBe(issuer.trim());
    expect(bundle.key.revealText()).toBe(key);
  });

  it('is the same as one that Certificate Manager gives back, however its lines end', async () => {
    const [leaf, issuer] = [await certificate('leaf'), await certificate('issuer')];
    const [alone, chained] = [bundleOf(leaf), bundleOf(leaf + issuer)];

    expect(isSameCertificate({ certificate: `${alone.leaf}\r\n`, chain: alone.leaf }, alone)).toBe(true);
    expect(isSameCertificate({ certificate: alone.leaf, chain: '' }, alone)).toBe(true);
    expect(isSameCertificate({ certificate: alone.leaf, chain: chained.chain }, alone)).toBe(false);
    expect(isSameCertificate({ certificate: chained.leaf, chain: chained.chain.trimEnd() }, chained)).toBe(true);
    expect(isSameCertificate({ certificate: issuer, chain: issuer }, alone)).toBe(false);
    expect(certificateFingerprint('a\n', '')).toBe(certificateFingerprint('a', '\r\n'));
  });

  it.each<[string, PushContent, string]>([
    [
      'one key',
      { type: 'key', value: text('x') },
      'secretKey must be empty for the AWS Certificate Manager provider: the whole kubernetes.io/tls secret is required (tls.crt and tls.key)',
    ],
    ['no certificate', whole({ 'tls.key': text(key) }), 'key "tls.crt" not found or empty in secret team-a/web-tls'],
    [
      'an empty key',
      whole({ 'tls.crt': text('x'), 'tls.key': text('') }),
      'key "tls.key" not found or empty in secret team-a/web-tls',
    ],
    [
      'no PEM',
      whole({ 'tls.crt': text('canary-7f3a'), 'tls.key': text(key) }),
      'failed to parse "tls.crt": no CERTIFICATE PEM blocks found',
    ],
    [
      'a block that is none',
      whole({
        'tls.crt': text('-----BEGIN CERTIFICATE-----\nY2FuYXJ5\n-----END CERTIFICATE-----'),
        'tls.key': text(key),
      }),
      'failed to parse "tls.crt": failed to parse leaf certificate: x509: malformed certificate',
    ],
  ])('is refused as %s, and nothing of it is said', (_, content, message) => {
    expect(() => toCertificateBundle(content, SOURCE)).toThrow(expect.objectContaining({ message }));
  });
});

describe('the actions of pushing', () => {
  it('are listed once for each service', () => {
    expect(pushActions('acm')).toEqual([
      'acm:AddTagsToCertificate',
      'acm:DeleteCertificate',
      'acm:GetCertificate',
      'acm:ImportCertificate',
      'acm:ListTagsForCertificate',
      'acm:RemoveTagsFromCertificate',
      'tag:GetResources',
    ]);
  });

  it('never include those that change a secret behind the back of its versions', () => {
    const all = PUSH_OPERATIONS.flatMap(({ service }) => pushActions(service));

    expect(all.filter((action) => /Update|Restore/.test(action))).toEqual([]);
  });
});

it('says until when a key that was written too often waits', () => {
  const error = new WriteBudgetError('prod/db', Date.UTC(2030, 0, 2, 3, 4, 5));

  expect(error).toMatchObject({ retryable: true, until: Date.UTC(2030, 0, 2, 3, 4, 5) });
  expect(error.message).toContain('writing prod/db waits until 2030-01-02T03:04:05.000Z');
});
