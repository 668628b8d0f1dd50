import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { formatCluster, toClusterJson } from '../cluster-texts.ts';
import type { Edge } from '../edge.ts';
import { isJson, toJson, withServices } from '../with-services.ts';

const EXAMPLES = `
Examples:
  $ secretcast cluster show blue
  $ secretcast cluster show blue --output json`;

export const addClusterShow = (parent: Command, edge: Edge): void => {
  const command = parent
    .command('show')
    .description('Show the registration of one cluster.')
    .argument('<name>', 'name of the cluster')
    .addHelpText('after', EXAMPLES);
  command.action(async (name: string) => {
    await withServices({ command, edge, attempt: `showing cluster ${name}` }, async ({ showClusters }) => {
      const report = await showClusters.one(name);
      if (report === undefined) throw notRegistered(name);
      edge.out(isJson(command) ? toJson(toClusterJson(report)) : formatCluster(report, edge.now()));
    });
  });
};

export const notRegistered = (name: string): CliError =>
  new CliError(`no cluster ${name} is registered`, '`secretcast cluster list` shows those that are.');
