import { styleText } from 'node:util';
import { type Command, Option } from 'commander';
import type { ObjectReport } from '../../src/app/show-status.ts';
import { KINDS, type Kind } from '../../src/domain/object-ref.ts';
import type { ReadVersion } from '../../src/domain/sync-state.ts';
import { formatAge, toTime } from '../age.ts';
import type { Edge, Services } from '../edge.ts';
import { formatTable } from '../table.ts';
import { isJson, toJson, withServices } from '../with-services.ts';
import { notRegistered } from './cluster-show.ts';

const EXAMPLES = `
READY and REASON are those of the object's Ready condition. LAST SYNC is when the target was last proven current, VERSION
the versions it was made from; of a PushSecret, when what it pushes was, and the versions it made. Of Secrets Manager it is
the beginning of the version id, of Parameter Store the number.

Examples:
  $ secretcast status
  $ secretcast status --cluster blue -n orders --kind ExternalSecret
  $ secretcast status --output json | jq '.objects[] | select(.ready != "True")'`;

interface StatusOptions {
  readonly cluster?: string;
  readonly namespace?: string;
  readonly kind?: Kind;
}

export const addStatus = (parent: Command, edge: Edge): void => {
  const command = parent
    .command('status')
    .description('Show what the service knows of each object in the fleet.')
    .option('--cluster <name>', 'of this cluster only')
    .option('-n, --namespace <name>', 'of this namespace only')
    .addOption(new Option('--kind <kind>', 'of this kind only').choices(KINDS))
    .addHelpText('after', EXAMPLES);
  command.action(async (options: StatusOptions) => {
    await withServices({ command, edge, attempt: 'reading the status' }, async (services) => {
      await refuseUnknown(options, services);
      const reports = await services.showStatus(options);
      if (isJson(command)) edge.out(toJson({ objects: reports.map(toObjectJson) }));
      else if (reports.length > 0) edge.out(formatReports(reports, edge));
      else edge.err('no objects\n');
      if (!isJson(command)) for (const note of slowedNotes(reports)) edge.err(note);
    });
  });
};

/** A mistyped cluster is not one without objects. */
const refuseUnknown = async ({ cluster }: StatusOptions, { showClusters }: Services): Promise<void> => {
  if (cluster !== undefined && (await showClusters.one(cluster)) === undefined) throw notRegistered(cluster);
};

const HEADINGS = ['CLUSTER', 'KIND', 'NAMESPACE', 'NAME', 'READY', 'REASON', 'LAST SYNC', 'VERSION'];

const formatReports = (reports: readonly ObjectReport[], { now, hasColour }: Pick<Edge, 'now' | 'hasColour'>): string =>
  formatTable(
    HEADINGS,
    reports.map((report) => [
      report.cluster,
      report.kind,
      report.namespace === '' ? '-' : report.namespace,
      report.name,
      hasColour ? coloured(report.ready) : report.ready,
      report.reason === '' ? '-' : report.reason,
      formatAge(report.syncedAt, now()),
      shortVersions(report.versions),
    ]),
  );

/** Whose author waits for a refresh that the registration holds back must be able to see why. */
const slowedNotes = (reports: readonly ObjectReport[]): readonly string[] => {
  const slowed = reports.flatMap(({ cluster, servedEvery }) =>
    servedEvery === undefined ? [] : [{ cluster, servedEvery }],
  );
  return [...Map.groupBy(slowed, ({ cluster }) => cluster)].map(
    ([cluster, objects]) =>
      `note: ${objects.length} objects of ${cluster} ask to be refreshed more often than its registration's ${objects[0]?.servedEvery}\n`,
  );
};

const COLOURS = { True: 'green', False: 'red', Unknown: 'yellow' } as const;

const coloured = (ready: ObjectReport['ready']): string => styleText(COLOURS[ready], ready, { validateStream: false });

const SHORT = 8;
const SHOWN = 3;

const shortVersions = (versions: readonly ReadVersion[]): string => {
  const short = [...new Set(versions.map(({ version }) => version.slice(0, SHORT)))];
  if (short.length === 0) return '-';
  const more = short.length > SHOWN ? ` +${short.length - SHOWN}` : '';
  return short.slice(0, SHOWN).join(',') + more;
};

const toObjectJson = ({ syncedAt, dueAt, versions, ...report }: ObjectReport): unknown => ({
  ...report,
  lastSync: toTime(syncedAt) ?? null,
  nextSync: toTime(dueAt) ?? null,
  versions: versions.map(({ id, version, createdAt }) => ({ id, version, createdAt: toTime(createdAt) ?? null })),
});
