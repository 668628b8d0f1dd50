import { inspect } from 'node:util';
import {
  CreateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  InvalidRequestException,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
  SecretsManagerServiceException,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createCallAws } from '../../src/adapters/aws/call-aws.ts';
import { createSecretsManagerWriter } from '../../src/adapters/aws/secrets-manager-writer.ts';
import { createEngine } from '../../src/adapters/engine/engine.ts';
import { AWS_OWN_WINDOW, type SecretDeletion } from '../../src/domain/push/secret-deletion.ts';
import { followingVersion } from '../../src/domain/push/version-token.ts';
import { ClusterForbiddenError } from '../../src/domain/sync-error.ts';
import { oneKey, policySources, pushMetadata, remoteRemoval, remoteWrite } from '../support/remote-write.ts';

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:prod/db-AbCdEf';
const $metadata = { httpStatusCode: 400, requestId: 'request-1' };
const notFound = () => new ResourceNotFoundException({ message: 'none', $metadata });
const taken = () => new ResourceExistsException({ message: 'taken', $metadata });
const refused = (name: string, message: string) =>
  new SecretsManagerServiceException({ name, message, $fault: 'client', $metadata });

const OURS = [{ Key: 'managed-by', Value: 'external-secrets' }];

const engines = createEngine();
afterAll(() => engines.close());

const client = new SecretsManagerClient({ region: 'eu-central-1' });
const aws = mockClient(client);

beforeEach(() => {
  aws.reset();
  aws.onAnyCommand().rejects(new Error('no such request is expected'));
});

const writer = (deletion: SecretDeletion = AWS_OWN_WINDOW) =>
  createSecretsManagerWriter(client, {
    location: { account: '111122223333', region: 'eu-central-1', service: 'secretsmanager' },
    identity: 'one',
    call: createCallAws({ deadlineMilliseconds: 1_000, maxAttempts: 1 }),
    engines,
    deletion,
  });

const described = (change: Partial<DescribeSecretCommandOutput> = {}) => ({
  ARN,
  Name: 'prod/db',
  KmsKeyId: 'alias/theirs',
  Tags: OURS,
  VersionIdsToStages: { v1: ['AWSCURRENT'] },
  ...change,
});

/** A secret of ours that holds `text`; what is put is current afterwards. */
const secretHolds = (text: string, change: Partial<DescribeSecretCommandOutput> = {}): void => {
  const token = followingVersion(ARN, 'v1', 0);
  aws
    .on(DescribeSecretCommand)
    .resolvesOnce(described(change))
    .resolves(described({ ...change, VersionIdsToStages: { v1: ['AWSPREVIOUS'], [token]: ['AWSCURRENT'] } }));
  aws.on(GetSecretValueCommand).resolves({ SecretString: text, VersionId: 'v1', VersionStages: ['AWSCURRENT'] });
  aws.on(PutSecretValueCommand).resolves({ VersionId: token });
  aws.on(TagResourceCommand).resolves({});
  aws.on(UntagResourceCommand).resolves({});
  aws.on(PutResourcePolicyCommand).resolves({});
  aws.on(DeleteResourcePolicyCommand).resolves({});
  aws.on(ReplicateSecretToRegionsCommand).resolves({});
  aws.on(RemoveRegionsFromReplicationCommand).resolves({});
  aws.on(DeleteSecretCommand).resolves({});
};

const sent = (): readonly string[] =>
  aws.calls().map(({ args: [command] }) => command.constructor.name.replace('Command', ''));
const inputsOf = (command: { new (...args: never[]): object }): readonly unknown[] =>
  aws
    .calls()
    .filter(({ args: [one] }) => one instanceof command)
    .map(({ args: [one] }) => ('input' in one ? one.input : undefined));
const write = (text: string, spec?: Readonly<Record<string, unknown>>) =>
  remoteWrite({ key: 'prod/db', content: oneKey(text), metadata: spec && pushMetadata(spec) });

