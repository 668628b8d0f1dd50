import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import * as z from 'zod/mini';
import {
  kindSchema,
  nodeSchema,
  type Place,
  pushKindSchema,
  pushSchemaOf,
  ROOT,
  readYaml,
  schemaOf,
} from './read-crds.ts';

const manifestSchema = z.object({
  apiVersion: z.string(),
  kind: z.union([kindSchema, pushKindSchema]),
  spec: z.unknown(),
});

/** Paths of fields an API server would prune. */
const unknownFields = (place: Place, value: unknown): readonly string[] => {
  if (Array.isArray(value)) {
    const items = z.parse(nodeSchema, place.node.items);
    return value.flatMap((item) => unknownFields({ path: `${place.path}[]`, node: items }, item));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const path = `${place.path}.${name}`;
    const child = place.node.properties?.[name] ?? place.node.additionalProperties;
    if (child !== undefined) return unknownFields({ path, node: z.parse(nodeSchema, child) }, member);
    return place.node['x-kubernetes-preserve-unknown-fields'] ? [] : [path];
  });
};

describe('manifests as users write them', () => {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const folder = 'test/fixtures/manifests';

  test.each(readdirSync(join(ROOT, folder)))('%s fits its schema and loses no field', (file) => {
    const raw = readYaml(`${folder}/${file}`);
    const manifest = z.parse(manifestSchema, raw);
    const pushing = z.safeParse(pushKindSchema, manifest.kind);
    const root = pushing.success ? pushSchemaOf(pushing.data) : schemaOf(z.parse(kindSchema, manifest.kind));
    const versions = pushing.success ? ['v1alpha1'] : ['v1', 'v1beta1'];

    expect(versions.map((version) => `external-secrets.io/${version}`)).toContain(manifest.apiVersion);
    ajv.validate(root, raw);
    expect(ajv.errors ?? []).toEqual([]);
    const spec = z.parse(nodeSchema, root.properties?.['spec']);
    expect(unknownFields({ path: '.spec', node: spec }, manifest.spec)).toEqual([]);
  });
});
