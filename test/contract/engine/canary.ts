import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { Engine, Template } from '../../../src/app/ports/engine.ts';
import { EngineError } from '../../../src/domain/engine-error.ts';
import { secret, secrets, template } from './samples.ts';

const CANARY = 'canary-7f3a-value';
const SECOND = 'c4n4ry.second:value';

const DATA = {
  plain: CANARY,
  json: JSON.stringify({ password: CANARY, nested: { deep: SECOND } }),
  pem: `-----BEGIN ${CANARY}-----\nAA==\n-----END ${CANARY}-----\n`,
  yaml: `a: ${CANARY}\n\tb: ${SECOND}`,
  lines: `${CANARY}\n  : ${SECOND}: x`,
  [SECOND]: 'a key may tell as much as a value',
};

/** Templates that fail with a value at hand. */
const TEMPLATES: readonly string[] = [
  '{{ .nope }}',
  '{{ .plain.nope }}',
  '{{ fail .plain }}',
  '{{ fail (printf "%s and %s" .plain .json) }}',
  '{{ required .plain nil }}',
  '{{ fromJson .plain }}',
  '{{ mustFromJson .plain }}',
  '{{ fromYaml .yaml }}',
  '{{ (fromJson .json).nope }}',
  '{{ (fromJson .json).password.nope }}',
  '{{ index (fromJson .json) .plain "x" }}',
  '{{ index .plain 1000 }}',
  '{{ index . .plain "x" }}',
  '{{ slice .plain 100 }}',
  '{{ atoi .plain | add "x" | fail }}',
  '{{ int64 .plain | printf "%s" | fail }}',
  '{{ b64dec .plain | fail }}',
  '{{ b32dec .plain | required "no" | fail }}',
  '{{ hexdec .plain | fail }}',
  '{{ mustRegexMatch (printf "(%s" .plain) "x" }}',
  '{{ regexMatch (printf "[%s" .plain) "x" }}',
  '{{ mustToDate "2006" .plain }}',
  '{{ toDate "2006" .plain | fail }}',
  '{{ mustDateModify .plain now }}',
  '{{ duration .plain | fail }}',
  '{{ semver .plain }}',
  '{{ semverCompare .plain "1.0.0" }}',
  '{{ urlParse (printf "http://%s:%%zz/" .plain) }}',
  '{{ urlParse (printf ":%s" .plain) }}',
  '{{ decryptAES .plain .plain }}',
  '{{ encryptAES .plain .plain | fail }}',
  '{{ genSelfSignedCert .plain nil nil 1 | fail }}',
  '{{ buildCustomCert .plain .plain | fail }}',
  '{{ genPrivateKey .plain | fail }}',
  '{{ derivePassword 1 .plain .plain .plain .plain | fail }}',
  '{{ bcrypt (repeat 10 .plain) | fail }}',
  '{{ htpasswd .plain (repeat 10 .plain) | fail }}',
  '{{ pkcs12key .plain }}',
  '{{ pkcs12cert .plain }}',
  '{{ pkcs12keyPass .plain .plain }}',
  '{{ pemToPkcs12 .plain .plain }}',
  '{{ fullPemToPkcs12 .pem .pem }}',
  '{{ pemTruststoreToPKCS12 .pem }}',
  '{{ filterPEM .plain .pem }}',
  '{{ filterPEM "X" .plain }}',
  '{{ filterCertChain .plain .pem }}',
  '{{ filterCertChain "leaf" .pem }}',
  '{{ jwkPublicKeyPem .plain }}',
  '{{ jwkPublicKeyPem .json }}',
  '{{ jwkPrivateKeyPem .json }}',
  '{{ rsaDecrypt .plain .plain .plain .pem }}',
  '{{ certSANs .plain }}',
  '{{ toYaml .plain | fromYaml | fail }}',
  '{{ dig .plain . }}',
  '{{ get . .plain }}',
  '{{ pluck .plain . }}',
  '{{ dict .plain | fail }}',
  '{{ set . .plain 1 }}',
  '{{ list .plain | first | fail }}',
  '{{ mustFirst .plain }}',
  '{{ mustHas .plain .plain }}',
  '{{ mustSlice .plain 1 }}',
  '{{ until .plain }}',
  '{{ untilStep .plain 1 2 }}',
  '{{ trunc .plain "x" }}',
  '{{ repeat .plain "x" }}',
  '{{ substr .plain 1 "x" }}',
  '{{ eq .plain 1 }}',
  '{{ lt .plain 1 }}',
  '{{ call .plain }}',
  '{{ len 3 .plain }}',
  '{{ printf "%d" .plain | fail }}',
  '{{ range $k, $v := . }}{{ fail $k }}{{ end }}',
  '{{ template "x" .plain }}',
  '{{ with .plain }}{{ .nope }}{{ end }}',
  '{{ range .plain }}{{ end }}',
  '{{ range fromJson .json }}{{ .nope }}{{ end }}',
  '{{ $x := fromJson .json }}{{ $x.nested.deep.nope }}',
  '{{ repeat 1000000000 .plain }}',
  '{{ $x := .plain }}{{ range until 1000000000 }}{{ $x }}{{ end }}',
  '{{ kindIs .plain }}',
  '{{ toJson (dict "a" now.String) | fromJson | fail }}',
  '{{ ago .plain }}',
  '{{ date "2006" .plain | fail }}',
  '{{ divf .plain 0 }}',
  '{{ mod .plain 0 }}',
  '{{ div .plain 0 }}',
  '{{ round .plain "x" }}',
  '{{ toDecimal .plain | fail }}',
  '{{ seq .plain }}',
  '{{ join .plain .plain .plain }}',
  '{{ splitList .plain }}',
  '{{ ternary .plain .plain .plain }}',
];

