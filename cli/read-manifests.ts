import { parseAllDocuments } from 'yaml';
import * as z from 'zod/mini';
import type { PreviewWorld } from '../src/app/preview-sync.ts';
import type { MirroredObject } from '../src/domain/mirrored-object.ts';
import { SecretValue } from '../src/domain/secret-value.ts';
import type { TargetSecret } from '../src/domain/target-secret.ts';
import { CliError } from './cli-error.ts';

/** Objects as somebody is about to apply them. */
export interface Manifests {
  readonly externalSecrets: readonly MirroredObject[];
  /** A client of a cluster that holds the ConfigMaps and Secrets among them, and nothing else. */
  readonly client: PreviewWorld['client'];
}

const Texts = z._default(z.nullable(z.record(z.string(), z.string())), {});
const Manifest = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    namespace: z._default(z.string(), 'default'),
    labels: Texts,
    annotations: Texts,
  }),
  spec: z.optional(z.unknown()),
  type: z._default(z.string(), 'Opaque'),
  immutable: z._default(z.boolean(), false),
  data: Texts,
  stringData: Texts,
});
const List = z.object({ kind: z.literal('List'), items: z.array(z.unknown()) });

type Manifest = z.infer<typeof Manifest>;

/**
 * Reads the documents of a file; of kinds that play no part it reads nothing.
 * @param source - what the texts came from, for messages; what is in them is never quoted, since it may be a Secret
 * @throws CliError - not YAML, or no Kubernetes objects
 */
export const readManifests = (text: string, source: string): Manifests => {
  const objects = parseYaml(text, source).map((document, index) =>
    parseManifest(document, `${source}, object ${index + 1}`),
  );
  const find = (kind: string, namespace: string, name: string): Manifest | undefined =>
    objects.find(
      (object) => object.kind === kind && object.metadata.namespace === namespace && object.metadata.name === name,
    );
  return {
    externalSecrets: objects.filter(isExternalSecret).map(toMirrored),
    client: {
      readConfigMap: async ({ namespace, name }) => {
        const found = find('ConfigMap', namespace, name);
        return found && valuesOf(found.data ?? {}, 'utf8');
      },
      readSecret: async ({ namespace, name }) => {
        const found = find('Secret', namespace, name);
        return found && toSecret(found);
      },
    },
  };
};

/** @throws CliError - naming the line of a mistake, not what is in it */
export const parseYaml = (text: string, source: string): readonly unknown[] =>
  parseAllDocuments(text, { prettyErrors: true }).flatMap((document) => {
    const [mistake] = document.errors;
    if (mistake !== undefined)
      throw new CliError(`${source} is not YAML: ${mistake.code} in line ${mistake.linePos?.[0].line ?? '?'}`);
    const object: unknown = document.toJS();
    const list = List.safeParse(object);
    if (list.success) return list.data.items;
    return object === null || object === undefined ? [] : [object];
  });

const parseManifest = (object: unknown, place: string): Manifest => {
  const parsed = Manifest.safeParse(object);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'it');
  throw new CliError(`${place} is no Kubernetes object: ${fields.join(', ')} is missing or of the wrong type`);
};

const isExternalSecret = ({ apiVersion, kind }: Manifest): boolean =>
  kind === 'ExternalSecret' && apiVersion.startsWith('external-secrets.io/');

const toMirrored = ({ metadata: { namespace, name, labels, annotations }, spec }: Manifest): MirroredObject => ({
  ref: { kind: 'ExternalSecret', namespace, name },
  uid: '',
  resourceVersion: '',
  generation: 1,
  labels: labels ?? {},
  annotations: annotations ?? {},
  finalizers: [],
  spec,
});

const toSecret = ({ metadata, data, stringData, type, immutable }: Manifest): TargetSecret => ({
  namespace: metadata.namespace,
  name: metadata.name,
  uid: '',
  resourceVersion: '',
  type,
  immutable,
  labels: metadata.labels ?? {},
  annotations: metadata.annotations ?? {},
  finalizers: [],
  ownerReferences: [],
  managedFields: [],
  data: new Map([...valuesOf(data ?? {}, 'base64'), ...valuesOf(stringData ?? {}, 'utf8')]),
});

const valuesOf = (
  texts: Readonly<Record<string, string>>,
  encoding: 'utf8' | 'base64',
): ReadonlyMap<string, SecretValue> =>
  new Map(Object.entries(texts).map(([key, text]) => [key, SecretValue.fromBytes(Buffer.from(text, encoding))]));
