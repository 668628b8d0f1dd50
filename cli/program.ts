import { Command, Option } from 'commander';
import { addClusterAcceptAbsence } from './commands/cluster-accept-absence.ts';
import { addClusterAdd } from './commands/cluster-add.ts';
import { addClusterList } from './commands/cluster-list.ts';
import { addClusterRemove } from './commands/cluster-remove.ts';
import { addClusterShow } from './commands/cluster-show.ts';
import { addCrds } from './commands/crds.ts';
import { addDoctor } from './commands/doctor.ts';
import { addRbac } from './commands/rbac.ts';
import { addRender } from './commands/render.ts';
import { addStatus } from './commands/status.ts';
import type { Edge } from './edge.ts';

const EXAMPLES = `
Examples:
  $ secretcast crds | kubectl apply -f -
  $ secretcast rbac | kubectl apply -f -
  $ secretcast cluster add blue --eks blue --default-role arn:aws:iam::111122223333:role/secretcast-dev-reader
  $ secretcast status --cluster blue

Exit codes: 0 done, 1 failed (the reason is on stderr), 2 wrong usage.
While \`npm start\` runs in this checkout, commands use its local stack; --region, --stage, --table or --endpoint-url name another service.`;

/** The whole command line. Parsing throws CommanderError when it has printed why it stops. */
export const createProgram = (edge: Edge): Command => {
  const program = new Command('secretcast')
    .description('Secrets of AWS Secrets Manager and Parameter Store, kept equal in every cluster of a fleet.')
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({
      writeOut: edge.out,
      writeErr: edge.err,
      outputError: (text, write) => write(text.replace(/^error:/, 'secretcast:')),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showSuggestionAfterError()
    .exitOverride()
    .option('--stage <name>', 'stage the service was deployed as (default: dev, or SECRETCAST_STAGE)')
    .option('--region <region>', 'AWS Region of the service (default: as the AWS SDK finds it)')
    .option('--endpoint-url <url>', 'send every AWS call there instead (default: AWS_ENDPOINT_URL)')
    .option('--table <name>', "the service's table (default: as the stack secretcast-STAGE says, or SECRETCAST_TABLE)")
    .addOption(new Option('-o, --output <format>', 'text for people, json for machines').choices(['text', 'json']))
    .addHelpText('after', EXAMPLES);
  const cluster = program.command('cluster').description('Register clusters, and look at what is registered.');
  for (const add of [addClusterAdd, addClusterList, addClusterShow, addClusterAcceptAbsence, addClusterRemove])
    add(cluster, edge);
  for (const add of [addStatus, addDoctor, addRender, addCrds, addRbac]) add(program, edge);
  return program;
};
