import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  GetParameterCommand,
  InternalServerError,
  ListTagsForResourceCommand,
  ParameterAlreadyExists,
  ParameterNotFound,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
  SSMClient,
  SSMServiceException,
} from '@aws-sdk/client-ssm';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createCallAws } from '../../src/adapters/aws/call-aws.ts';
import { createParameterStoreWriter } from '../../src/adapters/aws/parameter-store-writer.ts';
import { oneKey, pushMetadata, remoteRemoval, remoteWrite, wholeSecret } from '../support/remote-write.ts';

const NAME = '/test/this/thing/fake-key';
const $metadata = { httpStatusCode: 400, requestId: 'request-1' };
const OURS = { Key: 'managed-by', Value: 'external-secrets' };
const denied = () =>
  new SSMServiceException({ name: 'AccessDeniedException', message: 'no', $fault: 'client', $metadata });

const client = new SSMClient({ region: 'eu-central-1' });
const aws = mockClient(client);

const writer = createParameterStoreWriter(client, {
  location: { account: '111122223333', region: 'eu-central-1', service: 'ssm' },
  identity: 'one',
  call: createCallAws({ deadlineMilliseconds: 1_000, maxAttempts: 1 }),
});

beforeEach(() => {
  aws.reset();
  aws.onAnyCommand().rejects(new Error('no such request is expected'));
  aws.on(GetParameterCommand).rejects(new ParameterNotFound({ message: 'none', $metadata }));
  aws.on(PutParameterCommand).resolves({ Version: 1 });
  aws.on(AddTagsToResourceCommand).resolves({});
  aws.on(RemoveTagsFromResourceCommand).resolves({});
  aws.on(DeleteParameterCommand).resolves({});
});

const parameterHolds = (Value: string, tags: readonly { Key: string; Value: string }[] = [OURS]): void => {
  aws.on(GetParameterCommand).resolves({ Parameter: { Name: NAME, Value, Version: 4 } });
  aws.on(ListTagsForResourceCommand).resolves({ TagList: [...tags] });
};

const sent = (): readonly string[] =>
  aws.calls().map(({ args: [command] }) => command.constructor.name.replace('Command', ''));
const puts = () => aws.commandCalls(PutParameterCommand).map(({ args: [{ input }] }) => input);
const write = (text: string, spec?: Readonly<Record<string, unknown>>) =>
  writer.write(remoteWrite({ key: NAME, content: oneKey(text), metadata: spec && pushMetadata(spec) }));

describe('a new parameter', () => {
  it('carries exactly our tag, and overwrites nothing [PUSH56]', async () => {
    await write('value');

    expect(puts()).toEqual([
      {
        Name: NAME,
        Value: 'value',
        Type: 'String',
        Description: "secret 'managed-by:external-secrets'",
        Tags: [OURS],
        Overwrite: false,
      },
    ]);
    expect(sent()).toEqual(['GetParameter', 'PutParameter']);
  });

  it('is of the type, key, tier and policies that metadata says', async () => {
    const policies = [{ Type: 'NoChangeNotification', Version: '1.0' }];
    await write('value', {
      secretType: 'SecureString',
      kmsKeyID: 'alias/mine',
      tier: { type: 'Advanced', policies },
      description: 'd',
      tags: { env: 'x' },
    });
    await write('value', {
      secretType: 'StringList',
      kmsKeyID: 'alias/mine',
      tier: { type: 'Intelligent-Tiering', policies },
    });

    expect(puts()).toEqual([
      {
        Name: NAME,
        Value: 'value',
        Type: 'SecureString',
        KeyId: 'alias/mine',
        Tier: 'Advanced',
        Policies: JSON.stringify(policies),
        Description: 'd',
        Tags: [{ Key: 'env', Value: 'x' }, OURS],
        Overwrite: false,
      },
      expect.not.objectContaining({ KeyId: expect.anything(), Tier: expect.anything(), Policies: expect.anything() }),
    ]);
  });

  it("is encrypted with the account's own key when none is named", async () => {
    await write('value', { secretType: 'SecureString' });

    expect(puts()).toMatchObject([{ KeyId: 'alias/aws/ssm' }]);
  });

  it('that somebody else makes first is told [PUSH61]', async () => {
    aws
      .on(PutParameterCommand)
      .rejects(new ParameterAlreadyExists({ message: 'The parameter already exists.', $metadata }));

    await expect(write('value')).rejects.toThrow(
      `unexpected error pushing parameter ${NAME}: operation error SSM: PutParameter, https response error StatusCode: 400, RequestID: request-1, ParameterAlreadyExists: The parameter already exists.`,
    );
  });

  it('is not made when it cannot be told whether there is one [PUSH61]', async () => {
    aws.on(GetParameterCommand).rejects(denied());

    await expect(write('value')).rejects.toThrow(
      new RegExp(
        `^unexpected error getting parameter ${NAME}: operation error SSM: GetParameter, .*AccessDeniedException: no$`,
      ),
    );
    expect(sent()).toEqual(['GetParameter']);
  });

  it('is refused with metadata that has no wrapper, before anything is asked [PUSH60]', async () => {
    const writing = writer.write(remoteWrite({ key: NAME, metadata: { fakeMetadataKey: '' } }));

    await expect(writing).rejects.toThrow(/^failed to parse metadata: .*json: unknown field "fakeMetadataKey"$/);
    expect(sent()).toEqual([]);
  });

  it('holds what comes last for its name, as when each was written after the other [PUSH57]', async () => {
    const metadata = pushMetadata({ encodeAsDecoded: true });
    const also = [{ property: 'b', content: wholeSecret({ fakeSecretKey: 'fakeValue' }) }];
    await writer.write(remoteWrite({ key: NAME, property: 'a', metadata, also }));

    expect(puts()).toMatchObject([{ Value: '{"fakeSecretKey":"fakeValue"}' }]);
  });
});

