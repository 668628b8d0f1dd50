import { expect, test } from '@jest/globals';
import { CliError } from '../../cli/cli-error.ts';
import { explainError } from '../../cli/explain-error.ts';
import { TableUnavailableError } from '../../src/domain/sync-error.ts';

const CANARY = 'CANARY-55d0';
const named = (name: string, message = CANARY): Error => Object.assign(new Error(message), { name });

test.each([
  { error: new CliError('no such thing', 'try another'), what: 'no such thing' },
  { error: new TableUnavailableError('Query on the state table failed: throttled'), what: 'Query on the state table' },
  {
    error: new TableUnavailableError('GetItem failed', { cause: named('CredentialsProviderError') }),
    what: 'no usable AWS credentials',
  },
  { error: named('ExpiredTokenException'), what: 'does not accept the credentials (ExpiredTokenException)' },
  { error: named('InvalidSignatureException'), what: 'does not accept the credentials' },
  { error: named('AccessDeniedException', 'User: u is not authorized'), what: 'AWS denied it: User: u is not' },
  { error: new Error('Region is missing'), what: 'the AWS Region of the service is not known' },
  { error: Object.assign(new Error(CANARY), { code: 'ECONNREFUSED' }), what: 'no connection to AWS (ECONNREFUSED)' },
  { error: new SyntaxError(`Unexpected token in ${CANARY}`), what: 'unexpected SyntaxError' },
  { error: CANARY, what: 'unexpected string' },
])('$what', ({ error, what }) => {
  const explanation = explainError(error);

  expect(explanation.what).toContain(what);
  expect(JSON.stringify(explanation)).not.toContain(CANARY);
});
