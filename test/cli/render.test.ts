import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { CHECKOUT, type CliWorld, createCliWorld } from './cli-world.ts';

type Json = Readonly<Record<string, unknown>>;

const EXAMPLES = join(CHECKOUT, 'docs/examples');
const CANARY = 'canary-7f3a9c';

let world: CliWorld;
beforeEach(() => {
  world = createCliWorld({ checkout: CHECKOUT });
});
afterEach(() => world.remove());

const manifest = (kind: string, name: string, rest: Json): Json => ({
  apiVersion: kind === 'ExternalSecret' ? 'external-secrets.io/v1' : 'v1',
  kind,
  metadata: { name },
  ...rest,
});
const externalSecret = (spec: Json, name = 'db'): Json =>
  manifest('ExternalSecret', name, { spec: { secretStoreRef: { name: 'aws' }, ...spec } });
const data = (secretKey: string, remoteRef: Json): Json => ({ secretKey, remoteRef: { key: 'prod/db', ...remoteRef } });
const EXTRACT = { dataFrom: [{ extract: { key: 'prod/db' } }] };
const templated = (template: Json): Json => externalSecret({ ...EXTRACT, target: { template } });

const render = (
  objects: readonly Json[],
  { values, words = [] }: { values?: Json; words?: readonly string[] } = {},
) => {
  const file = world.writeFile('manifests.yaml', objects.map((object) => stringify(object)).join('---\n'));
  const given = values === undefined ? [] : ['--values', world.writeFile('values.yaml', stringify(values))];
  return world.run('render', '-f', file, ...given, ...words);
};
const REVEAL = { words: ['--reveal'] };

describe('the example in the documentation', () => {
  const page = readFileSync(join(CHECKOUT, 'docs/cli.md'), 'utf8');
  const shownAfter = (comment: string): string => page.split(`# ${comment}\n`)[1]?.split('```')[0] ?? '';

  test.each(['externalsecret.yaml', 'values.yaml'])('shows the file %s', (name) => {
    expect(shownAfter(`docs/examples/${name}`)).toBe(readFileSync(join(EXAMPLES, name), 'utf8'));
  });

  test('gives what is shown', async () => {
    const files = ['-f', join(EXAMPLES, 'externalsecret.yaml'), '--values', join(EXAMPLES, 'values.yaml')];

    expect((await world.run('render', ...files)).out).toBe(shownAfter('gives'));
    expect((await world.run('render', ...files, '--reveal')).out).toContain(shownAfter('with --reveal'));
  });
});

