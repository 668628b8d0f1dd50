import { expect, test } from '@jest/globals';
import type { Engine } from '../../../src/app/ports/engine.ts';
import { secrets, template, texts } from './samples.ts';

/** Tried by templates that would tell if they got anywhere. */
export const describeIsolation = (engine: Engine): void => {
  const render = async (text: string) => {
    const [rendered = new Map()] = await engine.render({ data: secrets({ own: 'x' }), templates: [template(text)] });
    return texts(rendered)['key'];
  };

  test.each([
    ['the environment', '{{ env "PATH" }}'],
    ['the environment in text', '{{ expandenv "$PATH" }}'],
    ['the network', '{{ getHostByName "localhost" }}'],
    ['files', '{{ readFile "/etc/passwd" }}'],
    ['files by pattern', '{{ .Files.Get "/etc/passwd" }}'],
    ['the cluster', '{{ lookup "v1" "Secret" "default" "x" }}'],
    ['templates by name', '{{ include "x" . }}'],
    ['methods of what it is given', '{{ .own.Close }}'],
    ['calling what is no function', '{{ call .own }}'],
  ])('has no way to %s', async (_, text) => {
    await expect(render(text)).rejects.toMatchObject({ name: 'EngineError' });
  });

  test('sees no time zone of the machine', async () => {
    expect(await render('{{ dateInZone "MST" (now) "Local" }}')).toBe('UTC');
  });

  test('has the clock', async () => {
    const before = Math.floor(Date.now() / 1_000);

    const seconds = Number(await render('{{ now | unixEpoch }}'));

    expect(seconds).toBeGreaterThanOrEqual(before);
    expect(seconds).toBeLessThanOrEqual(Date.now() / 1_000);
  });

  test('has randomness that does not repeat', async () => {
    const drawn = await Promise.all(Array.from({ length: 20 }, () => render('{{ randAlphaNum 16 }}{{ uuidv4 }}')));

    expect(new Set(drawn).size).toBe(20);
  });

  test('sees no value of a call before', async () => {
    const data = secrets({ own: 'not-yours' });
    await engine.render({
      data,
      templates: [template('{{ define "kept" }}{{ .own }}{{ end }}{{ template "kept" . }}')],
    });

    await expect(render('{{ template "kept" . }}')).rejects.toMatchObject({ name: 'EngineError' });
    await expect(render('{{ toJson . }}')).resolves.toBe('{"own":"x"}');
  });

  test('leaves nothing behind in what it changes', async () => {
    const change = '{{ $d := dict "a" "1" }}{{ $_ := set $d "b" .own }}{{ range $k, $v := . }}{{ $k }}{{ end }}';

    expect(await render(`${change}{{ toJson $d }}`)).toBe('own{"a":"1","b":"x"}');
    expect(await render('{{ $d := dict "a" "1" }}{{ toJson $d }}{{ toJson . }}')).toBe('{"a":"1"}{"own":"x"}');
  });
};
