import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import {
  DeleteParameterCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { build } from 'esbuild';
import { z } from 'zod';
import { deployService, removeService } from '../../local/aws/deploy.ts';
import { readLogs } from '../../local/aws/read-logs.ts';
import { type LocalAws, startLocalAws } from '../../local/aws/start-local-aws.ts';

jest.setTimeout(180_000);

const hub = '111122223333';
const member = '444455556666';
const eventSchema = z.object({
  id: z.string(),
  source: z.string(),
  account: z.string(),
  region: z.string(),
  resources: z.array(z.string()),
  'detail-type': z.string(),
  detail: z.record(z.string(), z.unknown()),
});
type Event = z.infer<typeof eventSchema>;

let directory: string;
let aws: LocalAws;

const clientOptions = (accountId: string) => ({
  endpoint: aws.endpoint,
  region: aws.region,
  credentials: aws.rootOf(accountId),
  maxAttempts: 1,
});
const secrets = (accountId = hub) => new SecretsManagerClient(clientOptions(accountId));
const parameters = () => new SSMClient(clientOptions(hub));
const sqs = () => new SQSClient(clientOptions(hub));

async function queueOfEvents(source: string): Promise<string> {
  const { QueueUrl = '' } = await sqs().send(new CreateQueueCommand({ QueueName: 'events' }));
  const client = new EventBridgeClient(clientOptions(hub));
  await client.send(new PutRuleCommand({ Name: 'all', EventPattern: JSON.stringify({ source: [source] }) }));
  const Arn = `arn:aws:sqs:${aws.region}:${hub}:events`;
  await client.send(new PutTargetsCommand({ Rule: 'all', Targets: [{ Id: 'queue', Arn }] }));
  return QueueUrl;
}

async function received(QueueUrl: string): Promise<Event[]> {
  const events: Event[] = [];
  for (;;) {
    const { Messages = [] } = await sqs().send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return events;
    events.push(...Messages.map(({ Body = '' }) => eventSchema.parse(JSON.parse(Body))));
  }
}

/** Not by instanceof: the errors of `fetch` are of another realm than the test. */
const nameOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : 'unknown error';
const failure = (call: Promise<unknown>): Promise<string> => call.then(() => 'no error', nameOf);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'local-aws-'));
  aws = await startLocalAws({ directory, auth: true, log: () => undefined });
});

afterAll(async () => {
  await aws?.stop();
  await rm(directory, { recursive: true, force: true });
});

beforeEach(() => aws.reset());

