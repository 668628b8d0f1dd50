import { describe, expect, test } from '@jest/globals';
import type { Engine } from '../../../src/app/ports/engine.ts';
import { SecretValue } from '../../../src/domain/secret-value.ts';
import { secret, secrets, template, texts } from './samples.ts';

const BINARY = Uint8Array.of(0xff, 0xfe, 0x41, 0x00, 0x7a, 0xc3);

/** What each call does, apart from the language it evaluates. */
export const describeOperations = (engine: Engine): void => {
  describe('rendering', () => {
    test('gives one map a template, in order', async () => {
      const rendered = await engine.render({
        data: secrets({ user: 'app', password: 'pa' }),
        templates: [
          template('{{ .user }}', { name: 'a' }),
          template('x: {{ .user }}\nz: {{ .password }}', { scope: 'KeysAndValues' }),
          template('', { scope: 'KeysAndValues' }),
          template('{{ .password }}', { name: 'a' }),
        ],
      });

      expect(rendered.map(texts)).toEqual([{ a: 'app' }, { x: 'app', z: 'pa' }, {}, { a: 'pa' }]);
    });

    test('of no template gives nothing', async () => {
      expect(await engine.render({ data: new Map(), templates: [] })).toEqual([]);
    });

    test('keeps bytes that are no text', async () => {
      const [rendered] = await engine.render({
        data: new Map([['x', SecretValue.fromBytes(BINARY)]]),
        templates: [template('{{ .x }}')],
      });

      expect(rendered?.get('key')?.reveal()).toEqual(BINARY);
    });

    test('fails as a whole when one template fails, and says which', async () => {
      const rendering = engine.render({
        data: secrets({ a: '1' }),
        templates: [template('{{ .a }}', { name: 'good' }), template('{{ .b }}', { name: 'bad' })],
      });

      await expect(rendering).rejects.toMatchObject({
        name: 'EngineError',
        raw: expect.stringContaining('template at key bad: '),
        message: expect.stringContaining('bad'),
      });
    });

    test('lets no template see what another defined', async () => {
      const rendering = engine.render({
        data: new Map(),
        templates: [template('{{ define "mine" }}x{{ end }}'), template('{{ template "mine" }}')],
      });

      await expect(rendering).rejects.toMatchObject({ name: 'EngineError' });
    });
  });

  describe('properties', () => {
    const document = secret('{"a": {"b.c": "x"},\n "n": null, "l": [1,2]}');

    test.each([
      ['the first path at which there is anything', ['nope', 'a.b\\.c', 'l'], 'x'],
      ['null as an empty value', ['n'], ''],
      ['nothing at no path', [], undefined],
      ['nothing when there is nothing', ['nope'], undefined],
      ['what a modifier makes', ['l.@reverse.0'], '2'],
    ])('reading gives %s', async (_, paths, expected) => {
      expect((await engine.getProperty(document, paths))?.revealText()).toBe(expected);
    });

    test('setting leaves the rest as it is written', async () => {
      const changed = await engine.setProperty(document, 'l', secret('"new"'));

      expect(changed.revealText()).toBe('{"a": {"b.c": "x"},\n "n": null, "l": "\\"new\\""}');
    });

    test('deleting leaves other members as they are written', async () => {
      expect((await engine.deleteProperty(document, 'n')).revealText()).toBe('{"a": {"b.c": "x"}, "l": [1,2]}');
    });
  });

  describe('names', () => {
    test('are replaced by a regular expression, in order', async () => {
      const source = '^app/(?P<env>[a-z]+)-(.*)$';
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Go's way to name a group
      const request = { source, target: '${env}_$2', names: ['app/prod-db', 'other', 'app/dev-x'] };

      expect(await engine.replaceMatches(request)).toEqual(['prod_db', 'other', 'dev_x']);
    });

    test('are matched anywhere', async () => {
      expect(await engine.matchNames('[0-9]{2}', ['a12', 'b1', '34'])).toEqual([true, false, true]);
    });

    test('are rendered by a template', async () => {
      expect(await engine.transformNames('{{ .value | upper }}{{ .nope }}', ['a', 'b'])).toEqual([
        'A<no value>',
        'B<no value>',
      ]);
    });

    test('that are none give none', async () => {
      expect(await engine.matchNames('a', [])).toEqual([]);
      expect(await engine.transformNames('a', [])).toEqual([]);
      expect(await engine.replaceMatches({ source: 'a', target: 'b', names: [] })).toEqual([]);
    });

    test.each([
      ['(', () => engine.matchNames('(', ['a'])],
      ['(?=a)', () => engine.replaceMatches({ source: '(?=a)', target: '', names: ['a'] })],
      ['{{ nope }}', () => engine.transformNames('{{ nope }}', ['a'])],
    ])('are refused an expression that is wrong: %s', async (_, evaluate) => {
      await expect(evaluate()).rejects.toMatchObject({ name: 'EngineError', retryable: false });
    });
  });

  test('YAML is read as the API server reads it', async () => {
    const json = await engine.yamlToJson(secret('a: yes\nb: 0755\nc: [x, ~]\n'));

    expect(JSON.parse(json.revealText())).toEqual({ a: true, b: 493, c: ['x', null] });
  });

  test('YAML that is wrong is refused', async () => {
    await expect(engine.yamlToJson(secret('a: b: c'))).rejects.toMatchObject({ name: 'EngineError' });
  });

  describe('a call that is given up', () => {
    const given = (signal: AbortSignal) => engine.matchNames('a', ['a'], signal);

    test('before it begins has not begun', async () => {
      await expect(given(AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    });

    test('rejects with the reason, and the next is answered', async () => {
      const controller = new AbortController();
      const call = given(controller.signal);
      controller.abort(new Error('given up'));

      await expect(call).rejects.toThrow('given up');
      await expect(engine.matchNames('a', ['a'])).resolves.toEqual([true]);
    });
  });
};
