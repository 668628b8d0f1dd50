import type { Json } from './json.ts';
import { isList, isObject } from './json.ts';

type Step = (value: Json) => readonly Json[];

const memberStep =
  (name: string): Step =>
  (value) => {
    const member = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    return member === undefined ? [] : [member];
  };

const allStep: Step = (value) => (isList(value) ? value : isObject(value) ? Object.values(value) : []);

const indexStep =
  (index: number): Step =>
  (value) => {
    const item = isList(value) ? value.at(index) : undefined;
    return item === undefined ? [] : [item];
  };

const filterStep =
  (name: string, wanted: string): Step =>
  (value) =>
    isList(value) ? value.filter((item) => isObject(item) && String(item[name]) === wanted) : [];

const TOKEN =
  /\.([A-Za-z0-9_-]+(?:\\\.[A-Za-z0-9_-]+)*)|\[(-?\d+)\]|\[\*\]|\.\*|\['([^']+)'\]|\[\?\(@\.([A-Za-z0-9_-]+)\s*==\s*(?:"([^"]*)"|'([^']*)')\)\]/g;

const parseSteps = (path: string): readonly Step[] =>
  [...path.matchAll(TOKEN)].map(([, name, index, quoted, field, double, single]) => {
    if (name !== undefined) return memberStep(name.replaceAll('\\.', '.'));
    if (quoted !== undefined) return memberStep(quoted);
    if (index !== undefined) return indexStep(Number(index));
    if (field !== undefined) return filterStep(field, double ?? single ?? '');
    return allStep;
  });

const parsed = new Map<string, readonly Step[]>();

/** The first value a printer column's path leads to, as `.status.conditions[?(@.type=="Ready")].status`. */
export const findByJsonPath = (value: Json, path: string): Json | undefined => {
  const steps = parsed.get(path) ?? parseSteps(path.startsWith('.') || path.startsWith('[') ? path : `.${path}`);
  parsed.set(path, steps);
  return steps.reduce<readonly Json[]>((values, step) => values.flatMap(step), [value])[0];
};
