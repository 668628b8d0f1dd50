import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Copies schemas that several definitions share from the one that says them, so that there is one source: `npm run crds`. */

const FOLDER = join(import.meta.dirname, 'infra', 'crds');
const FROM = /^ *# From [a-z]+\.yaml, by `npm run crds`:$/;
const END = '# Until here.';

const linesOf = (file: string): readonly string[] => readFileSync(join(FOLDER, file), 'utf8').split('\n');

const indexOf = (lines: readonly string[], text: string, from = 0): number => {
  const index = lines.findIndex((line, at) => at >= from && line.trim() === text);
  if (index < 0) throw new Error(`no line ${text}`);
  return index;
};

const indentOf = (line: string): string => /^ */.exec(line)?.[0] ?? '';

interface Block {
  readonly lines: readonly string[];
  /** Of the line above them. */
  readonly indent: string;
}

/** Everything under the line `begin`, that line excluded, with the indentation it has there. */
const blockAt = (lines: readonly string[], begin: number): Block => {
  const indent = indentOf(lines[begin] ?? '');
  const end = lines.findIndex((line, at) => at > begin && line.trim() !== '' && !line.startsWith(`${indent} `));
  return { lines: lines.slice(begin + 1, end), indent };
};

/** Without the rules of the block itself; those further in stay. */
const withoutRules = ({ lines, indent }: Block): Block => {
  const begin = lines.findIndex(
    (line) => line.trim() === 'x-kubernetes-validations:' && indentOf(line) === `${indent}  `,
  );
  const rules = begin < 0 ? [] : blockAt(lines, begin).lines;
  return { lines: lines.filter((_, at) => at < begin || at > begin + rules.length), indent };
};

const specOf = (file: string): Block => {
  const lines = linesOf(file);
  const schema = lines.findIndex((line) => line.trim().startsWith('schema:'));
  return blockAt(lines, indexOf(lines, 'spec:', schema));
};

const blockOf = (file: string, line: string): Block => {
  const lines = linesOf(file);
  return blockAt(lines, indexOf(lines, line));
};

/** Puts the block under the line `field` of a definition, the one between two marks. */
const embed = (file: string, field: string, { lines: copied, indent }: Block): void => {
  const lines = linesOf(file);
  const at = lines.findIndex((line, index) => line.trim() === field && FROM.test(lines[index - 1] ?? ''));
  if (at < 0) throw new Error(`${file}: no ${field} is marked`);
  const deeper = indentOf(lines[at] ?? '').slice(indent.length);
  const isMark = (line: string): boolean => FROM.test(line) || line.trim() === END;
  const moved = copied.filter((line) => !isMark(line)).map((line) => (line === '' ? '' : `${deeper}${line}`));
  writeFileSync(
    join(FOLDER, file),
    [...lines.slice(0, at + 1), ...moved, ...lines.slice(indexOf(lines, END, at))].join('\n'),
  );
};

embed('clusterexternalsecrets.yaml', 'externalSecretSpec:', specOf('externalsecrets.yaml'));
const durations = 'x-kubernetes-validations: &durationRules';
embed('pushsecrets.yaml', durations, blockOf('externalsecrets.yaml', durations));
// What a Secret may not be is no matter of something that is never written.
embed('pushsecrets.yaml', 'template:', withoutRules(blockOf('externalsecrets.yaml', 'template:')));
embed('clusterpushsecrets.yaml', 'pushSecretSpec:', specOf('pushsecrets.yaml'));