/** Text that renders and is then no YAML of keys and values. */
const YAML: readonly string[] = [
  '{{ .plain }}',
  '{{ .lines }}',
  'k: {{ .pem }}',
  '{{ .plain }}: {{ .json }}',
  '- {{ .plain }}',
  '{{ .plain }}: [x]',
  'a: !!binary {{ .plain }}',
  'a: !!int {{ .plain }}',
  'a: *{{ .plain }}',
  'a: !{{ .plain }} x',
  '%{{ .plain }}\n---\na: b',
  '"{{ .plain }}',
  '? [{{ .plain }}]\n: x',
  '<<: {{ .plain }}',
];

const forms = [CANARY, SECOND].flatMap((value) => [
  value,
  ...[0, 1, 2].map((shift) => base64Inside(value, shift)),
  Buffer.from(value).toString('hex'),
]);

/** The characters of base64 that do not depend on what stands around the value. */
function base64Inside(value: string, shift: number): string {
  const encoded = Buffer.from(' '.repeat(shift) + value).toString('base64');
  return encoded.slice(shift === 0 ? 0 : 4, -4);
}

const expectSilence = async (evaluation: Promise<unknown>): Promise<void> => {
  const error: unknown = await evaluation.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) return; // it succeeded: what it gave went to whom it was for
  expect(error).toBeInstanceOf(EngineError);
  if (!(error instanceof EngineError)) return;
  const publicText = [error.message, error.stack, JSON.stringify(error), inspect(error)].join('\n');

  expect(forms.filter((form) => publicText.toLowerCase().includes(form.toLowerCase()))).toEqual([]);
  expect(error.message).not.toBe('');
};

/** What the service writes, logs and reports of a failure tells no value; `raw`, for terminals, may. */
export const describeCanary = (engine: Engine): void => {
  const render = (one: Template) => engine.render({ data: secrets(DATA), templates: [one] });

  test.each(TEMPLATES)('are in no public text: %s', (text) => expectSilence(render(template(text))));

  test.each(YAML)('are in no public text of YAML: %s', (text) =>
    expectSilence(render(template(text, { scope: 'KeysAndValues', name: text }))),
  );

  describe('are in no public text of', () => {
    test.each<[string, (engine: Engine) => Promise<unknown>]>([
      ['a property of what is no JSON', (one) => one.setProperty(secret(CANARY), 'a.b', secret(SECOND))],
      ['a property set in a list', (one) => one.setProperty(secret(`["${CANARY}"]`), 'a', secret(SECOND))],
      ['a property at no path', (one) => one.setProperty(secret(`{"a":"${CANARY}"}`), '', secret(SECOND))],
      ['a property deleted from what is no JSON', (one) => one.deleteProperty(secret(CANARY), '#')],
      ['YAML that is wrong', (one) => one.yamlToJson(secret(`a: ${CANARY}: ${SECOND}`))],
      ['YAML with a key that is none', (one) => one.yamlToJson(secret(`? {a: ${CANARY}}\n: x`))],
      ['names a template fails on', (one) => one.transformNames('{{ fail .value }}', [CANARY])],
      ['names a template has no field of', (one) => one.transformNames('{{ .value.x }}', [CANARY])],
    ])('%s', (_, evaluate) => expectSilence(evaluate(engine)));
  });

  test('are found when they are there', async () => {
    await expect(
      expectSilence(Promise.reject(new EngineError({ public: `it was ${btoa(`x${CANARY}y`)}`, raw: '' }))),
    ).rejects.toThrow();
  });
};