describe('a new secret', () => {
  it('is made with exactly what metadata says; without Regions there is no replica field [PUSH43]', async () => {
    aws.on(DescribeSecretCommand).rejects(notFound());
    aws.on(CreateSecretCommand).resolves({ ARN, VersionId: 'v1' });

    const written = await writer().write(remoteWrite({ key: 'prod/db', property: 'prop', content: oneKey('value') }));

    expect(written).toEqual({ wrote: true, version: 'v1' });
    const [input] = inputsOf(CreateSecretCommand);
    expect(input).toEqual({
      Name: 'prod/db',
      SecretBinary: expect.anything(),
      Tags: OURS,
      Description: "secret 'managed-by:external-secrets'",
      KmsKeyId: 'alias/aws/secretsmanager',
    });
    expect(sent()).toEqual(['DescribeSecret', 'CreateSecret']);
  });

  it('is replicated with its own key, and gets its policy', async () => {
    aws.on(DescribeSecretCommand).rejects(notFound());
    aws.on(CreateSecretCommand).resolves({ ARN, VersionId: 'v1' });
    aws.on(PutResourcePolicyCommand).resolves({});
    const spec = {
      secretPushFormat: 'string',
      kmsKeyId: 'alias/mine',
      description: 'd',
      tags: { env: 'x' },
      replicationLocations: ['eu-west-1'],
      resourcePolicy: { blockPublicPolicy: false, policySourceRef: { kind: 'ConfigMap', name: 'policies', key: 'db' } },
    };

    await writer().write({ ...write('value', spec), sources: policySources({ policies: { db: '{"Version":"1"}' } }) });

    expect(inputsOf(CreateSecretCommand)).toMatchObject([
      {
        SecretString: 'value',
        KmsKeyId: 'alias/mine',
        Description: 'd',
        Tags: [{ Key: 'env', Value: 'x' }, ...OURS],
        AddReplicaRegions: [{ Region: 'eu-west-1', KmsKeyId: 'alias/mine' }],
      },
    ]);
    expect(inputsOf(PutResourcePolicyCommand)).toEqual([
      { SecretId: ARN, ResourcePolicy: '{"Version":"1"}', BlockPublicPolicy: false },
    ]);
  });

  it('that somebody else makes first is changed instead', async () => {
    const token = followingVersion(ARN, 'v1', 0);
    aws
      .on(DescribeSecretCommand)
      .rejectsOnce(notFound())
      .resolvesOnce(described())
      .resolves(described({ VersionIdsToStages: { [token]: ['AWSCURRENT'] } }));
    aws.on(CreateSecretCommand).rejects(taken());
    aws.on(GetSecretValueCommand).resolves({ SecretString: 'theirs', VersionId: 'v1' });
    aws.on(PutSecretValueCommand).resolves({ VersionId: token });
    let asked = 0;

    const written = await writer().write({
      ...write('ours'),
      beforeVersion: async () => {
        asked += 1;
      },
    });

    expect(written).toEqual({ wrote: true, version: token });
    expect(asked).toBe(1);
  });

  it('is not made when it cannot be told whether there is one [PUSH47]', async () => {
    for (const error of [
      new InvalidRequestException({ message: 'no', $metadata }),
      refused('AccessDeniedException', 'not authorized'),
    ]) {
      aws.on(DescribeSecretCommand).rejects(error);
      await expect(writer().write(write('x'))).rejects.toThrow(
        /^operation error Secrets Manager: DescribeSecret, https response error StatusCode: 400, RequestID: request-1, /,
      );
    }

    expect(new Set(sent())).toEqual(new Set(['DescribeSecret']));
  });

  it('is told in the words for a new one when its metadata is wrong [PUSH54]', async () => {
    aws.on(DescribeSecretCommand).rejects(notFound());

    await expect(writer().write(write('x', { secretPushFormat: 'foo' }))).rejects.toThrow(
      'failed to parse push secret metadata: invalid secret push format: foo',
    );
  });
});

