import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { createPreviewSync, type Preview, type PreviewSync, type PreviewWorld } from '../../src/app/preview-sync.ts';
import { TemplateMissingError } from '../../src/app/template-sources.ts';
import { EngineError } from '../../src/domain/engine-error.ts';
import type { MirroredObject } from '../../src/domain/mirrored-object.ts';
import { causesOf, SecretNotFoundError, SyncError } from '../../src/domain/sync-error.ts';
import { CliError } from '../cli-error.ts';
import type { Edge } from '../edge.ts';
import { readManifests } from '../read-manifests.ts';
import { readValues } from '../read-values.ts';
import { shownSecret } from '../shown-secret.ts';
import { isJson, toJson } from '../with-services.ts';
import { toList } from './crds.ts';

const EXAMPLES = `
Nothing is read from AWS or from a cluster. ConfigMaps and Secrets that templateFrom names, and a Secret that is there
already, are taken from further documents of the same file. --values is a YAML map of remote keys to texts, or to objects,
which stand for their JSON; without it, placeholders such as <prod/db password> stand for the values.

Examples:
  $ secretcast render -f externalsecret.yaml
  $ secretcast render -f externalsecret.yaml --values values.yaml --reveal
  $ kustomize build | secretcast render -f - --output json`;

interface RenderOptions {
  readonly file: string;
  readonly values?: string;
  readonly reveal?: boolean;
}

export const addRender = (parent: Command, edge: Edge): void => {
  const command = parent
    .command('render')
    .description('Show the Secrets that ExternalSecrets in a file would make, by key name.')
    .requiredOption('-f, --file <file>', 'manifests; - reads stdin')
    .option('--values <file>', 'what the provider holds')
    .option('--reveal', 'show values, and errors as the engine words them, values included')
    .addHelpText('after', EXAMPLES);
  command.action(async ({ file, values, reveal = false }: RenderOptions) => {
    const { externalSecrets, client } = readManifests(await readText(file, edge), file === '-' ? 'stdin' : file);
    if (externalSecrets.length === 0) throw new CliError(`there is no ExternalSecret in ${file}`);
    const world = {
      client,
      ...(values === undefined ? {} : { reader: readValues(await readText(values, edge), values) }),
    };
    const preview = createPreviewSync(await edge.engines());
    const secrets: unknown[] = [];
    for (const object of externalSecrets) secrets.push(...(await renderOne(object, { preview, world, reveal, edge })));
    edge.out(isJson(command) ? toJson(toList(secrets)) : secrets.map((secret) => stringify(secret)).join('---\n'));
  });
};

interface Rendering {
  readonly preview: PreviewSync;
  readonly world: PreviewWorld;
  readonly reveal: boolean;
  readonly edge: Edge;
}

/** @returns the Secret, or none where none is written */
const renderOne = async (object: MirroredObject, rendering: Rendering): Promise<readonly unknown[]> => {
  const { preview, world, reveal, edge } = rendering;
  const name = `${object.ref.namespace}/${object.ref.name}`;
  try {
    const { es, plan, unknown, generated } = await preview(object, world);
    for (const label of generated) edge.err(`${name}: nothing is generated for ${label}\n`);
    for (const label of unknown) edge.err(`${name}: without --values the keys of ${label} are not known\n`);
    if ('secret' in plan.target) return [shownSecret(plan.target.secret, es, reveal)];
    edge.err(`${name}: ${nothingWritten(plan)}\n`);
    return [];
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    throw new CliError(`${name}: ${reveal ? rawMessage(error) : error.message}`, ...hintsFor(error, rendering));
  }
};

const nothingWritten = ({ target, ready }: Preview['plan']): string =>
  target.action === 'delete' ? 'the Secret is deleted' : `no Secret is written (${ready.message})`;

const readText = async (file: string, { readStdin }: Edge): Promise<string> => {
  if (file === '-') return readStdin();
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new CliError(`${file} cannot be read`);
  }
};

/** The message with the engine's own words in place of the public ones. */
const rawMessage = (error: SyncError): string => {
  if (error instanceof EngineError) return error.raw;
  const { cause, message } = error;
  return cause instanceof SyncError && message.endsWith(cause.message)
    ? message.slice(0, message.length - cause.message.length) + rawMessage(cause)
    : message;
};

const hintsFor = (error: SyncError, { reveal, world }: Rendering): readonly string[] => {
  const causes = causesOf(error);
  const isOf = (type: new (...args: never[]) => Error): boolean => causes.some((cause) => cause instanceof type);
  if (isOf(TemplateMissingError)) return ['Add the manifest of that object to the file of -f, as one more document.'];
  if (isOf(SecretNotFoundError)) return ['--values has no such key.'];
  if (!isOf(EngineError)) return [];
  return [
    ...(world.reader === undefined
      ? ['Placeholders stand for the values, and what dataFrom gives is not known; --values gives real ones.']
      : []),
    ...(reveal ? [] : ['--reveal shows the whole error, which may quote values.']),
  ];
};
