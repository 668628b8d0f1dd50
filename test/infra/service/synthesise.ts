import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod/mini';
import { ROOT } from '../read-crds.ts';

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z._default(z.record(z.string(), z.unknown()), {}),
  DeletionPolicy: z.optional(z.string()),
  Condition: z.optional(z.string()),
});

const templateSchema = z.object({
  Resources: z.record(z.string(), resourceSchema),
  Conditions: z.optional(z.record(z.string(), z.unknown())),
  Outputs: z.optional(z.record(z.string(), z.unknown())),
});

export type Template = z.infer<typeof templateSchema>;

/**
 * The CloudFormation template that a deploy would send, made offline by the project's own osls. It is made in a folder
 * of its own with empty bundles, so that no build is needed and none is disturbed.
 * @param parameters - of serverless.yml
 */
export const synthesise = async (parameters: Readonly<Record<string, string>> = {}): Promise<Template> => {
  const folder = await mkdtemp(join(tmpdir(), 'secretcast-template-'));
  try {
    for (const path of ['serverless.yml', 'infra']) await cp(join(ROOT, path), join(folder, path), { recursive: true });
    for (const file of await readdir(join(ROOT, 'functions'))) {
      const bundle = join(folder, 'dist', file.replace('.ts', ''), 'index.mjs');
      await mkdir(dirname(bundle), { recursive: true });
      await writeFile(bundle, '');
    }
    const program = createRequire(import.meta.url).resolve('osls/bin/serverless.js');
    const env = { PATH: process.env['PATH'], HOME: folder, CI: 'true' };
    const given = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
    await promisify(execFile)(process.execPath, [program, 'package', '--package', 'out', ...given], {
      cwd: folder,
      env,
    });
    const text = await readFile(join(folder, 'out', 'cloudformation-template-update-stack.json'), 'utf8');
    return z.parse(templateSchema, JSON.parse(text));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = { Partition: 'aws', AccountId: '111122223333' };

const reference = z.union([
  z.pipe(
    z.object({ Ref: z.string() }),
    z.transform(({ Ref }) => Ref),
  ),
  z.pipe(
    z.object({ 'Fn::GetAtt': z.array(z.string()) }),
    z.transform((it) => it['Fn::GetAtt'][0] ?? ''),
  ),
  z.pipe(
    z.object({ 'Fn::Sub': z.string() }),
    z.transform((it) =>
      it['Fn::Sub'].replace(/\$\{AWS::(\w+)\}/g, (_, name: string) => PSEUDO_PARAMETERS[name] ?? name),
    ),
  ),
]);

/** Logical id that `{ Ref }` or `{ Fn::GetAtt }` points to; the text of `{ Fn::Sub }`; what else it may be, as text. */
export const pointsTo = (value: unknown): string => {
  const parsed = z.safeParse(reference, value);
  return parsed.success ? parsed.data : String(value);
};

/** The resources of a type, read by a schema of their properties. */
export const resourcesOf = <S extends z.ZodMiniType>(template: Template, type: string, schema: S) =>
  Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id, { Properties }]) => ({ id, ...z.parse(z.object({ properties: schema }), { properties: Properties }) }));

/** A list, also where the template has a single member instead. */
export const oneOrMore = <S extends z.ZodMiniType>(schema: S) =>
  z.union([
    z.array(schema),
    z.pipe(
      schema,
      z.transform((one) => [one]),
    ),
  ]);