describe('a secret of ours', () => {
  it('gets one version by another value, which follows the one that was read [PUSH41]', async () => {
    secretHolds('old');

    const written = await writer().write(write('new'));

    const token = followingVersion(ARN, 'v1', 0);
    expect(written).toEqual({ wrote: true, version: token });
    expect(inputsOf(PutSecretValueCommand)).toEqual([
      { SecretId: 'prod/db', ClientRequestToken: token, SecretBinary: Uint8Array.from(Buffer.from('new')) },
    ]);
    expect(sent()).toEqual(['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'DescribeSecret']);
  });

  it('with the same value gets no version, yet its tags, policy and replicas [PUSH41]', async () => {
    secretHolds('same');
    aws.on(GetResourcePolicyCommand).resolves({});
    const spec = {
      tags: { env: 'x' },
      replicationLocations: ['eu-west-1'],
      resourcePolicy: { policySourceRef: { kind: 'Secret', name: 'policies', key: 'db' } },
    };

    const written = await writer().write({
      ...write('same', spec),
      sources: policySources({}, { policies: { db: '{}' } }),
    });

    expect(written).toEqual({ wrote: false, version: 'v1' });
    expect(sent()).toEqual([
      'DescribeSecret',
      'GetSecretValue',
      'TagResource',
      'GetResourcePolicy',
      'PutResourcePolicy',
      'ReplicateSecretToRegions',
    ]);
  });

  it('without any version gets one that follows nothing, in place of the fixed id of the reference [PUSH42]', async () => {
    const token = followingVersion(ARN, '', 0);
    aws
      .on(DescribeSecretCommand)
      .resolvesOnce(described({ VersionIdsToStages: {} }))
      .resolves(described({ VersionIdsToStages: { [token]: ['AWSCURRENT'] } }));
    aws.on(PutSecretValueCommand).resolves({ VersionId: token });

    await writer().write(
      remoteWrite({ key: 'prod/db', property: 'other-fake-property', content: oneKey('fake-value') }),
    );

    expect(inputsOf(PutSecretValueCommand)).toEqual([
      {
        SecretId: 'prod/db',
        ClientRequestToken: token,
        SecretBinary: Uint8Array.from(Buffer.from('{"other-fake-property":"fake-value"}')),
      },
    ]);
  });

  it.each([
    ['its members are kept as they are written', '{ "a" : 1 , "z":2 }', 'b', '{ "a" : 1 , "z":2 ,"b":"v"}'],
    ['a dotted property extends the object inside', '{"a":{"x":1}}', 'a.b', '{"a":{"x":1,"b":"v"}}'],
    [
      'a dot nests, though a member has the name',
      '{"tls.crt":"old"}',
      'tls.crt',
      '{"tls.crt":"old","tls":{"crt":"v"}}',
    ],
    ['an escaped dot does not nest', '{}', 'a\\.b', '{"a.b":"v"}'],
    ['what is no object makes room', '"str"', 'a', '{"a":"v"}'],
  ])('is set a property in: %s [PUSH44]', async (...[, held, property, expected]) => {
    secretHolds(held);

    await writer().write(
      remoteWrite({
        key: 'prod/db',
        property,
        content: oneKey('v'),
        metadata: pushMetadata({ secretPushFormat: 'string' }),
      }),
    );

    expect(inputsOf(PutSecretValueCommand)).toMatchObject([{ SecretString: expected }]);
  });

  it('is set a property in its bytes rather than its text [PUSH44]', async () => {
    secretHolds('{}');
    aws.on(GetSecretValueCommand).resolves({ SecretBinary: Buffer.from('{"a":1}'), VersionId: 'v1' });

    await writer().write(remoteWrite({ key: 'prod/db', property: 'b', content: oneKey('v') }));

    expect(inputsOf(PutSecretValueCommand)).toMatchObject([
      { SecretBinary: Uint8Array.from(Buffer.from('{"a":1,"b":"v"}')) },
    ]);
  });

  it('is not one when the tag says another name [PUSH46]', async () => {
    aws.on(DescribeSecretCommand).resolves(described({ Tags: [{ Key: 'managed-by', Value: 'not-external-secrets' }] }));

    await expect(writer().write(write('x'))).rejects.toThrow('secret not managed by external-secrets');
    expect(sent()).toEqual(['DescribeSecret']);
  });

  it('loses tags that metadata does not name, and gets the whole set [PUSH48]', async () => {
    secretHolds('same', { Tags: [...OURS, { Key: 'team', Value: 'paradox' }] });

    await writer().write(write('same', { tags: { env: 'sandbox' } }));

    expect(inputsOf(UntagResourceCommand)).toEqual([{ SecretId: 'prod/db', TagKeys: ['team'] }]);
    expect(inputsOf(TagResourceCommand)).toEqual([
      { SecretId: 'prod/db', Tags: [{ Key: 'env', Value: 'sandbox' }, ...OURS] },
    ]);
  });

  it('is not tagged with what it has [PUSH49]', async () => {
    secretHolds('same', { Tags: [{ Key: 'env', Value: 'sandbox' }, ...OURS] });

    await writer().write(write('same', { tags: { env: 'sandbox' } }));

    expect(sent()).toEqual(['DescribeSecret', 'GetSecretValue']);
  });

  describe('and its resource policy', () => {
    const spec = { resourcePolicy: { policySourceRef: { kind: 'ConfigMap', name: 'policies', key: 'db' } } };
    const policy = (principals: readonly string[]) =>
      JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS: principals } }] });
    const reordered = JSON.stringify({
      Statement: [{ Principal: { AWS: ['a'] }, Effect: 'Allow' }],
      Version: '2012-10-17',
    });
    const writePolicy = (text: string) =>
      writer().write({ ...write('same', spec), sources: policySources({ policies: { db: text } }) });

    it.each([
      ['is equal up to the order of members', reordered, 0],
      ['names other principals', policy(['b']), 1],
      ['is not there', undefined, 1],
    ])('is written only when it differs: it %s [PUSH50]', async (_, current, times) => {
      secretHolds('same');
      aws.on(GetResourcePolicyCommand).resolves({ ResourcePolicy: current });

      await writePolicy(policy(['a']));

      expect(inputsOf(PutResourcePolicyCommand)).toHaveLength(times);
    });

    it('is left alone where metadata does not speak of one, unlike in the reference, which deletes it [PUSH51]', async () => {
      secretHolds('same');

      await writer().write(write('same', { tags: {} }));
      await writer().write(write('same'));

      expect(sent()).not.toContain('DeleteResourcePolicy');
    });

    it('goes when its source is empty, once [PUSH51]', async () => {
      secretHolds('same');
      aws
        .on(GetResourcePolicyCommand)
        .resolvesOnce({ ResourcePolicy: policy(['a']) })
        .resolves({});

      await writePolicy('');
      secretHolds('same');
      await writePolicy('');

      expect(inputsOf(DeleteResourcePolicyCommand)).toEqual([{ SecretId: 'prod/db' }]);
    });

    it('that is gone already when it is to go is success [PUSH51]', async () => {
      secretHolds('same');
      aws.on(GetResourcePolicyCommand).resolves({ ResourcePolicy: policy(['a']) });
      aws.on(DeleteResourcePolicyCommand).rejects(notFound());

      expect(await writePolicy('')).toMatchObject({ wrote: false });

      secretHolds('same');
      aws.on(DeleteResourcePolicyCommand).rejects(refused('AccessDeniedException', 'no'));
      await expect(writePolicy('')).rejects.toThrow(/^failed to delete resource policy: operation error /);
    });

    it.each<[string, object, Parameters<typeof policySources>, string]>([
      ['no source', { resourcePolicy: {} }, [], 'failed to resolve resource policy: policySourceRef is nil'],
      [
        'another kind',
        { resourcePolicy: { policySourceRef: { kind: 'Pod', name: 'x', key: 'y' } } },
        [],
        'failed to resolve resource policy: unsupported PolicySourceRef kind: Pod (must be ConfigMap or Secret)',
      ],
      [
        'a missing ConfigMap',
        spec,
        [],
        'failed to resolve resource policy: failed to get ConfigMap team-a/policies: configmaps "policies" not found',
      ],
      [
        'a missing key',
        spec,
        [{ policies: {} }],
        'failed to resolve resource policy: key db not found in ConfigMap team-a/policies',
      ],
      [
        'a missing Secret',
        { resourcePolicy: { policySourceRef: { kind: 'Secret', name: 'x', key: 'y' } } },
        [],
        'failed to resolve resource policy: failed to get Secret team-a/x: secrets "x" not found',
      ],
    ])('that has %s is told', async (...[, wanted, sources, message]) => {
      secretHolds('same');

      const writing = writer().write({
        ...remoteWrite({ key: 'prod/db', metadata: pushMetadata({ ...wanted }) }),
        sources: policySources(...sources),
      });

      await expect(writing).rejects.toThrow(expect.objectContaining({ message }));
    });

    it('whose source may not be read is told with the reason of the cluster', async () => {
      secretHolds('same');
      const sources = {
        ...policySources(),
        readConfigMap: async () => {
          throw new ClusterForbiddenError('get configmaps in team-a: denied');
        },
      };

      await expect(writer().write({ ...write('same', spec), sources })).rejects.toMatchObject({
        reason: 'ClusterForbidden',
        message:
          'failed to resolve resource policy: failed to get ConfigMap team-a/policies: get configmaps in team-a: denied',
      });
    });
  });

  it('loses replicas that metadata does not name, whatever their state, and gets missing ones with its key [PUSH52]', async () => {
    secretHolds('same', {
      ReplicationStatus: [
        { Region: 'eu-north-1', Status: 'InSync' },
        { Region: 'eu-west-3', Status: 'InSync' },
        { Region: 'sa-east-1', Status: 'Failed' },
        { Region: 'ap-southeast-2', Status: 'InProgress' },
      ],
    });

    await writer().write(write('same', { replicationLocations: ['eu-north-1', 'eu-central-1'] }));

    expect(inputsOf(RemoveRegionsFromReplicationCommand)).toEqual([
      { SecretId: 'prod/db', RemoveReplicaRegions: ['eu-west-3', 'sa-east-1', 'ap-southeast-2'] },
    ]);
    expect(inputsOf(ReplicateSecretToRegionsCommand)).toEqual([
      { SecretId: 'prod/db', AddReplicaRegions: [{ Region: 'eu-central-1', KmsKeyId: 'alias/theirs' }] },
    ]);
  });

  it('that cannot be replicated says so [PUSH53]', async () => {
    secretHolds('same');
    aws.on(ReplicateSecretToRegionsCommand).rejects(refused('InvalidParameterException', 'Invalid replica region.'));

    await expect(writer().write(write('same', { replicationLocations: ['nowhere'] }))).rejects.toThrow(
      /^failed to replicate existing secret to regions: operation error Secrets Manager: ReplicateSecretToRegions, .* InvalidParameterException: Invalid replica region\.$/,
    );
  });

  it.each(['kmsKeyID', 'kmsKeyId'])('takes %s and never changes its key or description [PUSH54]', async (field) => {
    secretHolds('old');

    await writer().write(write('new', { [field]: 'alias/other', description: 'other' }));

    expect(sent()).toEqual(['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'DescribeSecret']);
  });
});

