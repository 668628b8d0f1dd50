import type { Command } from 'commander';
import type { Edge } from '../edge.ts';
import { isJson, toJson, withServices } from '../with-services.ts';
import { notRegistered } from './cluster-show.ts';

const EXAMPLES = `
Nothing in the cluster changes: its Secrets and External Secrets objects stay, and are no longer kept up to date.
A token or client key kept for the cluster is deleted, after the seven days of grace of Secrets Manager.

Examples:
  $ secretcast cluster remove blue`;

export const addClusterRemove = (parent: Command, edge: Edge): void => {
  const command = parent
    .command('remove')
    .description('Forget a cluster, leaving everything in it as it is.')
    .argument('<name>', 'name of the cluster')
    .addHelpText('after', EXAMPLES);
  command.action(async (name: string) => {
    await withServices({ command, edge, attempt: `removing cluster ${name}` }, async ({ removeCluster }) => {
      if ((await removeCluster(name)) === undefined) throw notRegistered(name);
      if (isJson(command)) edge.out(toJson({ removed: name }));
      else edge.out(`cluster ${name} removed; everything in it stays as it is\n`);
    });
  });
};
