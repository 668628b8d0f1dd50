import type { Parameter } from '@aws-sdk/client-ssm';
import type { RemoteSecret } from '../../app/ports/secret-reader.ts';
import { SecretValue } from '../../domain/secret-value.ts';
import type { AwsOperation } from './aws-error.ts';

/** A version or label that is not there leaves the parameter existing: no reason to delete anything. */
export const GET_PARAMETER: AwsOperation = {
  service: 'SSM',
  name: 'GetParameter',
  exceptions: ['InternalServerError', 'InvalidKeyId', 'ParameterNotFound', 'ParameterVersionNotFound'],
  notFound: ['ParameterNotFound'],
};

export const LIST_PARAMETER_TAGS: AwsOperation = {
  service: 'SSM',
  name: 'ListTagsForResource',
  exceptions: ['InternalServerError', 'InvalidResourceId', 'InvalidResourceType'],
  prefix: 'error listing tags ',
};

/** A parameter as each call that reads values answers it. */
export const toRemoteParameter = ({ Value, Version, LastModifiedDate }: Parameter): RemoteSecret => ({
  ...(Value === undefined ? {} : { text: SecretValue.fromText(Value) }),
  version: Version === undefined ? '' : String(Version),
  ...(LastModifiedDate === undefined ? {} : { createdAt: LastModifiedDate.getTime() }),
});
