import { isDeepStrictEqual } from 'node:util';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const matchesLeaf = (condition: unknown, value: unknown): boolean => {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!isRecord(condition)) return values.some((one) => one === condition);
  if (isDeepStrictEqual(condition, { exists: false })) return value === undefined;
  if (isDeepStrictEqual(condition, { exists: true })) return value !== undefined;
  throw new Error(`operator not known here: ${Object.keys(condition).join(', ')}`);
};

/**
 * Whether EventBridge would hand an event to a rule, for the operators our rules use: equal, exists.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
 */
export const matchesPattern = (pattern: unknown, event: unknown): boolean => {
  if (Array.isArray(pattern)) return pattern.some((condition) => matchesLeaf(condition, event));
  if (!isRecord(pattern)) throw new Error('a pattern is an object whose leaves are lists');
  return Object.entries(pattern).every(([name, below]) =>
    matchesPattern(below, isRecord(event) ? event[name] : undefined),
  );
};
