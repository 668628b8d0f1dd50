import { type PlainRecord, type StoredItem, toStoredItem } from './attribute-value.ts';

/** Attributes are written `#name` (so that none is taken for a reserved word), values `:name`. */
export interface Condition {
  readonly expression: string;
  readonly values?: PlainRecord;
}

/** `#revision = :revision` -> `{ '#revision': 'revision' }` */
export const attributeNames = (...expressions: readonly (string | undefined)[]): Record<string, string> =>
  Object.fromEntries(
    expressions.flatMap((expression = '') =>
      [...expression.matchAll(/#(\w+)/g)].map(([placeholder, name = '']) => [placeholder, name]),
    ),
  );

/** DynamoDB refuses an empty map, hence undefined. */
export const attributeValues = (values: PlainRecord = {}): StoredItem | undefined => {
  const named = Object.entries(values).map(([name, value]) => [`:${name}`, value] as const);
  return named.length === 0 ? undefined : toStoredItem(Object.fromEntries(named));
};

export const conditionOf = (condition: Condition | undefined) =>
  condition === undefined
    ? {}
    : {
        ConditionExpression: condition.expression,
        ExpressionAttributeNames: attributeNames(condition.expression),
        ExpressionAttributeValues: attributeValues(condition.values),
      };

export const NOT_THERE: Condition = { expression: 'attribute_not_exists(#pk)' };
