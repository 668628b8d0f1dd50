import type { Command } from 'commander';
import { formatClusters, toClusterJson } from '../cluster-texts.ts';
import type { Edge } from '../edge.ts';
import { isJson, toJson, withServices } from '../with-services.ts';

const EXAMPLES = `
HEARD is how long ago the quietest watch of the cluster last brought something.

Examples:
  $ secretcast cluster list
  $ secretcast cluster list --output json | jq -r '.clusters[].name'`;

export const addClusterList = (parent: Command, edge: Edge): void => {
  const command = parent.command('list').description('List the registered clusters.').addHelpText('after', EXAMPLES);
  command.action(async () => {
    await withServices({ command, edge, attempt: 'listing clusters' }, async ({ showClusters }) => {
      const reports = await showClusters.all();
      if (isJson(command)) edge.out(toJson({ clusters: reports.map(toClusterJson) }));
      else if (reports.length > 0) edge.out(formatClusters(reports, edge.now()));
      else edge.err('no clusters are registered; `secretcast cluster add --help` shows how\n');
    });
  });
};