describe('a version that was written', () => {
  const first = followingVersion(ARN, 'v1', 0);
  const second = followingVersion(ARN, 'v1', 1);

  it('is merged anew when another one followed first: no property is lost', async () => {
    // Two read v1. The other wrote b; our write of c on top of v1 is refused, and is done on top of theirs.
    const next = followingVersion(ARN, first, 0);
    aws
      .on(DescribeSecretCommand)
      .resolvesOnce(described())
      .resolvesOnce(described({ VersionIdsToStages: { [first]: ['AWSCURRENT'] } }))
      .resolves(described({ VersionIdsToStages: { [next]: ['AWSCURRENT'] } }));
    aws
      .on(GetSecretValueCommand)
      .resolvesOnce({ SecretString: '{"a":1}', VersionId: 'v1' })
      .resolves({ SecretString: '{"a":1,"b":"theirs"}', VersionId: first, VersionStages: ['AWSCURRENT'] });
    aws.on(PutSecretValueCommand).rejectsOnce(taken()).resolves({ VersionId: next });

    const written = await writer().write(
      remoteWrite({
        key: 'prod/db',
        property: 'c',
        content: oneKey('ours'),
        metadata: pushMetadata({ secretPushFormat: 'string' }),
      }),
    );

    expect(written).toEqual({ wrote: true, version: next });
    expect(inputsOf(PutSecretValueCommand).at(-1)).toMatchObject({
      ClientRequestToken: next,
      SecretString: '{"a":1,"b":"theirs","c":"ours"}',
    });
  });

  it('is not based on a late read: what is shown to follow is read first', async () => {
    aws
      .on(DescribeSecretCommand)
      .resolvesOnce(described({ VersionIdsToStages: { v1: ['AWSPREVIOUS'], [first]: ['AWSCURRENT'] } }))
      .resolvesOnce(described({ VersionIdsToStages: { v1: ['AWSPREVIOUS'], [first]: ['AWSCURRENT'] } }));
    aws
      .on(GetSecretValueCommand)
      .resolvesOnce({ SecretString: 'old', VersionId: 'v1' })
      .resolves({ SecretString: 'new', VersionId: first });

    expect(await writer().write(write('new'))).toEqual({ wrote: false, version: first });
    expect(inputsOf(PutSecretValueCommand)).toEqual([]);
  });

  it('gets another id when an earlier one that followed the same was taken back', async () => {
    aws
      .on(DescribeSecretCommand)
      .resolvesOnce(described({ VersionIdsToStages: { v1: ['AWSCURRENT'], [first]: ['AWSPREVIOUS'] } }))
      .resolves(described({ VersionIdsToStages: { [second]: ['AWSCURRENT'] } }));
    aws.on(GetSecretValueCommand).resolves({ SecretString: 'old', VersionId: 'v1' });
    aws.on(PutSecretValueCommand).resolves({});

    expect(await writer().write(write('new'))).toEqual({ wrote: true, version: second });
  });

  it('gets another id also when the one that was taken back is shown no more', async () => {
    aws
      .on(DescribeSecretCommand)
      .resolvesOnce(described())
      .resolvesOnce(described())
      .resolvesOnce(described())
      .resolves(described({ VersionIdsToStages: { [second]: ['AWSCURRENT'] } }));
    aws.on(GetSecretValueCommand).resolves({ SecretString: 'old', VersionId: 'v1' });
    aws
      .on(GetSecretValueCommand, { VersionId: first })
      .resolves({ SecretString: 'new', VersionId: first, VersionStages: [] });
    aws.on(PutSecretValueCommand).resolves({}); // of the same content: nothing happened

    expect(await writer().write(write('new'))).toEqual({ wrote: true, version: second });
  });

  it('gets another id when one with another content was taken back', async () => {
    aws
      .on(DescribeSecretCommand)
      .resolvesOnce(described())
      .resolvesOnce(described())
      .resolves(described({ VersionIdsToStages: { [second]: ['AWSCURRENT'] } }));
    aws.on(GetSecretValueCommand).resolves({ SecretString: 'old', VersionId: 'v1' });
    aws
      .on(GetSecretValueCommand, { VersionId: first })
      .resolves({ SecretString: 'x', VersionId: first, VersionStages: [] });
    aws.on(PutSecretValueCommand).rejectsOnce(taken()).resolves({});

    expect(await writer().write(write('new'))).toEqual({ wrote: true, version: second });
  });

  it('counts as written when reads do not show it yet', async () => {
    aws.on(DescribeSecretCommand).resolves(described());
    aws.on(GetSecretValueCommand).resolves({ SecretString: 'old', VersionId: 'v1' });
    aws.on(GetSecretValueCommand, { VersionId: first }).rejects(notFound());
    aws.on(PutSecretValueCommand).resolves({});

    expect(await writer().write(write('new'))).toEqual({ wrote: true, version: first });
  });

  it('is written again when somebody else replaced it at once, and given up when that goes on', async () => {
    aws.on(DescribeSecretCommand).resolves(described({ VersionIdsToStages: { theirs: ['AWSCURRENT'] } }));
    aws
      .on(GetSecretValueCommand)
      .resolves({ SecretString: 'theirs', VersionId: 'theirs', VersionStages: ['AWSPREVIOUS'] });
    aws.on(PutSecretValueCommand).resolves({});

    await expect(writer().write(write('ours'))).rejects.toMatchObject({
      name: 'WriteConflictError',
      retryable: true,
      message: 'writing prod/db to Secrets Manager failed: others change it at the same time',
    });
  });
});

