import type { FieldError } from './api-error.ts';
import { forbiddenValue, invalidValue, requiredValue, tooLongValue } from './field-error.ts';
import type { JsonObject } from './json.ts';
import { booleanAt, stringAt } from './json.ts';
import { checkLabelName, checkLabelValue, checkQualifiedName, checkSubdomainName } from './names.ts';
import {
  annotationsOf,
  finalizersOf,
  isBeingDeleted,
  labelsOf,
  nameOf,
  namespaceOf,
  ownersOf,
  uidOf,
} from './object-meta.ts';
import type { ResourceType } from './resource-type.ts';

const MAX_ANNOTATION_BYTES = 256 * 1024;

const checkLabels = (object: JsonObject): readonly FieldError[] =>
  Object.entries(labelsOf(object)).flatMap(([key, value]) => [
    ...checkQualifiedName(key).map((error) => invalidValue('metadata.labels', key, error)),
    ...checkLabelValue(value).map((error) => invalidValue('metadata.labels', value, error)),
  ]);

const checkAnnotations = (object: JsonObject): readonly FieldError[] => {
  const entries = Object.entries(annotationsOf(object));
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return [
    ...entries.flatMap(([key]) =>
      checkQualifiedName(key.toLowerCase()).map((error) => invalidValue('metadata.annotations', key, error)),
    ),
    ...(bytes > MAX_ANNOTATION_BYTES ? [tooLongValue('metadata.annotations', MAX_ANNOTATION_BYTES)] : []),
  ];
};

const OWNER_MEMBERS = [
  ['apiVersion', 'version must not be empty'],
  ['kind', 'must not be empty'],
  ['name', 'must not be empty'],
  ['uid', 'must not be empty'],
] as const;

const checkOwners = (object: JsonObject): readonly FieldError[] => {
  const owners = ownersOf(object);
  const missing = owners.flatMap((owner) =>
    OWNER_MEMBERS.filter(([member]) => (stringAt(owner, member) ?? '') === '').map(([member, text]) =>
      invalidValue(`metadata.ownerReferences.${member}`, '', text),
    ),
  );
  const [first, ...others] = owners.filter((owner) => booleanAt(owner, 'controller'));
  const describe = (owner: JsonObject | undefined): string => `${stringAt(owner, 'kind')}/${stringAt(owner, 'name')}`;
  const doubled = others.map((other) =>
    invalidValue(
      'metadata.ownerReferences',
      owners,
      `Only one reference can have Controller set to true. Found "true" in references for ${describe(first)} and ${describe(other)}`,
    ),
  );
  return [...missing, ...doubled];
};

const checkName = (object: JsonObject, { rules }: ResourceType): readonly FieldError[] => {
  const name = nameOf(object);
  if (name === '') return [requiredValue('metadata.name', 'name or generateName is required')];
  return (rules.validateName ?? checkSubdomainName)(name).map((error) => invalidValue('metadata.name', name, error));
};

const checkNamespace = (object: JsonObject, { namespaced }: ResourceType): readonly FieldError[] => {
  const namespace = namespaceOf(object);
  if (!namespaced) return namespace === '' ? [] : [forbiddenValue('metadata.namespace', 'not allowed on this type')];
  if (namespace === '') return [requiredValue('metadata.namespace')];
  return checkLabelName(namespace).map((error) => invalidValue('metadata.namespace', namespace, error));
};

const checkFinalizers = (object: JsonObject): readonly FieldError[] =>
  finalizersOf(object).flatMap((finalizer) =>
    checkQualifiedName(finalizer).map((error) => invalidValue('metadata.finalizers', finalizer, error)),
  );

export const validateMetadata = (object: JsonObject, type: ResourceType): readonly FieldError[] => [
  ...checkName(object, type),
  ...checkNamespace(object, type),
  ...checkLabels(object),
  ...checkAnnotations(object),
  ...checkOwners(object),
  ...checkFinalizers(object),
];

export const validateMetadataUpdate = (object: JsonObject, old: JsonObject): readonly FieldError[] => {
  const added = finalizersOf(object)
    .filter((finalizer) => !finalizersOf(old).includes(finalizer))
    .sort();
  const errors: FieldError[] = [];
  if (isBeingDeleted(old) && added.length > 0) {
    const shown = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
    errors.push(
      forbiddenValue(
        'metadata.finalizers',
        `no new finalizers can be added if the object is being deleted, found new finalizers ${shown}`,
      ),
    );
  }
  if (uidOf(object) !== uidOf(old)) errors.push(invalidValue('metadata.uid', uidOf(object), 'field is immutable'));
  return errors;
};
