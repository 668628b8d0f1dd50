import type { CelError, CelInput, CelValue } from '@bufbuild/cel';
import { celEnv, isCelError, parse, plan } from '@bufbuild/cel';
import type { FieldError } from './api-error.ts';
import { KUBERNETES_FUNCTIONS } from './cel-library.ts';
import { toCelValue } from './cel-values.ts';
import { duplicateValue, forbiddenValue, invalidValue, requiredValue } from './field-error.ts';
import type { Json, JsonList, JsonObject } from './json.ts';
import { isList, isObject, jsonEqual } from './json.ts';
import type { Schema, ValidationRule } from './schema.ts';
import { memberSchema } from './schema.ts';

type Program = (bindings: Record<string, CelInput>) => CelValue | CelError;

const ENVIRONMENT = celEnv({ funcs: KUBERNETES_FUNCTIONS });

/** What is wrong with a rule's text; undefined when it parses. */
export const checkRuleSyntax = (rule: string): string | undefined => {
  try {
    plan(ENVIRONMENT, parse(rule));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'unknown error';
  }
};

const programs = new Map<string, Program>();

const programOf = (expression: string): Program => {
  const known = programs.get(expression) ?? plan(ENVIRONMENT, parse(expression));
  programs.set(expression, known);
  return known;
};

interface Node {
  readonly value: Json;
  /** The stored value at the same place, when there is one to compare with. */
  readonly old: Json | undefined;
  readonly schema: Schema;
  readonly path: string;
}

const ruleText = ({ rule, message }: ValidationRule): string => message?.trim() || rule.trim();
const defaultMessage = (rule: ValidationRule): string =>
  rule.message?.trim() ? rule.message.trim() : `failed rule: ${ruleText(rule)}`;

const messageOf = (rule: ValidationRule, bindings: Record<string, CelInput>): string => {
  if (rule.messageExpression === undefined) return defaultMessage(rule);
  const text = programOf(rule.messageExpression)(bindings);
  return typeof text === 'string' && text.trim() !== '' && !text.includes('\n') ? text.trim() : defaultMessage(rule);
};

const failure = (rule: ValidationRule, node: Node, message: string): FieldError => {
  const path = node.path === '' ? '<nil>' : node.path;
  const field = rule.fieldPath === undefined ? path : `${node.path}${rule.fieldPath}`.replace(/^\./, '');
  const shown = isObject(node.value) || isList(node.value) ? undefined : node.value;
  if (rule.reason === 'FieldValueForbidden') return forbiddenValue(field, message);
  if (rule.reason === 'FieldValueRequired') return requiredValue(field, message);
  if (rule.reason === 'FieldValueDuplicate') return duplicateValue(field, shown ?? null);
  return invalidValue(field, shown, message);
};

const checkRule = (rule: ValidationRule, node: Node): FieldError | undefined => {
  const comparesOld = /\boldSelf\b/.test(rule.rule);
  if (comparesOld && node.old === undefined) return undefined;
  const bindings: Record<string, CelInput> = { self: toCelValue(node.value, node.schema) };
  if (node.old !== undefined) bindings['oldSelf'] = toCelValue(node.old, node.schema);
  const result = programOf(rule.rule)(bindings);
  const path = node.path === '' ? '<nil>' : node.path;
  const type = node.schema.type ?? '';
  if (isCelError(result)) return invalidValue(path, type, `${result.message} evaluating rule: ${ruleText(rule)}`);
  if (result === true) return undefined;
  const isUnchanged = node.old !== undefined && jsonEqual(node.value, node.old);
  return !comparesOld && isUnchanged ? undefined : failure(rule, node, messageOf(rule, bindings));
};

const childNodes = (node: Node): readonly Node[] => {
  const { value, old, schema, path } = node;
  if (isList(value)) return itemNodes(value, node);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const child = memberSchema(schema, name);
    if (child === undefined) return [];
    const isDeclared = schema.properties.has(name);
    const childPath = isDeclared ? (path === '' ? name : `${path}.${name}`) : `${path}[${name}]`;
    return [{ value: member, old: isObject(old) ? old[name] : undefined, schema: child, path: childPath }];
  });
};

const itemNodes = (value: JsonList, { old, schema, path }: Node): readonly Node[] => {
  const { items } = schema;
  if (items === undefined) return [];
  const sameKeys = (left: Json, right: Json): boolean =>
    isObject(left) && isObject(right) && schema.listMapKeys.every((key) => jsonEqual(left[key], right[key]));
  const oldOf = (item: Json): Json | undefined =>
    schema.listType === 'map' && isList(old) ? old.find((one) => sameKeys(one, item)) : undefined;
  return value.map((item, index) => ({ value: item, old: oldOf(item), schema: items, path: `${path}[${index}]` }));
};

const children = ({ properties, additional, items }: Schema): readonly (Schema | undefined)[] => [
  ...properties.values(),
  additional === true ? undefined : additional,
  items,
];

/** Rules of a schema tree are looked for once; most parts have none. */
export const createRuleChecker = () => {
  const known = new WeakMap<Schema, boolean>();
  const hasRules = (schema: Schema): boolean => {
    const found = known.get(schema);
    if (found !== undefined) return found;
    const result = schema.rules.length > 0 || children(schema).some((child) => child !== undefined && hasRules(child));
    known.set(schema, result);
    return result;
  };
  const checkNode = (node: Node): readonly FieldError[] => {
    if (node.value === null || !hasRules(node.schema)) return [];
    const own = node.schema.rules.map((rule) => checkRule(rule, node)).filter((error) => error !== undefined);
    return [...own, ...childNodes(node).flatMap(checkNode)];
  };
  return (object: JsonObject, old: JsonObject | undefined, schema: Schema): readonly FieldError[] =>
    checkNode({ value: object, old, schema, path: '' });
};
