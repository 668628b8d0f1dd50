import { describeAge } from './ages.ts';
import { compareVersions } from './api-versions.ts';
import { AGE_COLUMN, column, NAME_COLUMN } from './built-in-columns.ts';
import { OBJECT_META } from './built-in-schemas.ts';
import { createRuleChecker } from './cel-rules.ts';
import type { Json, JsonObject } from './json.ts';
import { booleanAt, numberAt, objectAt, objectsAt, stringAt, stringsAt, valueAt } from './json.ts';
import { findByJsonPath } from './json-path.ts';
import { uidOf } from './object-meta.ts';
import type { Column, ResourceType, ServedVersion } from './resource-type.ts';
import { parseSchema } from './schema.ts';

/** Dates are shown as ages, the rest as it is; what is absent or of another type is left empty. */
const cellOf = (value: Json | undefined, type: string, now: Date): Json => {
  if (value === undefined || value === null) return null;
  if (type === 'date') return typeof value === 'string' ? describeAge(value, now) : null;
  if (type === 'string') return typeof value === 'string' ? value : JSON.stringify(value);
  if (type === 'boolean') return typeof value === 'boolean' ? value : null;
  return typeof value === 'number' ? value : null;
};

const customColumn = (source: JsonObject): Column => {
  const type = stringAt(source, 'type') ?? 'string';
  const path = stringAt(source, 'jsonPath') ?? '';
  return column(stringAt(source, 'name') ?? '', (object, now) => cellOf(findByJsonPath(object, path), type, now), {
    type,
    format: stringAt(source, 'format') ?? '',
    description: stringAt(source, 'description') ?? `Custom resource definition column (in JSONPath format): ${path}`,
    priority: numberAt(source, 'priority') ?? 0,
  });
};

const columnsOf = (source: JsonObject): readonly Column[] => {
  const own = objectsAt(source, 'additionalPrinterColumns');
  return own.length === 0 ? [NAME_COLUMN, AGE_COLUMN] : [NAME_COLUMN, ...own.map(customColumn)];
};

const completeSchema = (source: JsonObject): JsonObject => {
  const schema = objectAt(source, 'schema', 'openAPIV3Schema');
  const properties = { apiVersion: { type: 'string' }, kind: { type: 'string' }, ...objectAt(schema, 'properties') };
  return { ...schema, properties: { ...properties, metadata: OBJECT_META } };
};

/** The newest served version that is not deprecated itself is recommended. */
const replacementOf = (spec: JsonObject, deprecated: string): string | undefined => {
  const sound = objectsAt(spec, 'versions').filter((one) => booleanAt(one, 'served') && !booleanAt(one, 'deprecated'));
  const names = sound.map((one) => stringAt(one, 'name') ?? '').sort(compareVersions);
  const [best] = names;
  return best !== undefined && compareVersions(best, deprecated) < 0 ? best : undefined;
};

const deprecationOf = (source: JsonObject, spec: JsonObject): string | undefined => {
  if (!booleanAt(source, 'deprecated')) return undefined;
  const [group, kind, version] = [
    stringAt(spec, 'group'),
    stringAt(spec, 'names', 'kind'),
    stringAt(source, 'name') ?? '',
  ];
  const replacement = replacementOf(spec, version);
  const advice = replacement === undefined ? '' : `; use ${group}/${replacement} ${kind}`;
  return stringAt(source, 'deprecationWarning') ?? `${group}/${version} ${kind} is deprecated${advice}`;
};

const versionOf = (source: JsonObject, spec: JsonObject): ServedVersion => {
  const openApi = completeSchema(source);
  return {
    name: stringAt(source, 'name') ?? '',
    served: booleanAt(source, 'served'),
    deprecation: deprecationOf(source, spec),
    schema: parseSchema(openApi),
    openApi,
    hasStatus: valueAt(source, 'subresources', 'status') !== undefined,
    columns: columnsOf(source),
    selectableFields: objectsAt(source, 'selectableFields').map((one) =>
      (stringAt(one, 'jsonPath') ?? '').replace(/^\./, ''),
    ),
  };
};

const typeOf = (definition: JsonObject): ResourceType => {
  const spec = objectAt(definition, 'spec');
  const names = objectAt(spec, 'names');
  const group = stringAt(spec, 'group') ?? '';
  const kind = stringAt(names, 'kind') ?? '';
  const storage = objectsAt(spec, 'versions').find((version) => booleanAt(version, 'storage'));
  return {
    group,
    kind,
    listKind: stringAt(names, 'listKind') ?? `${kind}List`,
    plural: stringAt(names, 'plural') ?? '',
    singular: stringAt(names, 'singular') ?? kind.toLowerCase(),
    shortNames: stringsAt(names, 'shortNames'),
    categories: stringsAt(names, 'categories'),
    namespaced: stringAt(spec, 'scope') === 'Namespaced',
    custom: true,
    storageVersion: stringAt(storage, 'name') ?? '',
    versions: objectsAt(spec, 'versions').map((version) => versionOf(version, spec)),
    subresources: [],
    hasGeneration: true,
    allowsUnconditionalUpdate: false,
    returnsDeleted: false,
    rules: {},
  };
};

const known = new Map<string, { readonly spec: Json | undefined; readonly type: ResourceType }>();

/** The type a CustomResourceDefinition defines; the same value as long as its spec is the same. */
export const customType = (definition: JsonObject): ResourceType => {
  const uid = uidOf(definition);
  const found = known.get(uid);
  if (found !== undefined && found.spec === definition['spec']) return found.type;
  const type = typeOf(definition);
  known.set(uid, { spec: definition['spec'], type });
  return type;
};

/** Rules are compiled once for each schema. */
export const checkRules = createRuleChecker();