describe('events', () => {
  test('a change of a value arrives natively and as a CloudTrail record without the value', async () => {
    const queue = await queueOfEvents('aws.secretsmanager');
    await secrets().send(new CreateSecretCommand({ Name: 'prod/db', SecretString: 'canary-1' }));
    const { ARN, VersionId } = await secrets().send(
      new PutSecretValueCommand({ SecretId: 'prod/db', SecretString: 'canary-2' }),
    );

    const events = await received(queue);

    expect(events.map((event) => event['detail-type'])).toEqual([
      'AWS API Call via CloudTrail',
      'Secret Label Updated',
      'AWS API Call via CloudTrail',
    ]);
    expect(events[1]?.resources).toEqual([ARN]);
    expect(events[1]?.detail).toEqual({ name: 'prod/db', labelUpdated: 'AWSCURRENT', versionId: VersionId });
    expect(events[2]?.detail).toMatchObject({
      eventSource: 'secretsmanager.amazonaws.com',
      eventName: 'PutSecretValue',
      requestParameters: { secretId: 'prod/db', clientRequestToken: VersionId },
      responseElements: { arn: ARN },
      userIdentity: { type: 'Root', accountId: hub },
    });
    expect(JSON.stringify(events)).not.toContain('canary');
  });

  test('tags and deletions are recorded, failures are not', async () => {
    const queue = await queueOfEvents('aws.secretsmanager');
    const { ARN } = await secrets().send(new CreateSecretCommand({ Name: 'a' }));
    await secrets().send(new TagResourceCommand({ SecretId: 'a', Tags: [{ Key: 'team', Value: 'x' }] }));
    await secrets().send(new DeleteSecretCommand({ SecretId: 'a', ForceDeleteWithoutRecovery: true }));
    await failure(secrets().send(new DeleteSecretCommand({ SecretId: 'a' })));

    const details = (await received(queue)).map(({ detail }) => detail);

    expect(details.map(({ eventName }) => eventName)).toEqual(['CreateSecret', 'TagResource', 'DeleteSecret']);
    expect(details[1]).toMatchObject({ requestParameters: { tags: [{ key: 'team', value: 'x' }] } });
    expect(details[2]).toMatchObject({ responseElements: { arn: ARN, deletionDate: expect.any(String) } });
  });

  test('Parameter Store announces each kind of change', async () => {
    const queue = await queueOfEvents('aws.ssm');
    const parameter = { Name: '/p/x', Type: 'SecureString', Value: 'canary', Description: 'd' } as const;
    await parameters().send(new PutParameterCommand(parameter));
    await parameters().send(new PutParameterCommand({ ...parameter, Overwrite: true }));
    await parameters().send(new LabelParameterVersionCommand({ Name: '/p/x', Labels: ['blue'] }));
    await parameters().send(new DeleteParameterCommand({ Name: '/p/x' }));

    const events = await received(queue);

    expect(events.map(({ detail }) => detail['operation'])).toEqual([
      'Create',
      'Update',
      'LabelParameterVersion',
      'Delete',
    ]);
    for (const { detail, resources } of events) {
      expect(detail).toMatchObject({ name: '/p/x', type: 'SecureString', description: 'd' });
      expect(resources).toEqual([`arn:aws:ssm:${aws.region}:${hub}:parameter/p/x`]);
    }
  });

  test('an event of another account comes over its bus and keeps its origin', async () => {
    const queue = await queueOfEvents('aws.secretsmanager');
    const client = new EventBridgeClient(clientOptions(member));
    await client.send(
      new PutRuleCommand({ Name: 'all', EventPattern: JSON.stringify({ source: ['aws.secretsmanager'] }) }),
    );
    const Arn = `arn:aws:events:${aws.region}:${hub}:event-bus/default`;
    const RoleArn = `arn:aws:iam::${member}:role/forward`;
    await client.send(new PutTargetsCommand({ Rule: 'all', Targets: [{ Id: 'hub', Arn, RoleArn }] }));

    await secrets(member).send(new CreateSecretCommand({ Name: 'theirs', SecretString: 'x' }));

    expect((await received(queue)).map(({ account }) => account)).toEqual([member]);
  });

  test('PutEvents accepts sources of AWS', async () => {
    const queue = await queueOfEvents('aws.secretsmanager');
    const Entries = [{ Source: 'aws.secretsmanager', DetailType: 'Secret Label Updated', Detail: '{"name":"a"}' }];
    await new EventBridgeClient(clientOptions(hub)).send(new PutEventsCommand({ Entries }));

    expect(await received(queue)).toHaveLength(1);
  });

  test('events are dropped, duplicated, held and delayed by rule', async () => {
    const queue = await queueOfEvents('aws.ssm');
    const put = (Name: string) => parameters().send(new PutParameterCommand({ Name, Type: 'String', Value: 'v' }));
    const names = async () => (await received(queue)).map(({ detail }) => detail['name']);

    await aws.events({ drop: { match: '/lost' } });
    await put('/lost');
    await put('/kept');
    expect(await names()).toEqual(['/kept']);

    await aws.events({ duplicate: 2 });
    await put('/thrice');
    expect(await names()).toEqual(['/thrice', '/thrice', '/thrice']);

    await aws.events({ hold: true });
    await put('/held');
    expect(await names()).toEqual([]);
    await aws.events({ delayMilliseconds: 50 });
    expect(await names()).toEqual(['/held']);

    await put('/late');
    await sleep(100);
    expect(await names()).toEqual(['/late']);
  });
});

