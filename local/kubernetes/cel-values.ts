import type { CelInput } from '@bufbuild/cel';
import type { Json } from './json.ts';
import { isList, isObject } from './json.ts';
import type { Schema } from './schema.ts';
import { memberSchema } from './schema.ts';

const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** Member names that are no identifiers are spelled out in rules: `self.a__dash__b`. */
const escapeName = (name: string): string => {
  if (RESERVED.has(name)) return `__${name}__`;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
};

const numberToCel = (value: number, schema: Schema | undefined): CelInput =>
  schema?.type === 'number' || !Number.isSafeInteger(value) ? value : BigInt(value);

/** JSON as rules see it: whole numbers are `int` unless the schema says `number`, objects are maps. */
export const toCelValue = (value: Json | undefined, schema: Schema | undefined): CelInput => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return numberToCel(value, schema);
  if (isList(value)) return value.map((item) => toCelValue(item, schema?.items));
  if (!isObject(value)) return value;
  return new Map(
    Object.entries(value).map(([name, member]): [string, CelInput] => {
      const isDeclared = schema?.properties.has(name) === true;
      return [isDeclared ? escapeName(name) : name, toCelValue(member, memberSchema(schema, name))];
    }),
  );
};
