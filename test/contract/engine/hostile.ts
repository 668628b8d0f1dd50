import { describe, expect, test } from '@jest/globals';
import type { Engine } from '../../../src/app/ports/engine.ts';
import { secret, secrets, template } from './samples.ts';

/** More than any deadline, and a thread's start on a busy machine. */
const PATIENCE_MILLISECONDS = 10_000;

const render = (engine: Engine, text: string, values: Readonly<Record<string, string>> = {}) =>
  engine.render({ data: secrets(values), templates: [template(text)] });

const nested = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);

/** What tenants could write to hold up, or bring down, what they share with others. */
const TEMPLATES: readonly (readonly [string, string])[] = [
  ['an endless range', '{{ range until 1000000000 }}x{{ end }}'],
  ['ranges in ranges', nested('{{ range until 100000 }}', '{{ end }}', 3)],
  ['a range over a number', '{{ range 1000000000000 }}{{ end }}'],
  ['text repeated 10^9 times', '{{ repeat 1000000000 "x" }}'],
  ['text repeated 10^18 times', '{{ repeat 1000000000000000000 "x" }}'],
  ['a template that calls itself', '{{ define "x" }}{{ template "x" . }}{{ end }}{{ template "x" . }}'],
  [
    'templates that call each other',
    '{{ define "x" }}{{ template "y" }}{{ template "y" }}{{ end }}{{ define "y" }}{{ template "x" }}{{ end }}{{ template "x" }}',
  ],
  ['an output of 100 MB', '{{ range until 1000 }}{{ repeat 100000 "x" }}{{ end }}'],
  ['an output that doubles', `{{ $x := "xxxxxxxx" }}${'{{ $x = cat $x $x }}'.repeat(40)}{{ $x }}`],
  ['a list that doubles', `{{ $x := list 1 2 3 4 }}${'{{ $x = concat $x $x }}'.repeat(40)}{{ len $x }}`],
  ['widths of 10^6, thousands of times', '{{ range until 100000 }}{{ printf "%1000000d" 1 }}{{ end }}'],
  ['an indent of 10^9', '{{ indent 1000000000 "a\\nb" }}'],
  ['parentheses without end', `{{ ${nested('(', ')', 200_000)} }}`],
];

const ALIASES = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefghijk'].map((name, index, names) => {
  const before = index === 1 ? 'a' : names[index - 1];
  return index === 0 ? name : `${name}: &${name} [${Array(9).fill(`*${before}`).join(',')}]`;
});

export const describeHostile = (engine: Engine): void => {
  test.each(TEMPLATES)('fails alone: %s', async (_, text) => {
    const before = performance.now();

    await expect(render(engine, text)).rejects.toMatchObject({ name: 'EngineError' });
    await expect(render(engine, '{{ .a }}', { a: 'next' })).resolves.toHaveLength(1);

    expect(performance.now() - before).toBeLessThan(PATIENCE_MILLISECONDS);
  });

  test.each([
    ['an expression that backtracks elsewhere', '{{ regexMatch "^(a+)+$" .x }}', { x: `${'a'.repeat(50_000)}!` }],
    ['an expression repeated 1000 times 1000 times', '{{ regexMatch "((a{0,1000}){0,1000}){0,1000}" "a" }}', {}],
    ['JSON too deep', `{{ fromJson \`${'['.repeat(2_000_000)}\` }}`, {}],
    ['YAML of aliases of aliases', '{{ fromYaml .x | toJson }}', { x: ALIASES.join('\n') }],
    ['a literal of 16 MB', `{{ len "${'x'.repeat(16 * 1024 * 1024)}" }}`, {}],
    ['a width of 10^6', '{{ printf "%1000000d" 1 | len }}', {}],
    ['a width of 10^9', '{{ printf "%1000000000d" 1 | len }}', {}],
  ])('does no harm: %s', async (_, text, values) => {
    await render(engine, text, values).catch((error: unknown) => expect(error).toMatchObject({ name: 'EngineError' }));

    await expect(render(engine, '{{ .a }}', { a: 'next' })).resolves.toHaveLength(1);
  });

  describe('in other calls', () => {
    test.each<[string, (engine: Engine) => Promise<unknown>]>([
      ['a path into JSON without end', (one) => one.getProperty(secret('['.repeat(5_000_000)), ['#.#.#.#'])],
      ['a path of 10^6 components', (one) => one.getProperty(secret('{"a":1}'), ['a.'.repeat(1_000_000)])],
      ['a property beyond 10^9', (one) => one.setProperty(secret('[]'), '1000000000', secret('x'))],
      ['an expression of 10^6 parentheses', (one) => one.matchNames(nested('(', ')', 1_000_000), ['a'])],
      ['YAML of aliases of aliases', (one) => one.yamlToJson(secret(ALIASES.join('\n')))],
      ['YAML too deep', (one) => one.yamlToJson(secret('['.repeat(1_000_000)))],
      ['names rendered without end', (one) => one.transformNames('{{ range until 1000000000 }}{{ end }}', ['a'])],
    ])('does no harm: %s', async (_, evaluate) => {
      await evaluate(engine).catch((error: unknown) => expect(error).toMatchObject({ name: 'EngineError' }));

      await expect(engine.matchNames('a', ['a'])).resolves.toEqual([true]);
    });
  });

  test('holds no other call up until its deadline', async () => {
    const order: string[] = [];
    const endless = '{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}';
    const hostile = ['x', 'y'].map((name) =>
      expect(render(engine, endless + name))
        .rejects.toMatchObject({ name: 'EngineError' })
        .then(() => order.push('hostile')),
    );
    const neighbours = Array.from({ length: 20 }, () => render(engine, '{{ .a }}', { a: '1' }));
    await Promise.all(neighbours).then(() => order.push('neighbours'));
    await Promise.all(hostile);

    expect(order).toEqual(['neighbours', 'hostile', 'hostile']);
  });
};
