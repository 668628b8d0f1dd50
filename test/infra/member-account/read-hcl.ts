/** A block as it is written: `type "label" { … }`, its attributes by name and its blocks in order. */
export interface HclBlock {
  readonly type: string;
  readonly labels: readonly string[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly blocks: readonly HclBlock[];
}

/**
 * As much of Terraform's language as our module is written in: blocks, texts, lists, objects and calls of one argument.
 * Any other expression stays the text it is written as; a text keeps its `${…}`.
 * @throws Error - what is neither a block nor an attribute, a bracket without its partner, a name that is given twice
 */
export const readHcl = (text: string): HclBlock => {
  const tokens = tokenise(text);
  let at = 0;
  const peek = (): string => tokens[at] ?? '';
  const next = (): string => {
    at += 1;
    return tokens[at - 1] ?? '';
  };
  const expect = (token: string): void => {
    const found = next();
    if (found !== token) throw new Error(`expected ${JSON.stringify(token)}, found ${JSON.stringify(found)}`);
  };
  const skipLines = (): void => {
    while (peek() === '\n') at += 1;
  };

  const body = (type: string, labels: readonly string[], end: string): HclBlock => {
    const attributes: Record<string, unknown> = {};
    const blocks: HclBlock[] = [];
    for (skipLines(); peek() !== end; skipLines()) {
      const name = next();
      if (!NAME.test(name)) throw new Error(`expected a name, found ${JSON.stringify(name)}`);
      if (peek() !== '=') {
        blocks.push(block(name));
        continue;
      }
      at += 1;
      if (Object.hasOwn(attributes, name)) throw new Error(`${name} is given twice`);
      attributes[name] = expression();
    }
    at += 1;
    return { type, labels, attributes, blocks };
  };

  const block = (type: string): HclBlock => {
    const labels: string[] = [];
    while (peek().startsWith('"')) labels.push(unquote(next()));
    expect('{');
    return body(type, labels, '}');
  };

  const expression = (): unknown => {
    if (peek() === '[' && tokens[at + 1] !== 'for') return members();
    if (peek() === '{') return object();
    if (tokens[at] === 'jsonencode') {
      at += 1;
      expect('(');
      const argument = expression();
      expect(')');
      return argument;
    }
    return asWritten();
  };

  const members = (): readonly unknown[] => {
    const found: unknown[] = [];
    expect('[');
    for (skipLines(); peek() !== ']'; skipLines()) {
      found.push(expression());
      skipLines();
      if (peek() === ',') at += 1;
    }
    at += 1;
    return found;
  };

  const object = (): Readonly<Record<string, unknown>> => {
    expect('{');
    return body('', [], '}').attributes;
  };

  /** Up to the end of the line, or of the list or object it is in. */
  const asWritten = (): unknown => {
    const parts: string[] = [];
    for (let depth = 0; depth > 0 || !ENDS.includes(peek()); ) {
      const token = next();
      if (token === '') throw new Error('a bracket is not closed');
      depth += STEPS[token] ?? 0;
      parts.push(token);
    }
    return literal(parts);
  };

  return body('', [], '');
};

const NAME = /^[A-Za-z_][\w.-]*$/;
const ENDS = ['\n', ',', ']', '}', ')', ''];
const STEPS: Readonly<Record<string, number>> = { '(': 1, '[': 1, '{': 1, ')': -1, ']': -1, '}': -1 };
const LITERALS: Readonly<Record<string, unknown>> = { true: true, false: false, null: null };

const literal = ([only = '', ...more]: readonly string[]): unknown => {
  if (more.length > 0) return [only, ...more].join(' ');
  return only.startsWith('"') ? unquote(only) : (LITERALS[only] ?? only);
};

/** Names with their dots, texts in their quotes, line ends, and every other sign by itself. Comments are left out. */
const tokenise = (text: string): readonly string[] =>
  text
    .match(/#[^\n]*|"(?:[^"\\\n]|\\.)*"|[A-Za-z_][\w.-]*|\d+|\n|[^\s\w]/g)
    ?.filter((token) => !token.startsWith('#')) ?? [];

const unquote = (token: string): string => token.slice(1, -1);