describe('render', () => {
  test('shows keys and sizes, and no value', async () => {
    const template = {
      data: { a: '{{ .password }}' },
      metadata: { labels: { plain: 'x', made: '{{ .password }}' }, annotations: { note: '{{ .password }}' } },
    };

    const { code, out, err } = await render([templated(template)], { values: { 'prod/db': { password: CANARY } } });

    expect(code).toBe(0);
    expect(out + err).not.toContain(CANARY);
    expect(parse(out)).toMatchObject({
      kind: 'Secret',
      metadata: {
        name: 'db',
        namespace: 'default',
        labels: { plain: 'x', made: '<13 bytes>' },
        annotations: { note: '<13 bytes>' },
      },
      type: 'Opaque',
      data: { a: '<13 bytes>' },
    });
  });

  test('reveals text as text and bytes as Base64', async () => {
    const values = { 'prod/db': { text: 'älter', bytes: '/wA=' } };
    const spec = {
      data: [data('t', { property: 'text' }), data('b', { property: 'bytes', decodingStrategy: 'Base64' })],
    };

    const { out } = await render([externalSecret(spec)], { values, ...REVEAL });

    expect(parse(out)).toMatchObject({ stringData: { t: 'älter' }, data: { b: '/wA=' } });
  });

  test('tells values that nobody gave by placeholders', async () => {
    const spec = { data: [data('whole', {}), data('part', { property: 'users.#(admin==true).name' })], ...EXTRACT };

    const { out, err } = await render([externalSecret(spec)], REVEAL);

    expect(parse(out)).toMatchObject({
      stringData: { whole: '<prod/db>', part: '<prod/db users.#(admin==true).name>' },
    });
    expect(err).toContain('default/db: without --values the keys of spec.dataFrom[0].extract are not known');
  });

  test('takes tags, texts and objects from the values, each as what it is', async () => {
    const spec = {
      data: [
        data('text', { key: 'text' }),
        data('number', { key: 'number' }),
        data('query', { property: 'users.#.name' }),
        data('tag', { property: 'team', metadataPolicy: 'Fetch' }),
      ],
    };
    const values = { text: 'x', number: 5, 'prod/db': { users: [{ name: 'a' }], team: 'orders' } };

    const { out } = await render([externalSecret(spec)], { values, ...REVEAL });

    expect(parse(out)).toMatchObject({ stringData: { text: 'x', number: '5', query: '["a"]', tag: 'orders' } });
  });

  test('finds by name among the values, and says without them that it does not know what there is', async () => {
    const spec = { dataFrom: [{ find: { name: { regexp: '^prod/' } } }] };
    const values = { 'prod/db': 'x', 'prod/api': { a: 1 }, 'dev/db': 'y' };

    const found = await render([externalSecret(spec)], { values, ...REVEAL });
    const unknown = await render([externalSecret(spec)], REVEAL);

    expect(parse(found.out)).toMatchObject({ stringData: { prod_db: 'x', prod_api: '{"a":1}' } });
    expect(unknown.err).toContain('without --values the keys of spec.dataFrom[0].find are not known');
  });

  test('takes templates from the other documents', async () => {
    const template = {
      templateFrom: [
        { configMap: { name: 'map', items: [{ key: 'a' }] } },
        { secret: { name: 'plain', items: [{ key: 'b' }] } },
        { secret: { name: 'encoded', items: [{ key: 'c' }] } },
      ],
    };
    const others = [
      manifest('ConfigMap', 'map', { data: { a: 'A {{ .x }}' } }),
      manifest('Secret', 'plain', { stringData: { b: 'B {{ .x }}' } }),
      manifest('Secret', 'encoded', { data: { c: Buffer.from('C {{ .x }}').toString('base64') } }),
    ];

    const { out } = await render([templated(template), ...others], { values: { 'prod/db': { x: '1' } }, ...REVEAL });

    expect(parse(out)).toMatchObject({ stringData: { a: 'A 1', b: 'B 1', c: 'C 1' } });
  });

  test('puts the keys into a Secret of the other documents', async () => {
    const spec = { data: [data('mine', {})], target: { creationPolicy: 'Merge' } };
    const existing = manifest('Secret', 'db', { stringData: { theirs: 'x' }, type: 'example.com/custom' });

    const { out } = await render([externalSecret(spec), existing], { values: { 'prod/db': 'y' }, ...REVEAL });

    expect(parse(out)).toMatchObject({ type: 'example.com/custom', stringData: { mine: 'y', theirs: 'x' } });
  });

  test('prints one document for each ExternalSecret, and one list for machines', async () => {
    const objects = [
      externalSecret({ data: [data('a', {})] }, 'one'),
      externalSecret({ data: [data('a', {})] }, 'two'),
    ];

    const yaml = await render(objects);
    const json = await render(objects, { words: ['-o', 'json'] });

    const documents = parseAllDocuments(yaml.out).map((document): unknown => document.toJS());
    expect(documents).toMatchObject([{ metadata: { name: 'one' } }, { metadata: { name: 'two' } }]);
    expect(JSON.parse(json.out)).toEqual({ apiVersion: 'v1', kind: 'List', items: documents });
  });

  test('reads stdin, and what is in a list', async () => {
    world.stdin.push(
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [externalSecret({ data: [data('a', {})] })] }),
    );

    const { code, out } = await world.run('render', '-f', '-');

    expect(code).toBe(0);
    expect(parse(out)).toMatchObject({ data: { a: '<9 bytes>' } });
  });

  test.each<[string, Json, string]>([
    ['creationPolicy None', { creationPolicy: 'None' }, 'default/db: no Secret is written (secret synced)'],
    [
      'nothing to merge with',
      { creationPolicy: 'Merge' },
      'default/db: no Secret is written (secret will not be created due to CreationPolicy=Merge)',
    ],
  ])('says why it shows nothing: %s', async (_, target, message) => {
    const { code, out, err } = await render([externalSecret({ data: [data('a', {})], target })]);

    expect({ code, out, err }).toEqual({ code: 0, out: '', err: `${message}\n` });
  });
});

