import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Json, JsonObject } from '../../../local/kubernetes/json.ts';
import { objectsAt, stringAt, valueAt } from '../../../local/kubernetes/json.ts';
import { nameOf } from '../../../local/kubernetes/object-meta.ts';
import type { TestCluster } from './test-cluster.ts';
import {
  DEFINITIONS,
  defineWidgets,
  eventually,
  MERGE,
  message,
  STRATEGIC,
  startTestCluster,
  WIDGETS,
  widget,
} from './test-cluster.ts';

let test: TestCluster;
beforeAll(async () => {
  test = await startTestCluster();
  await defineWidgets(test);
}, 60_000);
afterAll(() => test.stop());

const UNCHECKED =
  '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

const refused: readonly (readonly [string, Json, string])[] = [
  ['a missing field', {}, `[spec.color: Required value, ${UNCHECKED}]`],
  [
    'a value outside an enum',
    { color: 'blue' },
    `[spec.color: Unsupported value: "blue": supported values: "red", "green", "grey", ${UNCHECKED}]`,
  ],
  [
    'a number above the maximum',
    { color: 'red', size: 11 },
    'spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10',
  ],
  [
    'another type',
    { color: 'red', size: 'a' },
    `[spec.size: Invalid value: "string": spec.size in body must be of type integer: "string", ${UNCHECKED}]`,
  ],
  [
    'a text that does not match',
    { color: 'red', note: 'AB' },
    `spec.note: Invalid value: "AB": spec.note in body should match '^[a-z]+$'`,
  ],
  [
    'a text that is too long',
    { color: 'red', note: 'abcdef' },
    `[spec.note: Too long: may not be more than 5 bytes, ${UNCHECKED}]`,
  ],
  [
    'neither integer nor text',
    { color: 'red', port: true },
    `[spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean", ${UNCHECKED}]`,
  ],
  [
    'too many members',
    { color: 'red', choice: { left: {}, right: {} } },
    `[spec.choice: Too many: 2: must have at most 1 item, ${UNCHECKED}]`,
  ],
  [
    'what a rule forbids',
    { color: 'red', first: 'a', second: 'b' },
    'spec: Invalid value: first and second exclude each other',
  ],
  [
    'what a rule on a list forbids',
    { color: 'red', parts: [{ name: 'x', tags: ['b', 'a'] }] },
    'spec.parts[0].tags: Invalid value: tags must be sorted lower case words',
  ],
];

describe('an object', () => {
  it.each(refused)('is refused for %s', async (_, spec, text) => {
    const answer = await test.call('POST', WIDGETS, { body: widget('refused', spec) });

    expect(answer.code).toBe(422);
    expect(message(answer)).toBe(`Widget.test.example.com "refused" is invalid: ${text}`);
  });

  it('loses unknown members and meaningless nulls, and gains defaults', async () => {
    const spec = {
      color: 'red',
      bogus: 1,
      labels: null,
      size: null,
      free: { any: { thing: 1 } },
      parts: [{ name: 'a', mode: null }],
    };

    const { body, warnings } = await test.call('POST', WIDGETS, { body: widget('cleaned', spec, { extra: 1 }) });

    expect(body['spec']).toEqual({
      color: 'red',
      size: 3,
      free: { any: { thing: 1 } },
      parts: [{ name: 'a', mode: 'fast' }],
    });
    expect(body).not.toHaveProperty('extra');
    expect(warnings).toBe('299 - "unknown field \\"extra\\"", 299 - "unknown field \\"spec.bogus\\""');
  });

  it('takes no strategic merge patch', async () => {
    await test.call('POST', WIDGETS, { body: widget('plain') });

    const { code } = await test.call('PATCH', `${WIDGETS}/plain`, {
      contentType: STRATEGIC,
      body: { spec: { size: 4 } },
    });

    expect(code).toBe(415);
  });

  it('cannot be replaced without a resourceVersion', async () => {
    await test.call('POST', WIDGETS, { body: widget('versioned') });

    const answer = await test.call('PUT', `${WIDGETS}/versioned`, { body: widget('versioned') });

    expect(answer.code).toBe(422);
    expect(message(answer)).toContain('metadata.resourceVersion: Invalid value: 0: must be specified for an update');
  });

  it('is compared with its predecessor by rules that ask for it', async () => {
    await test.call('POST', WIDGETS, { body: widget('fixed') });

    const answer = await test.call('PATCH', `${WIDGETS}/fixed`, {
      contentType: MERGE,
      body: { spec: { color: 'green' } },
    });

    expect(message(answer)).toBe(
      'Widget.test.example.com "fixed" is invalid: spec: Invalid value: color cannot become green',
    );
  });
});

