import { pathToFileURL } from 'node:url';
import { createEngine } from '../../src/adapters/engine/engine.ts';
import { engineFiles } from '../../src/adapters/engine/engine-files.ts';
import { SecretValue } from '../../src/domain/secret-value.ts';

/*
 * `first-result.ts BUNDLE` prints how long the first evaluation of a process takes with the engine beside a bundle, from
 * compressed file to result: milliseconds that passed, and milliseconds of processors in all threads.
 */

const [bundle = ''] = process.argv.slice(2);
const before = process.cpuUsage();
const startedAt = performance.now();
await createEngine({ files: engineFiles(pathToFileURL(bundle).href) }).render({
  data: new Map([['user', SecretValue.fromText('app')]]),
  templates: [{ name: 'user', scope: 'Values', text: SecretValue.fromText('{{ .user | upper }}') }],
});
const passed = performance.now() - startedAt;
const { user, system } = process.cpuUsage(before);
console.log(passed, (user + system) / 1_000);
