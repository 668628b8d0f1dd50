import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EksCluster } from '../../cli/aws/describe-eks-cluster.ts';
import type { Services } from '../../cli/edge.ts';
import { runCli } from '../../cli/run-cli.ts';
import type { Settings } from '../../cli/settings.ts';
import { createAcceptAbsence } from '../../src/app/accept-absence.ts';
import { createRegisterCluster } from '../../src/app/register-cluster.ts';
import { createRemoveCluster } from '../../src/app/remove-cluster.ts';
import { createShowClusters } from '../../src/app/show-clusters.ts';
import { createShowStatus } from '../../src/app/show-status.ts';
import { testEngine } from '../support/engines.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFakeCluster } from '../support/fake-cluster.ts';
import { createDoctorWorld, createFakeDoctor } from '../support/fake-doctor.ts';
import { createFakeSecrets } from '../support/fake-secrets.ts';
import { createFakeTables } from '../support/fake-tables.ts';
import { createFakeConnectionSecrets } from './fake-connection-secrets.ts';

export const CHECKOUT = join(import.meta.dirname, '../..');

export const EKS: EksCluster = {
  region: 'eu-west-1',
  server: 'https://eks.example.com',
  certificateAuthority: 'PEM',
  isPublic: true,
};

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A deployed service in memory, one cluster in the world, and the command line before both. */
export const createCliWorld = ({ checkout = '/nowhere' }: { readonly checkout?: string } = {}) => {
  const clock = createFakeClock();
  const tables = createFakeTables(clock);
  const cluster = createFakeCluster();
  const connectionSecrets = createFakeConnectionSecrets();
  const secrets = createFakeSecrets(clock.now);
  const health = createDoctorWorld();
  const directory = mkdtempSync(join(tmpdir(), 'secretcast-cli-'));
  const composed: Settings[] = [];
  const env: Record<string, string> = {};
  const stdin: string[] = [];
  const connect = async () => cluster.client;
  const diagnose = createFakeDoctor({ tables, cluster, secrets, world: health });
  const services: Services = {
    registerCluster: createRegisterCluster({ clusters: tables.clusters, connectionSecrets, connect }),
    removeCluster: createRemoveCluster({ clusters: tables.clusters, connectionSecrets }),
    acceptAbsence: createAcceptAbsence({ clusters: tables.clusters, clock }),
    showClusters: createShowClusters(tables),
    showStatus: createShowStatus(tables),
    describeEksCluster: async () => EKS,
    diagnose: (request) => diagnose(request),
    close: () => undefined,
  };

  const run = async (...words: readonly string[]): Promise<Outcome> => {
    const out: string[] = [];
    const err: string[] = [];
    const code = await runCli(words, {
      out: (text) => out.push(text),
      err: (text) => err.push(text),
      hasColour: false,
      env,
      checkout,
      now: clock.now,
      engines: async () => testEngine,
      readStdin: async () => stdin.join(''),
      compose: async (settings) => {
        composed.push(settings);
        return services;
      },
    });
    return { code, out: out.join(''), err: err.join('') };
  };

  /** @returns its path */
  const writeFile = (name: string, content: string): string => {
    const file = join(directory, name);
    writeFileSync(file, content);
    return file;
  };
  const remove = () => rmSync(directory, { recursive: true, force: true });
  return {
    tables,
    cluster,
    secrets,
    health,
    clock,
    connectionSecrets,
    composed,
    env,
    stdin,
    directory,
    run,
    writeFile,
    remove,
  };
};

export type CliWorld = ReturnType<typeof createCliWorld>;

/** A kubeconfig with one context, `lab`, whose user and cluster have these members. */
export const kubeconfig = (
  user: Readonly<Record<string, unknown>>,
  cluster: Readonly<Record<string, unknown>> = { server: 'https://lab.example.com' },
): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'lab',
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'robot' } }],
    clusters: [{ name: 'lab', cluster }],
    users: [{ name: 'robot', user }],
  });
