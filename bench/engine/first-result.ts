import { createEngine } from '../../src/adapters/engine/engine.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';

/* Prints how long the first evaluation of a process takes, from compressed file to result, in milliseconds. */

const startedAt = performance.now();
await createEngine().render({
  data: new Map([['user', SecretValue.fromText('app')]]),
  templates: [{ name: 'user', scope: 'Values', text: SecretValue.fromText('{{ .user | upper }}') }],
});
console.log(performance.now() - startedAt);
