import type { Command } from 'commander';
import type { Edge } from '../edge.ts';
import { isJson, toJson, withServices } from '../with-services.ts';
import { notRegistered } from './cluster-show.ts';

const EXAMPLES = `
When a list of the cluster misses very many objects at once, nothing is forgotten until a person says that they are really
gone: a list may be wrong. This says so for half an hour. The cluster is listed again, and each object that a read by name
does not find either is forgotten. Nothing in the cluster changes.

Examples:
  $ secretcast cluster accept-absence blue`;

export const addClusterAcceptAbsence = (parent: Command, edge: Edge): void => {
  const command = parent
    .command('accept-absence')
    .description('Say that very many missing objects of a cluster are really gone.')
    .argument('<name>', 'name of the cluster')
    .addHelpText('after', EXAMPLES);
  command.action(async (name: string) => {
    await withServices({ command, edge, attempt: `accepting absences in ${name}` }, async ({ acceptAbsence }) => {
      if ((await acceptAbsence(name)) === undefined) throw notRegistered(name);
      if (isJson(command)) edge.out(toJson({ accepted: name }));
      else edge.out(`cluster ${name} is listed again within a minute; what is really gone is forgotten then\n`);
    });
  });
};
