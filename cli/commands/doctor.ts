import type { Command } from 'commander';
import type { DoctorRequest } from '../../src/app/doctor.ts';
import { isBroken } from '../../src/domain/doctor/hop.ts';
import { SaidError, UsageError } from '../cli-error.ts';
import { formatSubjects } from '../doctor-texts.ts';
import type { Edge } from '../edge.ts';
import type { KubeconfigAccess } from '../kubeconfig.ts';
import { isJson, toJson, withServices } from '../with-services.ts';
import { notRegistered } from './cluster-show.ts';

const EXAMPLES = `
Every hop between a secret and a cluster is tried, and nothing is changed: the hub's rules and queues; network, TLS, token,
access and permissions of each cluster; what External Secrets Operator left there; and with --store who reads, role after
role, down to a key and its encryption. A value that is read on the way is shown to nobody. Of the first hop that is broken
you see what was tried, as whom, what answered, and what mends it. Exit code 1: something is broken.

It runs as you. Where a role trusts the service and not you, the service's own record of its last attempt is shown.

Examples:
  $ secretcast doctor
  $ secretcast doctor --cluster blue --store shop/aws --key prod/db
  $ secretcast doctor --cluster blue --store shared --namespace shop
  $ secretcast doctor --cluster lab --context lab-admin --output json | jq '.subjects[].hops[] | select(.status == "failed")'`;

interface DoctorOptions {
  readonly cluster?: string;
  readonly store?: string;
  readonly namespace?: string;
  readonly key?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}

export const addDoctor = (parent: Command, edge: Edge): void => {
  const command = parent
    .command('doctor')
    .description('Find the broken hop between a secret and a cluster, and what mends it.')
    .option('--cluster <name>', 'this cluster only')
    .option('--store <[namespace/]name>', 'follow this SecretStore, or ClusterSecretStore, of the cluster to AWS')
    .option('-n, --namespace <name>', 'namespace whose objects read through the ClusterSecretStore')
    .option('--key <key>', 'read this key through the store, as remoteRef.key names it')
    .option('--kubeconfig <file>', 'look at webhooks and definitions as a user of this file (default: as the service)')
    .option('--context <name>', 'context of the kubeconfig that does so')
    .addHelpText('after', EXAMPLES);
  command.action(async (options: DoctorOptions) => {
    const request = toRequest(options);
    const administrator = await administratorOf(options, edge);
    await withServices({ command, edge, attempt: 'looking for what is broken' }, async ({ diagnose }) => {
      const subjects = await diagnose(request, administrator);
      if (subjects === undefined) throw notRegistered(options.cluster ?? '');
      const isHealthy = !subjects.some(isBroken);
      edge.out(isJson(command) ? toJson({ healthy: isHealthy, subjects }) : formatSubjects(subjects));
      if (!isHealthy) throw new SaidError();
    });
  });
};

const toRequest = ({ cluster, store, namespace, key, kubeconfig, context }: DoctorOptions): DoctorRequest => {
  if (cluster === undefined && [store, kubeconfig, context].some((given) => given !== undefined))
    throw new UsageError('--store, --kubeconfig and --context go with --cluster');
  if (store === undefined && (key ?? namespace) !== undefined)
    throw new UsageError('--key and --namespace go with --store');
  return {
    ...(cluster === undefined ? {} : { cluster }),
    ...(store === undefined ? {} : { store: toStore(store) }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(key === undefined ? {} : { key }),
  };
};

const toStore = (text: string): NonNullable<DoctorRequest['store']> => {
  const [first = '', second, ...more] = text.split('/');
  if (first === '' || second === '' || more.length > 0)
    throw new UsageError('a SecretStore is named as NAMESPACE/NAME, a ClusterSecretStore as NAME');
  return second === undefined
    ? { kind: 'ClusterSecretStore', namespace: '', name: first }
    : { kind: 'SecretStore', namespace: first, name: second };
};

/** The Kubernetes library is large, and most look without it. */
const administratorOf = async (
  { kubeconfig: file, context }: DoctorOptions,
  { env }: Edge,
): Promise<KubeconfigAccess | undefined> => {
  if ((file ?? context) === undefined) return undefined;
  const { readKubeconfig } = await import('../kubeconfig.ts');
  return readKubeconfig({ ...(file !== undefined && { file }), ...(context !== undefined && { context }) }, env);
};
