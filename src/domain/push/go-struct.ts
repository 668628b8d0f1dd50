import { compareBytes } from '../go-map-text.ts';

/** The type of a field in Go, as far as metadata has such. `json`: taken as it is. */
export type GoShape =
  | 'string'
  | 'bool'
  | 'json'
  | { readonly list: GoShape }
  | { readonly map: GoShape }
  | { readonly fields: Readonly<Record<string, GoShape>> };

/** What was decoded, with every field under the name of its shape and without nulls; or Go's words for why it cannot be. */
export type GoDecoded = { readonly value: unknown } | { readonly problem: string };

class Problem extends Error {}

/**
 * Decodes JSON as Go does into a struct that knows all its fields: names match whatever their letter case, an exact one
 * before others; a field that the struct lacks is refused at any level; null is the same as absent. Where text is wanted,
 * a number or truth value is taken for its text, as YAML decoders of Kubernetes do.
 *
 * @param struct - the type's name, for the error
 */
export const decodeGoStruct = (struct: string, shape: GoShape, value: unknown): GoDecoded => {
  try {
    return { value: decode(shape, value, { struct, path: [] }) };
  } catch (error) {
    if (error instanceof Problem) return { problem: error.message };
    throw error;
  }
};

interface Place {
  readonly struct: string;
  readonly path: readonly string[];
}

const decode = (shape: GoShape, value: unknown, place: Place): unknown => {
  if (shape === 'json') return value;
  if (value === null || value === undefined) return undefined;
  if (shape === 'string') return decodeText(value, place);
  if (shape === 'bool') return typeof value === 'boolean' ? value : refuse(value, place, 'bool');
  if ('list' in shape)
    return Array.isArray(value)
      ? value.map((item: unknown) => decode(shape.list, item, place) ?? zeroOf(shape.list))
      : refuse(value, place, goType(shape));
  if (!isObject(value)) return refuse(value, place, goType(shape));
  return 'map' in shape ? decodeMap(shape.map, value, place) : decodeFields(shape.fields, value, place);
};

const decodeText = (value: unknown, place: Place): unknown => {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : refuse(value, place, 'string');
};

const decodeMap = (shape: GoShape, value: object, place: Place): unknown =>
  Object.fromEntries(
    sorted(value).map(([name, member]) => [name, decode(shape, member, inside(place, name)) ?? zeroOf(shape)]),
  );

const decodeFields = (fields: Readonly<Record<string, GoShape>>, value: object, place: Place): unknown =>
  Object.fromEntries(
    sorted(value).flatMap(([name, member]) => {
      const field = fieldLike(fields, name);
      if (field === undefined) throw new Problem(`json: unknown field ${JSON.stringify(name)}`);
      const [known, shape] = field;
      const decoded = decode(shape, member, inside(place, known));
      return decoded === undefined ? [] : [[known, decoded]];
    }),
  );

const fieldLike = (
  fields: Readonly<Record<string, GoShape>>,
  name: string,
): readonly [name: string, shape: GoShape] | undefined => {
  const entries = Object.entries(fields);
  return (
    entries.find(([field]) => field === name) ?? entries.find(([field]) => field.toLowerCase() === name.toLowerCase())
  );
};

/** Members in the order in which the reference sees them. */
const sorted = (value: object): readonly (readonly [string, unknown])[] =>
  Object.entries(value).toSorted(([a], [b]) => compareBytes(a, b));

const inside = ({ struct, path }: Place, name: string): Place => ({ struct, path: [...path, name] });

const zeroOf = (shape: GoShape): unknown => (shape === 'string' ? '' : undefined);

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const refuse = (value: unknown, { struct, path }: Place, type: string): never => {
  const where =
    path.length === 0 ? `Go value of type ${type}` : `Go struct field ${[struct, ...path].join('.')} of type ${type}`;
  throw new Problem(`json: cannot unmarshal ${jsonType(value)} into ${where}`);
};

const jsonType = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
};

const goType = (shape: GoShape): string => {
  if (typeof shape === 'string') return shape;
  if ('list' in shape) return `[]${goType(shape.list)}`;
  return 'map' in shape ? `map[string]${goType(shape.map)}` : 'struct';
};
