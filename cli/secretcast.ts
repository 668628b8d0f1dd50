import { join } from 'node:path';
import { runCli } from './run-cli.ts';

process.stdout.on('error', () => process.exit()); // whoever read it has seen enough: `secretcast crds | head`

process.exitCode = await runCli(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  hasColour: process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
  env: process.env,
  checkout: join(import.meta.dirname, '..'),
  now: Date.now,
  compose: async (settings) => (await import('./compose.ts')).compose(settings), // help needs no AWS client
});
