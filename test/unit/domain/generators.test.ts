import { describe, expect, test } from '@jest/globals';
import { generatorControllerOf, generatorSpecOf, parseAwsGenerator } from '../../../src/domain/aws-generator.ts';
import type { Cluster } from '../../../src/domain/cluster.ts';
import { expiryWarning } from '../../../src/domain/expiring-values.ts';
import { storeRefsOf } from '../../../src/domain/external-secret.ts';
import { generatorEntries } from '../../../src/domain/generator-entries.ts';
import {
  type GeneratorKind,
  type GeneratorObjectRef,
  generates,
  generatorObjectRef,
  generatorRefsIn,
  refuseUnknownGenerators,
} from '../../../src/domain/generator-ref.ts';
import { planGeneration } from '../../../src/domain/plan-generation.ts';
import { externalSecret, mirrored, parsedExternalSecret } from '../../support/builders.ts';
import { roleArn } from '../../support/identity-plan.ts';
import { staticAuth } from '../../support/secret-store.ts';

type Spec = Readonly<Record<string, unknown>>;

const GROUP = 'generators.external-secrets.io/v1alpha1';
const refTo = (kind: GeneratorObjectRef['kind']): GeneratorObjectRef => ({ kind, namespace: 'team-a', name: 'token' });
const from = (generatorRef: Spec) => ({ sourceRef: { generatorRef } });
const withEntries = (...dataFrom: readonly Spec[]) => parsedExternalSecret({ spec: { dataFrom } });

describe('a reference to a generator', () => {
  test('is of the API’s own group unless it says otherwise', () => {
    const [entry] = generatorEntries(withEntries(from({ kind: 'STSSessionToken', name: 'x' })));

    expect(entry?.generator).toEqual({ apiVersion: GROUP, kind: 'STSSessionToken', name: 'x' });
  });

  test('leads into the namespace, or nowhere when it is the cluster’s', () => {
    const ref = { apiVersion: GROUP, name: 'x' };

    expect(generatorObjectRef({ ...ref, kind: 'STSSessionToken' }, 'team-a')).toEqual({
      kind: 'STSSessionToken',
      namespace: 'team-a',
      name: 'x',
    });
    expect(generatorObjectRef({ ...ref, kind: 'ClusterGenerator' }, 'team-a')?.namespace).toBe('');
    expect(generatorObjectRef({ ...ref, kind: 'Password' }, 'team-a')).toBeUndefined();
  });

  test('keeps its place among the entries', () => {
    const es = withEntries({ extract: { key: 'a' } }, from({ kind: 'STSSessionToken', name: 'x' }));

    expect(generatorEntries(es)).toMatchObject([
      { label: 'spec.dataFrom[1].sourceRef.generatorRef', position: 1, generator: { name: 'x' } },
    ]);
    expect(generates(es)).toBe(true);
    expect(generates(withEntries({ extract: { key: 'a' } }))).toBe(false);
  });

  test('makes no store a source', () => {
    const es = parsedExternalSecret({
      spec: {
        secretStoreRef: undefined,
        data: undefined,
        dataFrom: [from({ kind: 'STSSessionToken', name: 'x' })],
      },
    });

    expect(storeRefsOf(es)).toEqual([]);
  });

  test.each<[string, Spec, string, string]>([
    [
      'another group',
      { apiVersion: 'example.com/v1alpha1', kind: 'STSSessionToken' },
      'InvalidSpecError',
      `spec.dataFrom[0].sourceRef.generatorRef.apiVersion is example.com/v1alpha1, and generators are of ${GROUP} only`,
    ],
    [
      'another version',
      { apiVersion: 'generators.external-secrets.io/v1', kind: 'STSSessionToken' },
      'InvalidSpecError',
      `spec.dataFrom[0].sourceRef.generatorRef.apiVersion is generators.external-secrets.io/v1, and generators are of ${GROUP} only`,
    ],
    [
      'a kind that is not served',
      { kind: 'Webhook' },
      'UnsupportedError',
      'spec.dataFrom[0].sourceRef.generatorRef of kind Webhook is not supported yet',
    ],
  ])('to %s is refused', (_, ...[ref, name, message]) => {
    expect(() => refuseUnknownGenerators(withEntries(from({ name: 'x', ...ref })))).toThrow(
      expect.objectContaining({ name, message }),
    );
  });

  test('is found in a spec that may not parse', () => {
    const object = (spec: unknown) => ({ ...mirrored(externalSecret()), spec });
    const dataFrom = [{ find: 7 }, null, from({ kind: 'STSSessionToken', name: 'x' }), from({ kind: 7 })];

    expect(generatorRefsIn(object({ refreshPolicy: 7, dataFrom }))).toEqual([
      { apiVersion: GROUP, kind: 'STSSessionToken', name: 'x' },
    ]);
    expect(generatorRefsIn(object({ dataFrom: 'x' }))).toEqual([]);
    expect(generatorRefsIn({})).toEqual([]);
  });
});