describe('its generation', () => {
  const generation = (body: JsonObject): Json | undefined => valueAt(body, 'metadata', 'generation');
  const patch = async (path: string, body: JsonObject): Promise<JsonObject> =>
    (await test.call('PATCH', `${WIDGETS}/${path}`, { contentType: MERGE, body })).body;

  it('counts changes of the spec, not of metadata or status', async () => {
    await test.call('POST', WIDGETS, { body: widget('counted') });

    const labelled = await patch('counted', { metadata: { labels: { a: 'b' } } });
    const reported = await patch('counted/status', { status: { conditions: [] } });
    const changed = await patch('counted', { spec: { size: 4 } });

    expect([labelled, reported, changed].map(generation)).toEqual([1, 1, 2]);
  });
});

describe('its status', () => {
  it('is not set by writing the object', async () => {
    const { body } = await test.call('POST', WIDGETS, {
      body: widget('unset', { color: 'red' }, { status: { conditions: [] } }),
    });

    expect(body).not.toHaveProperty('status');
  });

  it('is all a write to /status changes, even one of metadata and status alone', async () => {
    const { body } = await test.call('POST', WIDGETS, { body: widget('reported') });
    const metadata = {
      name: 'reported',
      resourceVersion: stringAt(body, 'metadata', 'resourceVersion') ?? '',
      labels: { a: 'b' },
    };
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };

    const written = await test.call('PUT', `${WIDGETS}/reported/status`, {
      body: { apiVersion: 'test.example.com/v1', kind: 'Widget', metadata, status },
    });

    expect(written.code).toBe(200);
    expect(written.body).toMatchObject({ spec: { color: 'red', size: 3 }, status });
    expect(written.body).not.toHaveProperty('metadata.labels');
  });
});

describe('its kind', () => {
  it('is served in each version, with a warning where that is deprecated', async () => {
    await test.call('POST', WIDGETS, { body: widget('shared') });

    const { body, warnings } = await test.call('GET', `${WIDGETS.replace('/v1/', '/v1beta1/')}/shared`);

    expect(body).toMatchObject({ apiVersion: 'test.example.com/v1beta1', spec: { color: 'red' } });
    expect(warnings).toBe('299 - "test.example.com/v1beta1 Widget is deprecated; use test.example.com/v1 Widget"');
  });

  it('shows its printer columns', async () => {
    await test.call('POST', WIDGETS, { body: widget('shown') });
    const syncedAt = new Date(Date.now() - 3_600_000 * 5).toISOString();
    await test.call('PATCH', `${WIDGETS}/shown/status`, {
      contentType: MERGE,
      body: { status: { syncedAt, conditions: [{ type: 'Ready', status: 'True' }] } },
    });

    const { body } = await test.call('GET', `${WIDGETS}/shown`, {
      accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
    });

    expect(objectsAt(body, 'rows')[0]).toMatchObject({ cells: ['shown', 'red', 3, 'True', '5h', null] });
  });

  it('can be selected by the fields it names', async () => {
    await test.call('POST', WIDGETS, { body: widget('grey', { color: 'grey' }) });

    const { body } = await test.call('GET', `${WIDGETS}?fieldSelector=spec.color%3Dgrey`);

    expect(objectsAt(body, 'items').map(nameOf)).toEqual(['grey']);
  });

  it('fills new defaults into objects stored before', async () => {
    await test.call('POST', WIDGETS, { body: widget('older') });
    const property = '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/added';
    await test.call('PATCH', `${DEFINITIONS}/widgets.test.example.com`, {
      contentType: 'application/json-patch+json',
      body: [{ op: 'add', path: property, value: { type: 'string', default: 'later' } }],
    });

    const { body } = await eventually(
      () => test.call('GET', `${WIDGETS}/older`),
      (answer) => valueAt(answer.body, 'spec', 'added') !== undefined,
    );

    expect(valueAt(body, 'spec', 'added')).toBe('later');
  });

  it('needs a schema, a storage version and rules that can be read', async () => {
    const versions = [
      {
        name: 'v1',
        served: true,
        storage: false,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.a ==' }] } },
      },
    ];
    const spec = { group: 'bad.example.com', scope: 'Namespaced', names: { plural: 'bads', kind: 'Bad' }, versions };

    const answer = await test.call('POST', DEFINITIONS, {
      body: {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'bads.bad.example.com' },
        spec,
      },
    });

    expect(answer.code).toBe(422);
    expect(message(answer)).toContain('must have exactly one version marked as storage version');
    expect(message(answer)).toContain('compilation failed');
  });
});
