import { gjsonNumberText, gjsonStringText } from './gjson-text.ts';

/*
 * Plain gjson paths over text whose characters stand for bytes (latin1). Like the original it never validates: it looks
 * for the next character that can begin what it needs and ignores the rest, so `xx{"a":1}` and `{"a":1,` have an `a`.
 */

const KEY_OR_END = /["}]/g;
const VALUE = /["{[+\-\dntfiIN]/g;
const VALUE_OR_END = /["{[+\-\dntfiIN\]]/g;
const STRING = /"([^"\\]*(?:\\.[^"\\]*)*)"/sy;
const LITERAL = /.[a-z]*/sy;
const NUMBER = /.[^\0- ,\]}]*/sy;
const BRACKET_OR_STRING = /"[^"\\]*(?:\\.[^"\\]*)*"?|[{[(]|[}\])]/gs;
const INDEX = /^(\d+)(?:\.(.*))?$/s;

/** Where reading goes on, and the text of the value looked for if it was met. */
interface Step {
  readonly at: number;
  readonly found?: string;
}

/** What the path says about the value at hand. */
interface Wanted {
  readonly matches: boolean;
  /** The path inside the value; undefined when the value itself is wanted. */
  readonly rest: string | undefined;
}

/** The value at a plain path, in latin1; undefined when there is none. `null` is there, and empty. */
export const gjsonGet = (text: string, path: string): string | undefined => {
  const start = text.search(/[{[]/);
  return start === -1 ? undefined : inContainer(text, start, path).found;
};

/** Splits a path at its first unescaped dot. The component keeps its backslashes. */
export const splitComponent = (path: string): { readonly component: string; readonly rest: string | undefined } => {
  const component = /^(?:[^.\\]|\\.?)*/s.exec(path)?.[0] ?? '';
  return { component, rest: component.length < path.length ? path.slice(component.length + 1) : undefined };
};

const inContainer = (text: string, at: number, path: string): Step =>
  text[at] === '{' ? inObject(text, at + 1, path) : inArray(text, at + 1, path);

const inObject = (text: string, start: number, path: string): Step => {
  const { component, rest } = splitComponent(path);
  const name = component.replace(/\\(.?)/gs, '$1');
  let at = start;
  for (;;) {
    const keyStart = seek(KEY_OR_END, text, at);
    if (text[keyStart] === '}') {
      return { at: keyStart + 1 };
    }
    const key = matchAt(STRING, text, keyStart);
    if (key === undefined) {
      return { at: text.length };
    }
    const valueStart = seek(VALUE, text, keyStart + key.length);
    const step = visit(text, valueStart, { matches: gjsonStringText(key) === name, rest });
    if (step.found !== undefined) {
      return step;
    }
    at = step.at;
  }
};

/** An escape in the component makes it no index, so that splitting at the first dot of all is enough. */
const inArray = (text: string, start: number, path: string): Step => {
  const [, digits = '-1', rest] = INDEX.exec(path) ?? [];
  const wantedIndex = Number(digits);
  let at = start;
  for (let index = 0; ; index += 1) {
    const valueStart = seek(VALUE_OR_END, text, at);
    if (valueStart === text.length || text[valueStart] === ']') {
      return { at: valueStart + 1 };
    }
    const step = visit(text, valueStart, { matches: index === wantedIndex, rest });
    if (step.found !== undefined) {
      return step;
    }
    at = step.at;
  }
};

/** Passes one value, or enters it when the path goes on inside. Only objects and arrays have an inside. */
const visit = (text: string, at: number, { matches, rest }: Wanted): Step => {
  const isContainer = /[{[]/.test(text.charAt(at));
  if (isContainer && matches && rest !== undefined) {
    return inContainer(text, at, rest);
  }
  const value = isContainer ? { raw: text.slice(at, endOfContainer(text, at)) } : scalarAt(text, at);
  const end = value === undefined ? text.length : at + value.raw.length;
  return value !== undefined && matches && rest === undefined
    ? { at: end, found: value.text ?? value.raw }
    : { at: end };
};

interface Value {
  readonly raw: string;
  /** What the property yields, if it is not the raw text. */
  readonly text?: string;
}

/** Undefined for a string without end, and at the end of the text. */
const scalarAt = (text: string, at: number): Value | undefined => {
  const first = text.charAt(at);
  if (first === '"') {
    const raw = matchAt(STRING, text, at);
    return raw === undefined ? undefined : { raw, text: gjsonStringText(raw) };
  }
  const isNumber = !/[ntf]/.test(first) || /^n[^u]/s.test(text.slice(at, at + 2));
  const raw = matchAt(isNumber ? NUMBER : LITERAL, text, at);
  if (raw === undefined) {
    return undefined;
  }
  return { raw, text: isNumber ? gjsonNumberText(raw) : (LITERAL_TEXTS.get(first) ?? '') };
};

/** A literal is known by its first letter. */
const LITERAL_TEXTS: ReadonlyMap<string, string> = new Map([
  ['t', 'true'],
  ['f', 'false'],
]);

/** Brackets are counted whatever their kind; one that is never closed reaches to the end. */
const endOfContainer = (text: string, start: number): number => {
  let depth = 0;
  BRACKET_OR_STRING.lastIndex = start;
  for (let token = BRACKET_OR_STRING.exec(text); token !== null; token = BRACKET_OR_STRING.exec(text)) {
    if (!token[0].startsWith('"')) {
      depth += /[{[(]/.test(token[0]) ? 1 : -1;
    }
    if (depth === 0) {
      return BRACKET_OR_STRING.lastIndex;
    }
  }
  return text.length;
};

/** Where a global expression matches next; the text's length when nowhere. */
const seek = (expression: RegExp, text: string, at: number): number => {
  expression.lastIndex = at;
  return expression.exec(text)?.index ?? text.length;
};

const matchAt = (expression: RegExp, text: string, at: number): string | undefined => {
  expression.lastIndex = at;
  return expression.exec(text)?.[0];
};