describe('Secrets Manager', () => {
  const token = '11111111-2222-4333-8444-555555555555';

  test('a token is the version id, and repeating it is harmless only with the same value', async () => {
    const create = () =>
      secrets().send(new CreateSecretCommand({ Name: 'a', SecretString: '1', ClientRequestToken: token }));
    const put = (SecretString: string) =>
      secrets().send(new PutSecretValueCommand({ SecretId: 'a', SecretString, ClientRequestToken: `${token}-2` }));

    expect((await create()).VersionId).toBe(token);
    expect((await create()).VersionId).toBe(token);
    expect((await put('2')).VersionId).toBe(`${token}-2`);
    expect((await put('2')).VersionStages).toEqual(['AWSCURRENT']);
    expect(await failure(put('3'))).toBe('ResourceExistsException');
    const update = new UpdateSecretCommand({ SecretId: 'a', SecretString: '4', ClientRequestToken: `${token}-4` });
    expect((await secrets().send(update)).VersionId).toBe(`${token}-4`);
    const oldest = await secrets().send(new GetSecretValueCommand({ SecretId: 'a', VersionId: token }));
    expect(oldest.SecretString).toBe('1');
  });

  test('a custom label moves, also together with AWSCURRENT', async () => {
    await secrets().send(new CreateSecretCommand({ Name: 'a', SecretString: '1', ClientRequestToken: token }));
    const put = (SecretString: string, VersionStages: string[]) =>
      secrets().send(new PutSecretValueCommand({ SecretId: 'a', SecretString, VersionStages }));
    await put('2', ['blue']);
    const { VersionId = '' } = await put('3', ['AWSCURRENT', 'blue']);

    const { VersionIdsToStages } = await secrets().send(new DescribeSecretCommand({ SecretId: 'a' }));

    expect(VersionIdsToStages).toEqual({ [token]: ['AWSPREVIOUS'], [VersionId]: ['AWSCURRENT', 'blue'] });
  });

  test('limits are those of AWS', async () => {
    const tooLarge = new CreateSecretCommand({ Name: 'big', SecretString: 'x'.repeat(65_537) });
    const tooMany = new BatchGetSecretValueCommand({ SecretIdList: Array.from({ length: 21 }, (_, i) => `s${i}`) });
    await secrets().send(new CreateSecretCommand({ Name: 'empty' }));

    expect(await failure(secrets().send(tooLarge))).toBe('ValidationException');
    expect(await failure(secrets().send(tooMany))).toBe('ValidationException');
    expect(await failure(secrets().send(new GetSecretValueCommand({ SecretId: 'empty' })))).toBe(
      'ResourceNotFoundException',
    );
  });

  test('name filters are prefixes by exact case', async () => {
    for (const Name of ['prod/a', 'prod/b', 'PROD/c', 'x/prod/d'])
      await secrets().send(new CreateSecretCommand({ Name }));
    const list = async (Values: string[]) => {
      const { SecretList = [] } = await secrets().send(new ListSecretsCommand({ Filters: [{ Key: 'name', Values }] }));
      return SecretList.map(({ Name }) => Name);
    };

    expect(await list(['prod/'])).toEqual(['prod/a', 'prod/b']);
    expect(await list(['prod/', '!prod/b'])).toEqual(['prod/a']);
  });
});