describe('a parameter of ours', () => {
  it('with the same value is not written, whatever else metadata says [PUSH58]', async () => {
    parameterHolds('value');

    expect(await write('value', { secretType: 'SecureString', tags: { env: 'x' } })).toEqual({
      wrote: false,
      version: '4',
    });
    expect(sent()).toEqual(['GetParameter', 'ListTagsForResource']);
  });

  it('is overwritten without tags, which come after [PUSH59]', async () => {
    parameterHolds('old', [OURS, { Key: 'team', Value: 'paradox' }, { Key: 'rotation', Value: '10m' }]);
    aws.on(PutParameterCommand).resolves({ Version: 5 });

    const written = await write('new', { tags: { env: 'sandbox', rotation: '1h' } });

    expect(written).toEqual({ wrote: true, version: '5' });
    expect(puts()).toEqual([
      {
        Name: NAME,
        Value: 'new',
        Type: 'String',
        Description: "secret 'managed-by:external-secrets'",
        Overwrite: true,
      },
    ]);
    expect(aws.commandCalls(RemoveTagsFromResourceCommand).map(({ args: [{ input }] }) => input)).toEqual([
      { ResourceType: 'Parameter', ResourceId: NAME, TagKeys: ['team'] },
    ]);
    expect(aws.commandCalls(AddTagsToResourceCommand).map(({ args: [{ input }] }) => input)).toEqual([
      {
        ResourceType: 'Parameter',
        ResourceId: NAME,
        Tags: [{ Key: 'env', Value: 'sandbox' }, { Key: 'rotation', Value: '1h' }, OURS],
      },
    ]);
    expect(sent().slice(2)).toEqual(['PutParameter', 'RemoveTagsFromResource', 'AddTagsToResource']);
  });

  it('is not one without our tag, or when its tags cannot be read [PUSH58]', async () => {
    parameterHolds('old', []);
    await expect(write('new')).rejects.toThrow('secret not managed by external-secrets');

    aws.on(ListTagsForResourceCommand).rejects(denied());
    await expect(write('new')).rejects.toThrow(
      new RegExp(
        `^error getting the existing tags for the parameter ${NAME}: error listing tags operation error SSM: `,
      ),
    );
    expect(puts()).toEqual([]);
  });

  it('that came undecrypted is compared with nothing [PUSH58]', async () => {
    parameterHolds('sensitive');

    await expect(write('new')).rejects.toThrow(
      "unable to compare 'sensitive' result, ensure to request a decrypted value",
    );
  });

  it('asks before it is changed', async () => {
    parameterHolds('old');
    const beforeVersion = async (): Promise<void> => {
      throw new Error('not now');
    };

    await expect(writer.write(remoteWrite({ key: NAME, beforeVersion }))).rejects.toThrow('not now');
    expect(puts()).toEqual([]);
  });
});

describe('the removal of a parameter', () => {
  it('reads it without its value', async () => {
    parameterHolds('value');

    await writer.remove(remoteRemoval({ key: NAME }));

    expect(aws.commandCalls(GetParameterCommand)[0]?.args[0].input).toEqual({ Name: NAME, WithDecryption: false });
    expect(sent()).toEqual(['GetParameter', 'ListTagsForResource', 'DeleteParameter']);
  });

  it('says what failed', async () => {
    parameterHolds('value');
    aws.on(DeleteParameterCommand).rejects(denied());
    await expect(writer.remove(remoteRemoval({ key: NAME }))).rejects.toThrow(
      new RegExp(`^could not delete parameter ${NAME}: operation error SSM: DeleteParameter, `),
    );

    aws.on(GetParameterCommand).rejects(new InternalServerError({ message: 'x', $metadata: { httpStatusCode: 500 } }));
    await expect(writer.remove(remoteRemoval({ key: NAME }))).rejects.toMatchObject({ retryable: true });
  });
});