describe('reading a generator', () => {
  test('a registry’s has a scope, private unless it is public', () => {
    const read = (spec: Spec) =>
      parseAwsGenerator(refTo('ECRAuthorizationToken'), { kind: 'ECRAuthorizationToken', spec }).request;

    expect(read({ region: 'eu-west-1' })).toEqual({ type: 'registry', isPublic: false });
    expect(read({ region: 'us-east-1', scope: 'public' })).toEqual({ type: 'registry', isPublic: true });
    expect(read({ region: 'us-east-1', scope: 'private' })).toEqual({ type: 'registry', isPublic: false });
  });

  test('a session’s has parameters', () => {
    const requestParameters = { sessionDuration: 900, serialNumber: 'mfa', tokenCode: '123456' };
    const spec = { region: 'eu-west-1', role: 'arn:r', requestParameters, auth: staticAuth() };

    expect(parseAwsGenerator(refTo('STSSessionToken'), { kind: 'STSSessionToken', spec })).toMatchObject({
      region: 'eu-west-1',
      role: 'arn:r',
      jwt: undefined,
      request: { type: 'session', durationSeconds: 900, serialNumber: 'mfa', tokenCode: '123456' },
    });
  });

  test.each<[GeneratorKind, unknown, string]>([
    ['ECRAuthorizationToken', undefined, 'no config spec provided'],
    ['STSSessionToken', { region: [] }, 'unable to parse spec: spec.region must be a string'],
    [
      'STSSessionToken',
      { region: 'x', requestParameters: { sessionDuration: 1.5 } },
      'unable to parse spec: spec.requestParameters.sessionDuration must be a whole number',
    ],
  ])('%s of %j is refused', (kind, spec, message) => {
    expect(() => parseAwsGenerator(refTo(kind), { kind, spec })).toThrow(
      expect.objectContaining({ name: 'InvalidSpecError', message }),
    );
  });

  test('a ClusterGenerator gives the spec of the kind that it names', () => {
    const spec = { kind: 'STSSessionToken', generator: { stsSessionTokenSpec: { region: 'x' } } };

    expect(generatorSpecOf(refTo('ClusterGenerator'), spec)).toEqual({
      kind: 'STSSessionToken',
      spec: { region: 'x' },
    });
  });

  test.each<[string, unknown, string]>([
    ['without the settings', { kind: 'STSSessionToken', generator: {} }, 'has no spec.generator.stsSessionTokenSpec'],
    [
      'of a kind that is not served',
      { kind: 'UUID', generator: {} },
      'generator kind UUID of ClusterGenerator token is not supported yet',
    ],
    ['without a spec', undefined, 'spec must be an object'],
  ])('a ClusterGenerator %s is refused', (_, spec, message) => {
    expect(() => generatorSpecOf(refTo('ClusterGenerator'), spec)).toThrow(message);
  });

  test('the controller is read whatever else there is', () => {
    expect(generatorControllerOf({ controller: 'other', region: 7 })).toBe('other');
    expect(generatorControllerOf({ region: 'x' })).toBe('');
    expect(generatorControllerOf({ controller: 7 })).toBe('');
    expect(generatorControllerOf(undefined)).toBe('');
  });
});

