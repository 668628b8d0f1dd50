import type { FieldError } from './api-error.ts';
import { checkRuleSyntax } from './cel-rules.ts';
import { invalidValue, requiredValue, unsupportedValue } from './field-error.ts';
import type { Json, JsonObject } from './json.ts';
import { definedMembers, isObject, objectAt, objectsAt, stringAt, stringsAt, valueAt } from './json.ts';
import { nameOf, toTimestamp } from './object-meta.ts';
import type { KindRules } from './resource-type.ts';

const withDefaultNames = (object: JsonObject): JsonObject => {
  const spec = objectAt(object, 'spec');
  const names = objectAt(spec, 'names');
  const kind = stringAt(names, 'kind') ?? '';
  const filled = { singular: kind.toLowerCase(), listKind: `${kind}List`, ...names };
  return { ...object, spec: { conversion: { strategy: 'None' }, ...spec, names: filled } };
};

const condition = (type: string, reason: string, message: string): JsonObject => ({
  type,
  status: 'True',
  reason,
  message,
  lastTransitionTime: toTimestamp(new Date()),
});

const storageVersions = (object: JsonObject, old: JsonObject | undefined): readonly string[] => {
  const storage = objectsAt(object, 'spec', 'versions').find((version) => version['storage'] === true);
  return [...new Set([...stringsAt(old, 'status', 'storedVersions'), stringAt(storage, 'name') ?? ''])];
};

const PENDING = { acceptedNames: { kind: '', plural: '' }, conditions: null };

export const isEstablished = (definition: JsonObject): boolean =>
  objectsAt(definition, 'status', 'conditions').some(
    (one) => stringAt(one, 'type') === 'Established' && stringAt(one, 'status') === 'True',
  );

/** What a controller finds shortly after: the names are free, the kind is served. */
export const establish = (definition: JsonObject): JsonObject => ({
  ...definition,
  status: {
    ...objectAt(definition, 'status'),
    acceptedNames: valueAt(definition, 'spec', 'names') ?? {},
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
  },
});

const describeChild = (path: string, name: string): string => `${path}.properties[${name}]`;

const checkNode = (node: JsonObject, path: string): readonly FieldError[] => {
  const errors: FieldError[] = [];
  const typeless = node['x-kubernetes-int-or-string'] === true || node['x-kubernetes-preserve-unknown-fields'] === true;
  if ((stringAt(node, 'type') ?? '') === '' && !typeless) {
    errors.push(requiredValue(`${path}.type`, 'must not be empty for specified object fields'));
  }
  objectsAt(node, 'x-kubernetes-validations').forEach((rule, index) => {
    const problem = checkRuleSyntax(stringAt(rule, 'rule') ?? '');
    const where = `${path}.x-kubernetes-validations[${index}].rule`;
    if (problem !== undefined) {
      errors.push(invalidValue(where, definedMembers({ rule: rule['rule'] }), `compilation failed: ${problem}`));
    }
  });
  for (const [name, child] of Object.entries(objectAt(node, 'properties'))) {
    if (isObject(child)) errors.push(...checkNode(child, describeChild(path, name)));
  }
  const nested: readonly (readonly [string, Json | undefined])[] = [
    ['items', node['items']],
    ['additionalProperties', node['additionalProperties']],
  ];
  for (const [name, child] of nested) if (isObject(child)) errors.push(...checkNode(child, `${path}.${name}`));
  return errors;
};

const checkVersions = (object: JsonObject): readonly FieldError[] => {
  const versions = objectsAt(object, 'spec', 'versions');
  const stored = versions.filter((version) => version['storage'] === true);
  const errors: FieldError[] = [];
  if (stored.length !== 1) {
    const names = versions.map((version) => stringAt(version, 'name') ?? '');
    errors.push(invalidValue('spec.versions', names, 'must have exactly one version marked as storage version'));
  }
  versions.forEach((version, index) => {
    const path = `spec.versions[${index}].schema.openAPIV3Schema`;
    const schema = valueAt(version, 'schema', 'openAPIV3Schema');
    if (!isObject(schema)) errors.push(requiredValue(path, 'schemas are required'));
    else errors.push(...checkNode(schema, path));
  });
  return errors;
};

const validateDefinition = (object: JsonObject): readonly FieldError[] => {
  const plural = stringAt(object, 'spec', 'names', 'plural') ?? '';
  const group = stringAt(object, 'spec', 'group') ?? '';
  const scope = stringAt(object, 'spec', 'scope') ?? '';
  const errors: FieldError[] = [];
  if (nameOf(object) !== `${plural}.${group}`) {
    errors.push(invalidValue('metadata.name', nameOf(object), 'must be spec.names.plural+"."+spec.group'));
  }
  if (scope !== 'Cluster' && scope !== 'Namespaced') {
    errors.push(unsupportedValue('spec.scope', scope, ['Cluster', 'Namespaced']));
  }
  return [...errors, ...checkVersions(object)];
};

export const definitionRules: KindRules = {
  empty: { spec: { names: {} } },
  normalise: withDefaultNames,
  beforeCreate: (object) => ({ ...object, status: { ...PENDING, storedVersions: storageVersions(object, undefined) } }),
  beforeUpdate: (object, old) => ({
    ...object,
    status: { ...objectAt(old, 'status'), storedVersions: storageVersions(object, old) },
  }),
  validate: validateDefinition,
};
