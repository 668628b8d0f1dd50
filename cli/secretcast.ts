import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { runCli } from './run-cli.ts';

process.stdout.on('error', () => process.exit()); // whoever read it has seen enough: `secretcast crds | head`

process.exitCode = await runCli(process.argv.slice(2), {
  out: (said) => process.stdout.write(said),
  err: (said) => process.stderr.write(said),
  hasColour: process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '',
  env: process.env,
  checkout: join(import.meta.dirname, '..'),
  now: Date.now,
  engines: async () => (await import('../src/adapters/engine/engine.ts')).createEngine(),
  readStdin: () => text(process.stdin),
  compose: async (settings) => (await import('./compose.ts')).compose(settings), // help needs no AWS client
});