describe('what cannot be rendered', () => {
  const VALUES = { 'prod/db': { password: CANARY } };

  test('is told without values', async () => {
    const { code, out, err } = await render([templated({ data: { a: '{{ .password | fail }}' } })], { values: VALUES });

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(
      'default/db: could not apply template: could not execute template: could not execute template: ',
    );
    expect(err).toContain('unable to execute template at key a');
    expect(err).toContain('--reveal shows the whole error');
    expect(err).not.toContain(CANARY);
  });

  test.each<[string, Json]>([
    ['template', templated({ data: { a: '{{ .password | fail }}' } })],
    [
      'rewrite',
      externalSecret({
        dataFrom: [
          { extract: { key: 'prod/db' }, rewrite: [{ transform: { template: '{{ fail "canary-7f3a9c" }}' } }] },
        ],
      }),
    ],
  ])('is told in the engine’s own words when asked for: %s', async (_, object) => {
    const { code, err } = await render([object], { values: VALUES, ...REVEAL });

    expect(code).toBe(1);
    expect(err).toContain(CANARY);
    expect(err).not.toContain('--reveal');
  });

  test.each<[string, readonly Json[], string, string]>([
    [
      'a missing ConfigMap',
      [templated({ templateFrom: [{ configMap: { name: 'nope', items: [{ key: 'a' }] } }] })],
      'could not apply template: error fetching templateFrom data: configmaps "nope" not found',
      'Add the manifest of that object to the file of -f',
    ],
    [
      'a missing key of a Secret',
      [
        templated({ templateFrom: [{ secret: { name: 's', items: [{ key: 'a' }] } }] }),
        manifest('Secret', 's', { data: {} }),
      ],
      'error in secret s: missing key a',
      'Add the manifest of that object to the file of -f',
    ],
    [
      'a missing value',
      [externalSecret({ data: [data('a', { key: 'nope' })] })],
      'error processing spec.data[0] (key: nope), err: Secret does not exist',
      '--values has no such key.',
    ],
    ['a template that is not allowed', [templated({ type: 'bootstrap.kubernetes.io/token' })], 'is not allowed', ''],
    [
      'a find by nothing',
      [externalSecret({ dataFrom: [{ find: {} }] })],
      'error processing spec.dataFrom[0].find, err: unexpected find operator',
      '',
    ],
    [
      'a find by tags, which a file of values does not tell',
      [externalSecret({ dataFrom: [{ find: { tags: { env: 'prod' } } }] })],
      'find by tags: ',
      '',
    ],
    ['no ExternalSecret', [manifest('ConfigMap', 'a', {})], 'there is no ExternalSecret in', ''],
  ])('is named: %s', async (_, ...[objects, message, hint]) => {
    const { code, out, err } = await render(objects, { values: VALUES });

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(message);
    expect(err).toContain(hint);
  });

  test.each([
    ['manifests', `a: b: ${CANARY}`, 'x: y'],
    ['manifests', `- ${CANARY}`, 'x: y'],
    ['values', stringify(externalSecret({ data: [data('a', {})] })), `x: "${CANARY}`],
    ['values', stringify(externalSecret({ data: [data('a', {})] })), `- ${CANARY}`],
  ])('is not quoted when it is no %s', async (_, manifests, values) => {
    const files = ['-f', world.writeFile('m.yaml', manifests), '--values', world.writeFile('v.yaml', values)];

    const { code, out, err } = await world.run('render', ...files);

    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/is not YAML|is no Kubernetes object|is not one map/);
    expect(err).not.toContain(CANARY);
  });

  test('is a file that is not there', async () => {
    expect(await world.run('render', '-f', '/nowhere.yaml')).toMatchObject({
      code: 1,
      err: 'secretcast: /nowhere.yaml cannot be read\n',
    });
  });

  test('is nothing: without -f it is wrong usage', async () => {
    expect(await world.run('render')).toMatchObject({ code: 2, out: '' });
  });
});
