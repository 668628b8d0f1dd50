import { type Command, Option } from 'commander';
import { stringify } from 'yaml';
import { type AccessOptions, rbacManifests } from '../../src/domain/rbac.ts';
import type { Edge } from '../edge.ts';
import { parseServiceAccount } from '../parse-arguments.ts';
import { isJson, toJson } from '../with-services.ts';
import { toList } from './crds.ts';

const EXAMPLES = `
The group is what an EKS access entry names (aws eks create-access-entry --kubernetes-groups secretcast); a token or a
client certificate of a user outside it needs --user. Tokens are asked for the named service accounts only.

Examples:
  $ secretcast rbac | kubectl apply -f -
  $ secretcast rbac --namespace orders billing --service-account orders/secrets-reader
  $ secretcast rbac --user system:serviceaccount:kube-system:secretcast`;

interface RbacOptions {
  readonly namespace: readonly string[];
  readonly serviceAccount: AccessOptions['serviceAccounts'];
  readonly group: string;
  readonly user?: string;
}

export const addRbac = (parent: Command, edge: Edge): void => {
  const command = parent
    .command('rbac')
    .description('Print the roles and bindings that the service needs in a cluster, to apply there.')
    .addOption(new Option('--namespace <name...>', 'namespaces the service acts in').default([], 'all'))
    .addOption(
      new Option('--service-account <namespace/name...>', 'service accounts that stores use')
        .argParser(parseServiceAccount)
        .default([], 'none'),
    )
    .option('--group <name>', 'Kubernetes group of the service', 'secretcast')
    .option('--user <name>', 'Kubernetes user of the service, besides the group')
    .addHelpText('after', EXAMPLES);
  command.action(({ namespace, serviceAccount, group, user }: RbacOptions) => {
    const manifests = rbacManifests({
      group,
      namespaces: namespace,
      serviceAccounts: serviceAccount,
      ...(user === undefined ? {} : { user }),
    });
    edge.out(isJson(command) ? toJson(toList(manifests)) : manifests.map(toYaml).join('---\n'));
  });
};

/** No anchors: every manifest can be cut out and used alone. */
const toYaml = (manifest: unknown): string => stringify(manifest, { aliasDuplicateObjects: false });