describe('who generates', () => {
  const cluster = (identity: Partial<Cluster['identity']> = {}): Pick<Cluster, 'name' | 'connection' | 'identity'> => ({
    name: 'payments',
    connection: {
      type: 'eks',
      eksName: 'payments',
      region: 'eu-west-1',
      server: 'https://x',
      certificateAuthority: '',
    },
    identity: { defaultRole: roleArn('default'), allowRoles: [], sessionTags: true, ...identity },
  });
  const plan = (kind: GeneratorKind, spec: Spec, given = cluster()) =>
    planGeneration({
      generator: parseAwsGenerator(refTo(kind), { kind, spec }),
      cluster: given,
      namespace: 'team-a',
    });
  const region = 'eu-central-1';

  test('keys are read in the namespace of the object, whatever a selector says', () => {
    const { base } = plan('STSSessionToken', { region, auth: staticAuth('elsewhere') });

    expect(base).toEqual({
      type: 'static',
      accessKeyId: { namespace: 'team-a', name: 'aws-keys', key: 'access-key' },
      secretAccessKey: { namespace: 'team-a', name: 'aws-keys', key: 'secret-access-key' },
    });
  });

  test('without keys a registry is asked as the default role, tagged with the generator', () => {
    expect(plan('ECRAuthorizationToken', { region }).base).toEqual({
      type: 'default-role',
      roleArn: roleArn('default'),
      sessionTags: [
        { key: 'cluster', value: 'payments' },
        { key: 'namespace', value: 'team-a' },
        { key: 'store', value: 'ECRAuthorizationToken/token' },
      ],
    });
  });

  test('a role is assumed plainly, with nothing but its ARN', () => {
    const role = roleArn('pull');
    const hop = { roleArn: role, sessionTags: [], transitiveTagKeys: [] };

    expect(plan('ECRAuthorizationToken', { region, role, auth: staticAuth() }).hops).toEqual([hop]);
    expect(plan('ECRAuthorizationToken', { region, role }, cluster({ allowRoles: [role] })).hops).toEqual([hop]);
    expect(() => plan('ECRAuthorizationToken', { region, role })).toThrow(`may not use role ${role}; allowed: none`);
  });

  test('without a Region it is the cluster’s; one that leads to another host is refused', () => {
    expect(plan('ECRAuthorizationToken', {}).region).toBe('eu-west-1');
    expect(() => plan('ECRAuthorizationToken', { region: 'x.example.com/' })).toThrow('region not found');
  });

  const jwt = { jwt: { serviceAccountRef: { name: 'app', namespace: 'elsewhere', audiences: ['a'] } } };
  const account = { type: 'service-account', namespace: 'team-a', name: 'app', audiences: ['a'] };

  test('a service account is of the namespace of the object; beside keys it must be found, and the keys are used [AWS1]', () => {
    const alone = plan('ECRAuthorizationToken', { region, auth: jwt });
    const beside = plan('ECRAuthorizationToken', { region, auth: { ...staticAuth(), ...jwt } });

    expect([alone.base, alone.alsoFound]).toEqual([account, undefined]);
    expect([beside.base.type, beside.alsoFound]).toEqual(['static', account]);
  });

  const unknown = { accessKeyIDSecretRef: { name: 'keys', key: 'id' } };
  test.each<[string, GeneratorKind, Spec, string]>([
    [
      'a session by service account [AWS59]',
      'STSSessionToken',
      { auth: { ...staticAuth(), ...jwt } },
      'jwt auth cannot be used for STS Session Token generation',
    ],
    [
      'a registry by a service account that is not named',
      'ECRAuthorizationToken',
      { auth: { jwt: {} } },
      'spec.auth.jwt.serviceAccountRef is missing',
    ],
    [
      'a session of the hub’s',
      'STSSessionToken',
      {},
      'a session token is made from the keys of an IAM user, not from a role',
    ],
    [
      'half of the keys',
      'STSSessionToken',
      { auth: { secretRef: unknown } },
      'spec.auth.secretRef.secretAccessKeySecretRef is missing',
    ],
  ])('%s is refused', (_, ...[kind, spec, message]) => {
    expect(() => plan(kind, { region, ...spec })).toThrow(message);
  });

  test('without keys and without a default role the person reads what to do', () => {
    const { defaultRole: _, ...identity } = cluster().identity;

    expect(() => plan('ECRAuthorizationToken', { region }, { ...cluster(), identity })).toThrow(
      'ECRAuthorizationToken "token" has no auth and cluster "payments" no default role: register the cluster with --default-role, or set spec.auth',
    );
  });
});

describe('values that expire', () => {
  const HOUR = 3_600_000;
  const warn = (spec: Spec, hours: number) =>
    expiryWarning(
      parsedExternalSecret({ spec }),
      { entry: { label: 'spec.dataFrom[0]' }, expiresAt: hours * HOUR + 30_000 },
      0,
    );

  test.each<[string, Spec, number, string | undefined]>([
    ['after the next refresh are nothing to talk about', { refreshInterval: '1h' }, 12, undefined],
    ['just after it neither', { refreshInterval: '12h' }, 12, undefined],
    [
      'before it are',
      { refreshInterval: '24h' },
      12,
      'values of spec.dataFrom[0] expire after 12h0m0s and are refreshed only after 24h0m0s: choose a shorter refreshInterval',
    ],
    [
      'and are never refreshed are',
      { refreshInterval: '0' },
      1,
      'values of spec.dataFrom[0] expire after 1h0m0s and are not refreshed: choose a shorter refreshInterval',
    ],
    [
      'under CreatedOnce are, whatever the interval',
      { refreshInterval: '1h', refreshPolicy: 'CreatedOnce' },
      12,
      'values of spec.dataFrom[0] expire after 12h0m0s and are not refreshed: choose a shorter refreshInterval',
    ],
  ])('%s', (_, ...[spec, hours, warning]) => {
    expect(warn(spec, hours)).toBe(warning);
  });
});