describe('what AWS quotes when it refuses a value', () => {
  const CANARY = 'canary-7f3a$&';

  it.each([
    ['by its rules', `1 validation error detected: Value '${CANARY}' at 'secretString' failed to satisfy constraint`],
    ['in any other way', `${CANARY} and ${Buffer.from(CANARY).toString('base64')} are not allowed`],
  ])('is not in the message: %s', async (_, message) => {
    secretHolds('old');
    aws.on(PutSecretValueCommand).rejects(refused('ValidationException', message));

    const error = await writer()
      .write(write(CANARY, { secretPushFormat: 'string' }))
      .catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      name: 'StoreRejectedError',
      message: expect.stringContaining('ValidationException'),
    });
    const shown = inspect(error, { depth: 10, showHidden: true });
    expect([CANARY, Buffer.from(CANARY).toString('base64')].filter((text) => shown.includes(text))).toEqual([]);
  });

  it('stays as it is when it is shorter than a word', async () => {
    secretHolds('old');
    aws.on(PutSecretValueCommand).rejects(refused('ValidationException', 'a bad value'));

    await expect(writer().write(write('a'))).rejects.toThrow(/ValidationException: a bad value$/);
  });
});

describe('the removal of a secret', () => {
  it.each<[string, SecretDeletion, object]>([
    ['as AWS does by itself', AWS_OWN_WINDOW, {}],
    ['at once', { forceDeleteWithoutRecovery: true, recoveryWindowInDays: 0 }, { ForceDeleteWithoutRecovery: true }],
    ['after a window', { forceDeleteWithoutRecovery: false, recoveryWindowInDays: 7 }, { RecoveryWindowInDays: 7 }],
  ])('is asked for %s [PUSH55]', async (_, deletion, expected) => {
    secretHolds('x');

    await writer(deletion).remove(remoteRemoval({ key: 'prod/db' }));

    expect(inputsOf(DeleteSecretCommand)).toEqual([{ SecretId: ARN, ...expected }]);
  });

  it.each<[SecretDeletion, string]>([
    [
      { forceDeleteWithoutRecovery: false, recoveryWindowInDays: 1 },
      'invalid DeleteSecretInput: RecoveryWindowInDays must be between 7 and 30 days',
    ],
    [
      { forceDeleteWithoutRecovery: true, recoveryWindowInDays: 7 },
      'invalid DeleteSecretInput: ForceDeleteWithoutRecovery conflicts with RecoveryWindowInDays',
    ],
  ])('is not asked for in a way that there is not: %j [PUSH55]', async (deletion, message) => {
    secretHolds('x');

    await expect(writer(deletion).remove(remoteRemoval({ key: 'prod/db' }))).rejects.toThrow(message);
    expect(sent()).not.toContain('DeleteSecret');
  });

  it('begins with its replicas, and goes no further when these stay [PUSH55]', async () => {
    const ReplicationStatus = [{ Region: 'eu-west-1' }, { Region: 'eu-west-3' }];
    secretHolds('x', { ReplicationStatus });
    await writer().remove(remoteRemoval({ key: 'prod/db' }));
    expect(inputsOf(RemoveRegionsFromReplicationCommand)).toEqual([
      { SecretId: ARN, RemoveReplicaRegions: ['eu-west-1', 'eu-west-3'] },
    ]);

    aws.resetHistory();
    secretHolds('x', { ReplicationStatus });
    aws.on(RemoveRegionsFromReplicationCommand).rejects(refused('InternalServiceError', 'no'));
    await expect(writer().remove(remoteRemoval({ key: 'prod/db' }))).rejects.toThrow(
      /^failed to remove regions from secret replication: operation error /,
    );
    expect(sent()).not.toContain('DeleteSecret');
  });

  it('is done when there is none, and when it goes meanwhile [PUSH55]', async () => {
    aws.on(GetSecretValueCommand).rejectsOnce(notFound()).resolves({ SecretString: 'x', VersionId: 'v1' });
    aws.on(DescribeSecretCommand).rejects(notFound());

    await writer().remove(remoteRemoval({ key: 'prod/db' }));
    await writer().remove(remoteRemoval({ key: 'prod/db' }));

    expect(sent()).toEqual(['GetSecretValue', 'GetSecretValue', 'DescribeSecret']);
  });

  it('leaves alone what is not managed by us [PUSH55]', async () => {
    secretHolds('x', { Tags: [] });

    await writer().remove(remoteRemoval({ key: 'prod/db' }));

    expect(sent()).toEqual(['GetSecretValue', 'DescribeSecret']);
  });

  it('says when the secret cannot be read, such as one that is marked for deletion', async () => {
    aws.on(GetSecretValueCommand).rejects(
      new InvalidRequestException({
        message: "You can't perform this operation on the secret because it was marked for deletion.",
        $metadata,
      }),
    );

    await expect(writer().remove(remoteRemoval({ key: 'prod/db' }))).rejects.toMatchObject({
      name: 'StoreRejectedError',
      pendingDeletion: true,
    });
  });
});