describe('faults', () => {
  const get = (SecretId: string) => secrets().send(new GetSecretValueCommand({ SecretId }));
  beforeEach(async () => {
    for (const Name of ['a', 'b']) await secrets().send(new CreateSecretCommand({ Name, SecretString: '1' }));
    await aws.clearCalls();
  });

  test.each([
    ['throttle', 'ThrottlingException'],
    ['deny', 'AccessDeniedException'],
    ['error', 'InternalServiceError'],
  ] as const)('%s meets the named secret alone, as often as asked', async (kind, name) => {
    const { ARN = '' } = await secrets().send(new DescribeSecretCommand({ SecretId: 'a' }));
    await aws.faults([{ kind, service: 'secretsmanager', action: 'GetSecretValue', match: 'secret:a-', count: 2 }]);

    expect(await failure(get('a'))).toBe(name);
    expect(await failure(get('b'))).toBe('no error');
    expect(await failure(get(ARN))).toBe(name);
    expect(await failure(get('a'))).toBe('no error');
    expect((await aws.calls()).actions['secretsmanager.GetSecretValue']).toBe(4);
  });

  test('a batch reports the secret that meets a fault and counts the others', async () => {
    await aws.faults([{ kind: 'deny', action: 'GetSecretValue', match: 'secret:b-' }]);

    const batch = await secrets().send(new BatchGetSecretValueCommand({ SecretIdList: ['a', 'b'] }));

    expect(batch.SecretValues?.map(({ Name }) => Name)).toEqual(['a']);
    expect(batch.Errors).toMatchObject([{ SecretId: 'b', ErrorCode: 'AccessDeniedException' }]);
    expect(await aws.calls()).toEqual({
      actions: { 'secretsmanager.BatchGetSecretValue': 1 },
      secretReads: { a: 1 },
    });
  });

  test('a stale read answers the previous version for a while', async () => {
    await aws.faults([{ kind: 'stale', action: 'GetSecretValue', match: 'secret:a-', seconds: 0.3 }]);
    await secrets().send(new PutSecretValueCommand({ SecretId: 'a', SecretString: '2' }));

    expect(await get('a')).toMatchObject({ SecretString: '1', VersionStages: ['AWSCURRENT'] });
    await sleep(350);
    expect((await get('a')).SecretString).toBe('2');
  });

  test('STS fails in its own words', async () => {
    const ask = () => new STSClient(clientOptions(hub)).send(new GetCallerIdentityCommand({}));

    await aws.faults([{ kind: 'throttle', service: 'sts', count: 1 }]);
    expect(await failure(ask())).toBe('Throttling');
    await aws.faults([{ kind: 'deny', service: 'sts', accessKey: hub }]);
    expect(await failure(ask())).toBe('AccessDenied');
  });

  test('a call waits as long as told', async () => {
    await aws.faults([{ kind: 'delay', action: 'GetSecretValue', milliseconds: 300 }]);
    const start = performance.now();

    await get('a');

    expect(performance.now() - start).toBeGreaterThan(290);
  });

  test('a mistyped rule is refused', async () => {
    const rule = { kind: 'deny', mtach: 'a' } as const;

    await expect(aws.faults([rule])).rejects.toThrow('unknown: mtach');
  });
});

test('the emulator does not outlive a process that is killed', async () => {
  const module = join(import.meta.dirname, '../../local/aws/start-local-aws.ts');
  const script = `
    const { startLocalAws } = await import(${JSON.stringify(module)});
    const aws = await startLocalAws({ directory: ${JSON.stringify(join(directory, 'killed'))}, log: () => undefined });
    process.stdout.write(aws.endpoint, () => process.kill(process.pid, 'SIGKILL'));`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let endpoint = '';
  child.stdout.on('data', (chunk) => {
    endpoint += chunk;
  });
  const [, signal] = await once(child, 'close');
  await sleep(300);

  expect(signal).toBe('SIGKILL');
  expect(await failure(fetch(endpoint))).toBe('TypeError');
});

describe('a deployed service', () => {
  let serviceDirectory: string;
  const options = () => ({ aws, serviceDirectory, stage: 'e2e', parameters: { color: 'red' }, log: () => undefined });

  beforeAll(async () => {
    serviceDirectory = join(directory, 'service');
    await mkdir(serviceDirectory);
    await writeFile(join(serviceDirectory, 'serverless.yml'), serviceFile);
    const stdin = { contents: handlerFile, resolveDir: import.meta.dirname };
    await build({ stdin, bundle: true, platform: 'node', format: 'cjs', outfile: join(serviceDirectory, 'index.js') });
  });

  test('receives events through its queue, in an environment of its own, and its logs can be read', async () => {
    await createReader();
    await secrets(member).send(new CreateSecretCommand({ Name: 'theirs', SecretString: 'canary' }));
    const stack = await deployService(options());
    expect(stack.name).toBe('tiny-e2e');
    expect(stack.outputs['QueueUrl']).toBe(stack.resources['Queue']);

    await secrets().send(new CreateSecretCommand({ Name: 'a', SecretString: 'canary' }));
    await sleep(2_000);

    const log = (await readLogs(aws))['/aws/lambda/tiny-e2e-work'] ?? '';
    expect(log).toContain('CreateSecret');
    expect(log).toContain('color red node v24');
    expect(log).toContain('foreign variables: none');
    expect(log).toContain('https stays https');
    expect(log).toContain(`caller arn:aws:sts::${hub}:assumed-role/tiny-e2e/tiny-e2e-work`);
    expect(log).toContain('own account: AccessDeniedException');
    expect(log).toContain('member account: theirs');

    await aws.faults([{ kind: 'deny', action: 'GetSecretValue', role: 'assumed-role/reader/' }]);
    await secrets().send(new PutSecretValueCommand({ SecretId: 'a', SecretString: 'canary' }));
    await sleep(2_000);
    expect((await readLogs(aws))['/aws/lambda/tiny-e2e-work']).toContain('member account: AccessDeniedException');
    await removeService(options());
  });
});

