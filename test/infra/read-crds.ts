import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod/mini';

export const ROOT = join(import.meta.dirname, '../..');

const ruleSchema = z.object({
  rule: z.string(),
  message: z.optional(z.string()),
  messageExpression: z.optional(z.string()),
});

export const nodeSchema = z.looseObject({
  type: z.optional(z.string()),
  description: z.optional(z.string()),
  default: z.optional(z.unknown()),
  properties: z.optional(z.record(z.string(), z.unknown())),
  additionalProperties: z.optional(z.unknown()),
  items: z.optional(z.unknown()),
  'x-kubernetes-int-or-string': z.optional(z.boolean()),
  'x-kubernetes-preserve-unknown-fields': z.optional(z.boolean()),
  'x-kubernetes-validations': z.optional(z.array(ruleSchema)),
});
type Node = z.infer<typeof nodeSchema>;

const versionSchema = z.object({
  name: z.string(),
  served: z.boolean(),
  storage: z.boolean(),
  deprecated: z.optional(z.boolean()),
  subresources: z.unknown(),
  selectableFields: z.optional(z.array(z.object({ jsonPath: z.string() }))),
  additionalPrinterColumns: z.array(z.object({ name: z.string(), type: z.string(), jsonPath: z.string() })),
  schema: z.object({ openAPIV3Schema: nodeSchema }),
});

const crdSchema = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()) }),
  spec: z.object({
    group: z.string(),
    scope: z.string(),
    names: z.unknown(),
    conversion: z.unknown(),
    versions: z.tuple([versionSchema, versionSchema]),
  }),
});

/** What writes to AWS has one version. */
const pushCrdSchema = z.object({
  ...crdSchema.shape,
  spec: z.object({ ...crdSchema.shape.spec.shape, versions: z.tuple([versionSchema]) }),
});

/** Generators have one version, and columns of Kubernetes' own. */
const generatorCrdSchema = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()) }),
  spec: z.object({
    group: z.string(),
    scope: z.string(),
    names: z.unknown(),
    conversion: z.unknown(),
    versions: z.tuple([
      z.object({
        name: z.string(),
        served: z.boolean(),
        storage: z.boolean(),
        subresources: z.unknown(),
        schema: z.object({ openAPIV3Schema: nodeSchema }),
      }),
    ]),
  }),
});

export const readYaml = (path: string): unknown => parse(readFileSync(join(ROOT, path), 'utf8'));
const readCrd = (plural: string) => z.parse(crdSchema, readYaml(`infra/crds/${plural}.yaml`));

const readPushCrd = (plural: string) => z.parse(pushCrdSchema, readYaml(`infra/crds/${plural}.yaml`));

export const crds = {
  ExternalSecret: readCrd('externalsecrets'),
  SecretStore: readCrd('secretstores'),
  ClusterSecretStore: readCrd('clustersecretstores'),
  ClusterExternalSecret: readCrd('clusterexternalsecrets'),
};
export const kindSchema = z.enum(['ExternalSecret', 'SecretStore', 'ClusterSecretStore', 'ClusterExternalSecret']);
/** One row a kind, for tables of tests. */
export const rows = kindSchema.options.map((kind) => ({ kind, crd: crds[kind] }));

/** The schema of every version: a test says that there is only one. */
export const schemaOf = (kind: z.infer<typeof kindSchema>) => crds[kind].spec.versions[0].schema.openAPIV3Schema;

export interface Place {
  readonly path: string;
  readonly node: Node;
}

const children = ({ path, node }: Place): readonly Place[] =>
  [
    ...Object.entries(node.properties ?? {}).map(([name, child]) => ({ path: `${path}.${name}`, child })),
    ...(node.items === undefined ? [] : [{ path: `${path}[]`, child: node.items }]),
    ...(node.additionalProperties === undefined ? [] : [{ path: `${path}{}`, child: node.additionalProperties }]),
  ].map(({ path: where, child }) => ({ path: where, node: z.parse(nodeSchema, child) }));

export const pushCrds = {
  PushSecret: readPushCrd('pushsecrets'),
  ClusterPushSecret: readPushCrd('clusterpushsecrets'),
};
export const pushKindSchema = z.enum(['PushSecret', 'ClusterPushSecret']);
export const pushSchemaOf = (kind: z.infer<typeof pushKindSchema>) =>
  pushCrds[kind].spec.versions[0].schema.openAPIV3Schema;

const walk = (place: Place): readonly Place[] => [place, ...children(place).flatMap(walk)];

const readGenerator = (plural: string) => z.parse(generatorCrdSchema, readYaml(`infra/crds/${plural}.yaml`));

export const generatorCrds = {
  ECRAuthorizationToken: readGenerator('ecrauthorizationtokens'),
  STSSessionToken: readGenerator('stssessiontokens'),
  ClusterGenerator: readGenerator('clustergenerators'),
};
export const generatorKindSchema = z.enum(['ECRAuthorizationToken', 'STSSessionToken', 'ClusterGenerator']);

export const generatorPlaces = (kind: z.infer<typeof generatorKindSchema>): readonly Place[] =>
  walk({ path: '', node: generatorCrds[kind].spec.versions[0].schema.openAPIV3Schema });

export const pushPlaces = (kind: z.infer<typeof pushKindSchema>): readonly Place[] =>
  walk({ path: '', node: pushSchemaOf(kind) });

/** Each node of a kind's schema, with its path such as `.spec.data[].remoteRef.key`. */
export const places = (kind: z.infer<typeof kindSchema>): readonly Place[] => walk({ path: '', node: schemaOf(kind) });
