import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import type { Engine } from '../../../src/app/ports/engine.ts';
import { secret, secrets, template, texts } from './samples.ts';

const pairs = z.record(z.string(), z.string());

const templatesSchema = z.object({
  data: pairs,
  key: z.string(),
  cases: z.array(
    z.object({
      group: z.string(),
      scope: z.enum(['Values', 'KeysAndValues']),
      template: z.string(),
      output: z.optional(z.union([z.string(), pairs])),
      error: z.optional(z.string()),
    }),
  ),
});

const found = { exists: z.boolean(), value: z.optional(z.string()) };
const pathsSchema = z.object({
  documents: z.array(z.string()),
  cases: z.array(z.object({ document: z.number(), path: z.string(), ...found, gjson: z.object(found) })),
});

const readVectors = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../vectors/${file}`, import.meta.url), 'utf8'));

/** What Go's own evaluation gave for each: templates rendered one by one, paths looked up in JSON. */
export const describeVectors = (engine: Engine): void => {
  const { data, key, cases } = z.parse(templatesSchema, readVectors('templates.json'));

  describe('templates', () => {
    test.each(cases.map((row, index) => ({ ...row, index })))('$index $group: $template', async (row) => {
      const rendering = engine.render({
        data: secrets(data),
        templates: [template(row.template, { name: key, scope: row.scope })],
      });

      if (row.error !== undefined) {
        await expect(rendering).rejects.toMatchObject({ name: 'EngineError', raw: row.error });
        return;
      }
      const expected = typeof row.output === 'string' ? { [key]: row.output } : row.output;
      expect((await rendering).map(texts)).toEqual([expected]);
    });
  });

  const paths = z.parse(pathsSchema, readVectors('gjson.json'));

  describe('paths', () => {
    test.each(paths.cases)('$path of document $document', async ({ document: index, path, exists, value, gjson }) => {
      const document = secret(paths.documents[index] ?? '');

      const escapedFirst = await engine.getProperty(document, [path.replaceAll('.', '\\.'), path]);
      const asWritten = await engine.getProperty(document, [path]);

      expect(escapedFirst?.revealText()).toBe(exists ? value : undefined);
      expect(asWritten?.revealText()).toBe(gjson.exists ? gjson.value : undefined);
    });
  });

  test('no vector is left out', () => {
    expect(cases.length).toBeGreaterThanOrEqual(375);
    expect(paths.cases.length).toBeGreaterThanOrEqual(174);
  });
};