/** A role of the member account that the function's role may assume to read one secret. */
async function createReader(): Promise<void> {
  const statement = (properties: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...properties }] });
  const trust = statement({ Principal: { AWS: `arn:aws:iam::${hub}:role/tiny-e2e` }, Action: 'sts:AssumeRole' });
  await iam({ Action: 'CreateRole', RoleName: 'reader', AssumeRolePolicyDocument: trust });
  const Resource = `arn:aws:secretsmanager:*:${member}:secret:theirs-??????`;
  const PolicyDocument = statement({ Action: 'secretsmanager:GetSecretValue', Resource });
  await iam({ Action: 'PutRolePolicy', RoleName: 'reader', PolicyName: 'read', PolicyDocument });
}

/** The emulator checks no signature of an account's root. */
async function iam(call: Record<string, string>): Promise<void> {
  const credential = `${member}/20260101/us-east-1/iam/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`;
  const body = new URLSearchParams({ Version: '2010-05-08', ...call });
  const response = await fetch(aws.endpoint, { method: 'POST', headers: { authorization }, body });
  expect(response.status).toBe(200);
}

const serviceFile = `
service: tiny
provider: { name: aws, runtime: nodejs24.x, region: '\${opt:region}', deploymentMethod: direct, versionFunctions: false }
package: { patterns: ['!**', index.js] }
functions:
  work:
    handler: index.work
    role: Role
    reservedConcurrency: 1
    environment: { COLOR: '\${param:color}' }
    events: [{ sqs: { arn: !GetAtt Queue.Arn, batchSize: 10 } }]
resources:
  Resources:
    Queue: { Type: AWS::SQS::Queue }
    Rule:
      Type: AWS::Events::Rule
      Properties: { EventPattern: { source: [aws.secretsmanager] }, Targets: [{ Id: queue, Arn: !GetAtt Queue.Arn }] }
    Role:
      Type: AWS::IAM::Role
      Properties:
        RoleName: tiny-\${opt:stage}
        AssumeRolePolicyDocument:
          Version: '2012-10-17'
          Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }]
        Policies:
          - PolicyName: assume
            PolicyDocument:
              Version: '2012-10-17'
              Statement: [{ Effect: Allow, Action: sts:AssumeRole, Resource: 'arn:aws:iam::${member}:role/reader' }]
  Outputs: { QueueUrl: { Value: !Ref Queue } }
`;

const handlerFile = `
import https from 'node:https';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
const secure = process.env.AWS_ENDPOINT_URL.replace('http:', 'https:');
const read = async (SecretId, credentials) =>
  new SecretsManagerClient({ credentials }).send(new GetSecretValueCommand({ SecretId })).then(({ Name }) => Name, ({ name }) => name);
const foreign = /^(PYTHON|MINISTACK|AUTH$|BIND_|GATEWAY|STATE_DIR|S3_DATA|LOG_LEVEL|DOCKER|SFTP|IOT)/;
export const work = async ({ Records }) => {
  const names = Object.keys(process.env).filter((name) => foreign.test(name));
  console.log('color ' + process.env.COLOR + ' node ' + process.version);
  console.log('foreign variables: ' + (names.join() || 'none'));
  const works = await new Promise((resolve) => https.get(secure, () => resolve(true)).on('error', () => resolve(false)));
  console.log(works ? 'https became http' : 'https stays https');
  const sts = new STSClient({});
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
  console.log('caller ' + Arn);
  console.log('own account: ' + (await read('a')));
  const RoleArn = 'arn:aws:iam::${member}:role/reader';
  const { Credentials: c } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'e2e' }));
  const reader = { accessKeyId: c.AccessKeyId, secretAccessKey: c.SecretAccessKey, sessionToken: c.SessionToken };
  console.log('member account: ' + (await read('theirs', reader)));
  for (const { body } of Records) console.log(JSON.parse(body).detail.eventName);
};
`;
