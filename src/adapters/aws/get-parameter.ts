import type { Parameter } from '@aws-sdk/client-ssm';
import type { RemoteSecret } from '../../app/ports/secret-reader.ts';
import { SecretValue } from '../../domain/secret-value.ts';

/** A parameter as each call that reads values answers it. */
export const toRemoteParameter = ({ Value, Version, LastModifiedDate }: Parameter): RemoteSecret => ({
  ...(Value === undefined ? {} : { text: SecretValue.fromText(Value) }),
  version: Version === undefined ? '' : String(Version),
  ...(LastModifiedDate === undefined ? {} : { createdAt: LastModifiedDate.getTime() }),
});