describe('the removal of a property', () => {
  const remove = (held: string, change: Partial<Parameters<typeof remoteRemoval>[0]> = {}) => {
    secretHolds(held);
    return writer().remove(remoteRemoval({ key: 'prod/db', property: 'a', ...change }));
  };

  it('leaves the others as they are written, in the form the secret has', async () => {
    await remove('{ "a" : 1 , "z":2 }');

    expect(inputsOf(PutSecretValueCommand)).toMatchObject([{ SecretString: expect.stringMatching(/"z":2 \}$/) }]);
  });

  it.each(['{"a":1}', ' { "a" : 1 } ', '{}', ''])('deletes the secret when nothing is left: %j', async (held) => {
    await remove(held);

    expect(sent().at(-1)).toBe('DeleteSecret');
  });

  it('leaves an empty object when another entry writes the key', async () => {
    await remove('{"a":1}', { shared: true });

    expect(inputsOf(PutSecretValueCommand)).toMatchObject([{ SecretString: '{}' }]);
  });

  it.each(['{"z":1}', 'plain', '[1]'])('writes nothing where there is none: %j', async (held) => {
    await remove(held);

    expect(sent()).toEqual(['GetSecretValue', 'DescribeSecret']);
  });

  it('keeps bytes bytes', async () => {
    secretHolds('');
    aws.on(GetSecretValueCommand).resolves({ SecretBinary: Buffer.from('{"a":1,"z":2}'), VersionId: 'v1' });

    await writer().remove(remoteRemoval({ key: 'prod/db', property: 'a' }));

    expect(inputsOf(PutSecretValueCommand)).toMatchObject([{ SecretBinary: Uint8Array.from(Buffer.from('{"z":2}')) }]);
  });
});
