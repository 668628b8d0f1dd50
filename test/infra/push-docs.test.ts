import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod/mini';
import { PUSH_OPERATIONS } from '../../src/domain/push/push-actions.ts';
import { kindSchema, pushKindSchema, pushSchemaOf, ROOT, schemaOf } from './read-crds.ts';

const page = readFileSync(join(ROOT, 'docs/push-secrets.md'), 'utf8');

const blocks = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, text = '']) => text);

const manifestSchema = z.looseObject({
  kind: z.union([kindSchema, pushKindSchema]),
  metadata: z.looseObject({ name: z.string() }),
});
const manifests = blocks('yaml')
  .flatMap((text) => parseAllDocuments(text).map((document): unknown => document.toJS()))
  .map((raw) => ({ raw, ...z.parse(manifestSchema, raw) }))
  .map(({ raw, kind, metadata }) => ({ raw, kind, name: metadata.name }));

const schemaFor = (kind: (typeof manifests)[number]['kind']) => {
  const pushing = z.safeParse(pushKindSchema, kind);
  return pushing.success ? pushSchemaOf(pushing.data) : schemaOf(z.parse(kindSchema, kind));
};

describe('the page about pushing', () => {
  test('shows each form', () => {
    expect(new Set(manifests.map(({ kind }) => kind))).toEqual(
      new Set(['SecretStore', 'PushSecret', 'ClusterPushSecret']),
    );
  });

  test.each(manifests)('shows $kind $name as the API takes it', ({ raw, kind }) => {
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });

    ajv.validate(schemaFor(kind), raw);

    expect(ajv.errors ?? []).toEqual([]);
  });

  test('has a policy that is enough for every push without extras, and no more', () => {
    const [policy = ''] = blocks('json');
    const statementsSchema = z.object({
      Statement: z.array(z.looseObject({ Action: z.union([z.string(), z.array(z.string())]) })),
    });
    const granted = z.parse(statementsSchema, JSON.parse(policy)).Statement.flatMap(({ Action }) => Action);
    const needed = PUSH_OPERATIONS.filter(({ service }) => service !== 'acm').flatMap(({ actions, optional = {} }) => [
      ...actions,
      ...(optional['tags'] ?? []),
    ]);

    expect([...new Set(granted)].toSorted()).toEqual([...new Set(needed)].toSorted());
  });

  test('names every other action that something may need', () => {
    const all = PUSH_OPERATIONS.flatMap(({ actions, optional = {} }) => [
      ...actions,
      ...Object.values(optional).flat(),
    ]);
    const names = all.map((action) => action.slice(action.indexOf(':') + 1));

    expect(names.filter((name) => !page.includes(name))).toEqual([]);
  });
});
