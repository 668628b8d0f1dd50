import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { preparePython } from '../../../local/aws/python-environment.ts';
import type { ClusterAdmin } from './cluster-admin.ts';
import type { E2e } from './stack.ts';

const execute = promisify(execFile);
const GUIDES = join(import.meta.dirname, '../../fixtures/guides');
const TOOLS = join(import.meta.dirname, 'guide-tools');

export interface Reader {
  readonly cluster: ClusterAdmin;
  /** Whose root types. @default the hub's */
  readonly accountId?: string;
  /** Shell variables of the script besides `ACCOUNT`. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Somebody who follows a guide, typing what it says. */
export interface GuideReader {
  /** Runs a script of `test/fixtures/guides`. @returns what it printed. @throws Error - what the first command that failed said */
  readonly follow: (script: string, reader: Reader) => Promise<string>;
}

/** @param folder - for the tools, made here */
export const createGuideReader = async ({ aws, directory }: E2e): Promise<GuideReader> => {
  const python = await preparePython({ log: () => undefined });
  const bin = join(directory, 'guide-tools');
  await mkdir(bin, { recursive: true });
  for (const tool of ['aws', 'kubectl']) {
    const file = join(bin, tool);
    await writeFile(file, `#!/bin/sh\nexec '${python}' '${join(TOOLS, `${tool}.py`)}' "$@"\n`);
    await chmod(file, 0o755);
  }
  return {
    follow: async (script, { cluster, accountId = aws.accountId, variables = {} }) => {
      const authority = join(bin, `${cluster.name}.pem`);
      await writeFile(authority, cluster.local.certificateAuthority);
      const { accessKeyId, secretAccessKey } = aws.rootOf(accountId);
      const env = {
        PATH: `${bin}:${process.env['PATH'] ?? ''}`,
        HOME: directory,
        AWS_ENDPOINT_URL: aws.endpoint,
        AWS_DEFAULT_REGION: aws.region,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        KUBE_SERVER: cluster.local.server,
        KUBE_TOKEN: cluster.local.adminToken,
        KUBE_CA: authority,
        ACCOUNT: accountId,
        ...variables,
      };
      return (await execute('bash', ['-euo', 'pipefail', script], { cwd: GUIDES, env })).stdout;
    },
  };
};
