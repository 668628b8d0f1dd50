import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import type { Edge } from '../edge.ts';
import { isJson, toJson } from '../with-services.ts';

const EXAMPLES = `
A cluster that the External Secrets Operator was installed in has these definitions already; keep those.

Examples:
  $ secretcast crds | kubectl apply -f -
  $ secretcast crds > crds.yaml`;

export const addCrds = (parent: Command, edge: Edge): void => {
  const command = parent
    .command('crds')
    .description('Print the CustomResourceDefinitions of the External Secrets API, to apply to a cluster.')
    .addHelpText('after', EXAMPLES);
  command.action(() => {
    const documents = readDocuments(join(edge.checkout, 'infra', 'crds'));
    edge.out(isJson(command) ? toJson(toList(documents.map((text): unknown => parse(text)))) : documents.join('---\n'));
  });
};

const readDocuments = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .toSorted()
    .map((file) => readFileSync(join(folder, file), 'utf8'));

/** Several objects as one, which kubectl applies too. */
export const toList = (items: readonly unknown[]): unknown => ({ apiVersion: 'v1', kind: 'List', items });
