import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { ROOT } from '../read-crds.ts';
import { type HclBlock, readHcl } from './read-hcl.ts';

const FOLDER = join(ROOT, 'infra/member-account/terraform');

/** Every block of the module's files. */
export const terraformModule = (): readonly HclBlock[] =>
  readdirSync(FOLDER).flatMap((file) => readHcl(readFileSync(join(FOLDER, file), 'utf8')).blocks);

const blockOf = (type: string, kind: string, name: string): HclBlock => {
  const found = terraformModule().find(({ type: its, labels }) => its === type && labels.join() === `${kind},${name}`);
  if (found === undefined) throw new Error(`no ${type} ${kind} ${name} in ${FOLDER}`);
  return found;
};

export const resource = (kind: string, name: string): HclBlock => blockOf('resource', kind, name);

const statementSchema = z.object({ sid: z.string(), effect: z.string(), actions: z.array(z.string()) });
const conditionSchema = z.object({ test: z.string(), variable: z.string() });

/** What a policy says, in a form that both languages can be brought into: of conditions, what is asked of which key. */
export interface Outline {
  readonly sid: string;
  readonly effect: string;
  readonly actions: readonly string[];
  readonly asks: readonly string[];
}

export const terraformPolicy = (name: string): readonly Outline[] =>
  blockOf('data', 'aws_iam_policy_document', name)
    .blocks.filter(({ type }) => type === 'statement')
    .map(({ attributes, blocks }) => ({ ...z.parse(statementSchema, attributes), asks: blocks.flatMap(askOf).sort() }));

/** A condition, also one that is there only when a variable asks for it. */
const askOf = ({ type, labels, attributes, blocks }: HclBlock): readonly string[] => {
  if (type === 'dynamic' && labels[0] === 'condition')
    return blocks.flatMap((content) => askOf({ ...content, type: 'condition' }));
  if (type !== 'condition') return [];
  const { test, variable } = z.parse(conditionSchema, attributes);
  return [`${test} ${variable}`];
};

/** The resources of a policy's statement, as they are written. */
export const terraformResources = (name: string, sid: string): unknown =>
  blockOf('data', 'aws_iam_policy_document', name).blocks.find(({ attributes }) => attributes['sid'] === sid)
    ?.attributes['resources'];
