import type { AwsAnswer, AwsRequest } from './aws-server.ts';
import { failure, LOCATION, success, textsIn } from './aws-server-secrets.ts';
import type { FakeCertificates } from './fake-certificates.ts';
import type { FakeParameters } from './fake-parameters.ts';
import type { FakeSecretsManager, FakeValue } from './fake-secrets-manager.ts';

type Input = AwsRequest['input'];
type Tags = Readonly<Record<string, string>>;
type Answers<T> = Readonly<Record<string, (fake: T, input: Input, name: string) => AwsAnswer>>;

/** A change that a service is asked for; undefined: the request is none. */
export const answerSecretChange = (manager: FakeSecretsManager, request: AwsRequest): AwsAnswer | undefined => {
  const answer = SECRET_CHANGES[request.target];
  if (answer === undefined) return undefined;
  const { input } = request;
  const name = manager.nameOf(String(input['SecretId'] ?? input['Name']), LOCATION);
  const isThere = manager.describe(name, LOCATION) !== undefined;
  if (!isThere && request.target !== 'secretsmanager.CreateSecret')
    return failure('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
  return answer(manager, input, name);
};

const SECRET_CHANGES: Answers<FakeSecretsManager> = {
  'secretsmanager.CreateSecret': (manager, input, name) => {
    if (manager.isMarkedForDeletion(name)) return failure('InvalidRequestException', 'already scheduled for deletion');
    if (manager.describe(name, LOCATION) !== undefined)
      return failure('ResourceExistsException', 'the secret already exists');
    const id = String(input['ClientRequestToken']);
    manager.putVersion(name, id, valueIn(input));
    manager.settle(name, {
      tags: tagsIn(input['Tags']),
      description: String(input['Description']),
      kmsKeyId: String(input['KmsKeyId']),
      replicas: regionsIn(input['AddReplicaRegions']),
    });
    return success({ ARN: manager.describe(name, LOCATION)?.arn, Name: name, VersionId: id });
  },
  'secretsmanager.PutSecretValue': (manager, input, name) => {
    const id = String(input['ClientRequestToken']);
    if (manager.putVersion(name, id, valueIn(input)) === 'taken')
      return failure('ResourceExistsException', 'a version of this id has another value');
    return success({
      Name: name,
      VersionId: id,
      VersionStages: manager.describe(name, LOCATION)?.stages.get(id) ?? [],
    });
  },
  'secretsmanager.DeleteSecret': (manager, input, name) => {
    if (input['ForceDeleteWithoutRecovery'] === true) manager.delete(name);
    else manager.scheduleDeletion(name);
    return success({ Name: name });
  },
  'secretsmanager.TagResource': (manager, input, name) => {
    manager.tag(name, { ...manager.describe(name, LOCATION)?.tags, ...tagsIn(input['Tags']) });
    return success({});
  },
  'secretsmanager.UntagResource': (manager, input, name) => {
    manager.tag(name, withoutKeys(manager.describe(name, LOCATION)?.tags ?? {}, textsIn(input['TagKeys'])));
    return success({});
  },
  'secretsmanager.GetResourcePolicy': (manager, _, name) =>
    success({ Name: name, ResourcePolicy: manager.describe(name, LOCATION)?.policy }),
  'secretsmanager.PutResourcePolicy': (manager, input, name) => {
    manager.settle(name, { policy: String(input['ResourcePolicy']) });
    return success({ Name: name });
  },
  'secretsmanager.DeleteResourcePolicy': (manager, _, name) => {
    manager.settle(name, { policy: undefined });
    return success({ Name: name });
  },
  'secretsmanager.ReplicateSecretToRegions': (manager, input, name) => {
    const { replicas = [] } = manager.describe(name, LOCATION) ?? {};
    manager.settle(name, { replicas: [...replicas, ...regionsIn(input['AddReplicaRegions'])] });
    return success({});
  },
  'secretsmanager.RemoveRegionsFromReplication': (manager, input, name) => {
    const { replicas = [] } = manager.describe(name, LOCATION) ?? {};
    const removed = textsIn(input['RemoveReplicaRegions']);
    manager.settle(name, { replicas: replicas.filter((region) => !removed.includes(region)) });
    return success({});
  },
};

export const answerParameterChange = (
  parameters: FakeParameters,
  { target, input }: AwsRequest,
): AwsAnswer | undefined =>
  PARAMETER_CHANGES[target]?.(parameters, input, String(input['Name'] ?? input['ResourceId']));

const PARAMETER_CHANGES: Answers<FakeParameters> = {
  'AmazonSSM.PutParameter': (parameters, input, name) => {
    const isThere = parameters.tagsOf(name) !== undefined;
    if (isThere && input['Overwrite'] !== true)
      return failure('ParameterAlreadyExists', 'The parameter already exists.');
    const version = parameters.put(name, String(input['Value']));
    if (!isThere) parameters.tag(name, tagsIn(input['Tags']));
    return success({ Version: Number(version) });
  },
  'AmazonSSM.AddTagsToResource': (parameters, input, name) => {
    parameters.tag(name, { ...parameters.tagsOf(name), ...tagsIn(input['Tags']) });
    return success({});
  },
  'AmazonSSM.RemoveTagsFromResource': (parameters, input, name) => {
    parameters.tag(name, withoutKeys(parameters.tagsOf(name) ?? {}, textsIn(input['TagKeys'])));
    return success({});
  },
  'AmazonSSM.DeleteParameter': (parameters, _, name) => {
    parameters.delete(name);
    return success({});
  },
};

export const answerCertificateChange = (
  certificates: FakeCertificates,
  { target, input }: AwsRequest,
): AwsAnswer | undefined => CERTIFICATE_CHANGES[target]?.(certificates, input, String(input['CertificateArn'] ?? ''));

const CERTIFICATE_CHANGES: Answers<FakeCertificates> = {
  'ResourceGroupsTaggingAPI_20170126.GetResources': (certificates, input) => {
    const filters: unknown = input['TagFilters'];
    const tags = Array.isArray(filters)
      ? filters.map(({ Key, Values }) => [String(Key), textsIn(Values)[0] ?? ''])
      : [];
    const found = certificates.find(Object.fromEntries(tags));
    const start = Number(input['PaginationToken'] ?? 0); // one on each page
    return success({
      ResourceTagMappingList: found.slice(start, start + 1).map((ResourceARN) => ({ ResourceARN })),
      PaginationToken: start + 1 < found.length ? String(start + 1) : '',
    });
  },
  'CertificateManager.ImportCertificate': (certificates, input, into) => {
    const certificate = decoded(input['Certificate']);
    const chain = input['CertificateChain'] === undefined ? certificate : decoded(input['CertificateChain']);
    const tags = certificates.get(into)?.tags ?? tagsIn(input['Tags']);
    const made = { certificate, chain, key: decoded(input['PrivateKey']), tags };
    return success({ CertificateArn: certificates.import(made, into === '' ? undefined : into) });
  },
  'CertificateManager.ListTagsForCertificate': (certificates, _, arn) => {
    const found = certificates.get(arn);
    if (found === undefined) return failure('ResourceNotFoundException', `Could not find certificate ${arn}.`);
    return success({ Tags: Object.entries(found.tags ?? {}).map(([Key, Value]) => ({ Key, Value })) });
  },
  'CertificateManager.AddTagsToCertificate': (certificates, input, arn) => {
    certificates.tag(arn, { ...certificates.get(arn)?.tags, ...tagsIn(input['Tags']) });
    return success({});
  },
  'CertificateManager.RemoveTagsFromCertificate': (certificates, input, arn) => {
    const keys = Object.keys(tagsIn(input['Tags']));
    certificates.tag(arn, withoutKeys(certificates.get(arn)?.tags ?? {}, keys));
    return success({});
  },
  'CertificateManager.DeleteCertificate': (certificates, _, arn) => {
    certificates.delete(arn);
    return success({});
  },
};

const decoded = (base64: unknown): string => Buffer.from(String(base64), 'base64').toString();

const valueIn = (input: Input): FakeValue =>
  input['SecretBinary'] === undefined
    ? { text: String(input['SecretString']) }
    : { bytes: Buffer.from(String(input['SecretBinary']), 'base64') };

const tagsIn = (list: unknown): Tags =>
  Object.fromEntries(Array.isArray(list) ? list.map(({ Key, Value }) => [String(Key), String(Value)]) : []);

const regionsIn = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.map(({ Region }) => String(Region)) : [];

const withoutKeys = (tags: Tags, keys: readonly string[]): Tags =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)));
