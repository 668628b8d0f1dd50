import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { CHECKOUT } from './cli-world.ts';

const run = (...words: readonly string[]) =>
  spawnSync(process.execPath, [join(CHECKOUT, 'cli/bin.js'), ...words], { encoding: 'utf8', cwd: '/' });

test('runs from any folder, and says nothing but what it was asked for', () => {
  const { status, stdout, stderr } = run('rbac');

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('kind: ClusterRole');
});

test('gives the exit code of the command', () => {
  expect(run('bogus').status).toBe(2);
});
