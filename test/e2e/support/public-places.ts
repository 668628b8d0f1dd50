import { readFile } from 'node:fs/promises';
import type { ClusterAdmin } from './cluster-admin.ts';
import type { E2e } from './stack.ts';

const KINDS = ['ExternalSecret', 'SecretStore', 'PushSecret', 'ClusterPushSecret'] as const;

/** Everything the service wrote where people or machines without leave to read secrets may look. */
export const publicPlaces = async (e2e: E2e): Promise<Readonly<Record<string, string>>> => {
  const { inside, clusters, aws } = e2e;
  return {
    ...named('the log of', await inside.logs()),
    'the table': (await inside.tableDump()).map((item) => JSON.stringify(item)).join('\n'),
    'the dead-letter queues': (await inside.deadLetters()).join('\n'),
    'the log of the emulator': await readFile(aws.logFile, 'latin1'),
    ...named('what is said by secretcast', await everyCommand(e2e)),
    ...Object.assign({}, ...(await Promise.all(clusters.map(placesIn)))),
  };
};

const named = (what: string, texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [`${what} ${name}`, text]));

const everyCommand = async ({ secretcast, clusters }: E2e): Promise<Readonly<Record<string, string>>> => {
  const names = clusters.map(({ name }) => name);
  const commands = [['status'], ['cluster', 'list'], ...names.map((name) => ['cluster', 'show', name])];
  const said = await Promise.all(commands.map((command) => secretcast(...command)));
  return Object.fromEntries(commands.map((command, index) => [command.join(' '), said[index] ?? '']));
};

/** Objects with status and conditions, events, metadata of Secrets, and the audit log. Values of Secrets belong where they are. */
const placesIn = async (cluster: ClusterAdmin): Promise<Readonly<Record<string, string>>> => {
  const objects = (await Promise.all(KINDS.map((kind) => cluster.list(kind)))).flat();
  const secrets = (await cluster.list('Secret', 'default')).map(({ metadata }) => ({
    ...metadata,
    annotations: ownAnnotations(metadata.annotations),
  }));
  const events = await cluster.send('GET', '/api/v1/events');
  return {
    [`objects of ${cluster.name}`]: JSON.stringify(objects),
    [`metadata of the Secrets of ${cluster.name}`]: JSON.stringify(secrets),
    [`events of ${cluster.name}`]: JSON.stringify(events.body),
    [`audit log of ${cluster.name}`]: await readFile(cluster.local.auditLogFile, 'utf8'),
  };
};

/** kubectl keeps whole manifests, values included, in an annotation of its own. */
const ownAnnotations = (annotations: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(
    Object.entries(annotations).filter(([name]) => name !== 'kubectl.kubernetes.io/last-applied-configuration'),
  );
