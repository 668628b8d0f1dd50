#!/usr/bin/env node
// Plain JavaScript: any Node from 20 on can run this file, and it finds the one that can run the rest.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The first major version that runs TypeScript without flags and that every dependency supports. */
const NEEDED_MAJOR = 24;
const FAILED = 1;

const script = fileURLToPath(new URL('./secretcast.ts', import.meta.url));
const bundledNode = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));

if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) {
  await import('./secretcast.ts');
} else if (existsSync(bundledNode)) {
  runWith(bundledNode);
} else {
  process.stderr.write(
    `secretcast: this is Node ${process.versions.node}, and Node ${NEEDED_MAJOR} is needed: run \`npm ci\` in ${fileURLToPath(new URL('..', import.meta.url))}, which brings it along\n`,
  );
  process.exitCode = FAILED;
}

/** @param {string} node */
function runWith(node) {
  const child = spawn(node, [script, ...process.argv.slice(2)], { stdio: 'inherit' });
  const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  child.on('error', () => {
    process.stderr.write(`secretcast: ${node} does not start: run \`npm ci\` again\n`);
    process.exitCode = FAILED;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? FAILED) : FAILED;
  });
}
