import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import {
  crds,
  generatorCrds,
  generatorKindSchema,
  generatorPlaces,
  kindSchema,
  nodeSchema,
  places,
  rows,
  schemaOf,
} from './read-crds.ts';

/** kubectl's client-side apply keeps the whole object in an annotation of at most this many bytes. */
const MAX_ANNOTATION_BYTES = 262_144;

const ready = (field: string) => `.status.conditions[?(@.type=="Ready")].${field}`;
const storeColumns = [
  ['AGE', 'date', '.metadata.creationTimestamp'],
  ['Status', 'string', ready('reason')],
  ['Capabilities', 'string', '.status.capabilities'],
  ['Ready', 'string', ready('status')],
];

describe('definitions', () => {
  test.each([
    { kind: 'ExternalSecret', plural: 'externalsecrets', short: 'es', scope: 'Namespaced' },
    { kind: 'SecretStore', plural: 'secretstores', short: 'ss', scope: 'Namespaced' },
    { kind: 'ClusterSecretStore', plural: 'clustersecretstores', short: 'css', scope: 'Cluster' },
    { kind: 'ClusterExternalSecret', plural: 'clusterexternalsecrets', short: 'ces', scope: 'Cluster' },
  ])('$kind is $scope and called $short', ({ kind, plural, short, scope }) => {
    const crd = crds[z.parse(kindSchema, kind)];

    expect(crd.metadata).toEqual({
      name: `${plural}.external-secrets.io`,
      labels: { 'external-secrets.io/component': 'controller' },
    });
    expect(crd.spec).toMatchObject({ group: 'external-secrets.io', scope, conversion: { strategy: 'None' } });
    expect(crd.spec.names).toEqual({
      kind,
      listKind: `${kind}List`,
      plural,
      singular: kind.toLowerCase(),
      shortNames: [short],
      categories: ['external-secrets'],
    });
  });

  test.each(rows)('both versions of $kind are served, v1 is stored and v1beta1 deprecated', ({ crd }) => {
    expect(crd.spec.versions).toMatchObject([
      { name: 'v1', served: true, storage: true, subresources: { status: {} } },
      { name: 'v1beta1', served: true, storage: false, deprecated: true, subresources: { status: {} } },
    ]);
  });

  // Without conversion the stored object is the same: a field or default of one version alone would be lost, or appear, in the other.
  test.each(rows)('both versions of $kind have one schema, its defaults, columns and selectable fields', ({ crd }) => {
    const [v1, v1beta1] = crd.spec.versions;

    expect(v1beta1.schema).toEqual(v1.schema);
    expect(v1beta1.additionalPrinterColumns).toEqual(v1.additionalPrinterColumns);
    expect(v1beta1.selectableFields).toEqual(v1.selectableFields);
  });

  test('SecretStore and ClusterSecretStore share spec and status', () => {
    const { spec, status } = schemaOf('SecretStore').properties ?? {};

    expect(schemaOf('ClusterSecretStore').properties).toMatchObject({ spec, status });
  });

  test('ClusterExternalSecret embeds the whole spec of ExternalSecret, its defaults and its rules', () => {
    const whole = schemaOf('ExternalSecret').properties?.['spec'];
    const spec = z.parse(nodeSchema, schemaOf('ClusterExternalSecret').properties?.['spec']);

    expect(spec.properties?.['externalSecretSpec']).toEqual(whole);
  });

  test.each(rows)('$kind fits into what client-side apply remembers', ({ crd }) => {
    expect(JSON.stringify(crd).length).toBeLessThan(MAX_ANNOTATION_BYTES / 2);
  });
});

describe('columns and fields', () => {
  test.each([
    {
      kind: 'ExternalSecret',
      columns: [
        ['StoreType', 'string', '.spec.secretStoreRef.kind'],
        ['Store', 'string', '.spec.secretStoreRef.name'],
        ['Refresh Interval', 'string', '.spec.refreshInterval'],
        ['Status', 'string', ready('reason')],
        ['Ready', 'string', ready('status')],
        ['Last Sync', 'date', '.status.refreshTime'],
      ],
    },
    { kind: 'SecretStore', columns: storeColumns },
    { kind: 'ClusterSecretStore', columns: storeColumns },
    {
      kind: 'ClusterExternalSecret',
      columns: [
        ['Store', 'string', '.spec.externalSecretSpec.secretStoreRef.name'],
        ['Refresh Interval', 'string', '.spec.refreshTime'],
        ['Ready', 'string', ready('status')],
      ],
    },
  ])('$kind prints its columns in the known order', ({ kind, columns }) => {
    const [v1] = crds[z.parse(kindSchema, kind)].spec.versions;

    expect(v1.additionalPrinterColumns.map(({ name, type, jsonPath }) => [name, type, jsonPath])).toEqual(columns);
  });

  test('ExternalSecrets can be selected by store, target and interval', () => {
    expect(crds.ExternalSecret.spec.versions[0].selectableFields).toEqual([
      { jsonPath: '.spec.secretStoreRef.name' },
      { jsonPath: '.spec.secretStoreRef.kind' },
      { jsonPath: '.spec.target.name' },
      { jsonPath: '.spec.refreshInterval' },
    ]);
  });

  test('only the known fields of an ExternalSecret have defaults', () => {
    const defaults = places('ExternalSecret').flatMap(({ path, node }) =>
      node.default === undefined ? [] : [[path, node.default]],
    );

    expect(Object.fromEntries(defaults)).toEqual({
      '.spec.refreshInterval': '1h0m0s',
      '.spec.target': { creationPolicy: 'Owner', deletionPolicy: 'Retain' },
      '.spec.target.creationPolicy': 'Owner',
      '.spec.target.deletionPolicy': 'Retain',
      '.spec.target.template.engineVersion': 'v2',
      '.spec.target.template.mergePolicy': 'Replace',
      '.spec.target.template.templateFrom[].target': 'Data',
      '.spec.target.template.templateFrom[].configMap.items[].templateAs': 'Values',
      '.spec.target.template.templateFrom[].secret.items[].templateAs': 'Values',
      '.spec.data[].sourceRef.generatorRef.apiVersion': 'generators.external-secrets.io/v1alpha1',
      '.spec.dataFrom[].sourceRef.generatorRef.apiVersion': 'generators.external-secrets.io/v1alpha1',
      '.spec.dataFrom[].rewrite[].merge.into': '',
      '.spec.dataFrom[].rewrite[].merge.priorityPolicy': 'Strict',
      '.spec.dataFrom[].rewrite[].merge.conflictPolicy': 'Error',
      '.spec.dataFrom[].rewrite[].merge.strategy': 'Extract',
      '.status.binding.name': '',
    });
  });

  test('a ClusterExternalSecret has the defaults of the spec it embeds, and no other', () => {
    const elsewhere = places('ClusterExternalSecret').filter(
      ({ path, node }) => node.default !== undefined && !path.startsWith('.spec.externalSecretSpec'),
    );

    expect(elsewhere).toEqual([]);
  });

  test.each(['SecretStore', 'ClusterSecretStore'] as const)('%s has no defaults', (kind) => {
    expect(places(kind).filter(({ node }) => node.default !== undefined)).toEqual([]);
  });

  test.each(rows)('every field of $kind has a type and is explained', ({ kind }) => {
    const silent = places(kind).filter(
      ({ path, node }) =>
        (node.type === undefined && !node['x-kubernetes-int-or-string']) ||
        (node.description === undefined && /\w$/.test(path) && path !== '.metadata'),
    );

    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  test.each(rows)('every rule of $kind has a message of one line', ({ kind }) => {
    const rules = places(kind).flatMap(({ node }) => node['x-kubernetes-validations'] ?? []);

    expect(rules.length).toBeGreaterThan(0);
    for (const { message } of rules) expect(message).toMatch(/^\S.*\S$/);
  });

  test('settings of other providers are kept, and there is exactly one provider', () => {
    const provider = places('SecretStore').find(({ path }) => path === '.spec.provider')?.node;

    expect(provider).toMatchObject({
      minProperties: 1,
      maxProperties: 1,
      'x-kubernetes-preserve-unknown-fields': true,
    });
    expect(Object.keys(provider?.properties ?? {})).toEqual(['aws']);
  });
});

describe('generators', () => {
  const kinds = generatorKindSchema.options.map((kind) => ({ kind, crd: generatorCrds[kind] }));

  test.each(kinds)('$kind is in the generators’ group, in one version', ({ kind, crd }) => {
    const plural = `${kind.toLowerCase()}s`;

    expect(crd.metadata).toEqual({
      name: `${plural}.generators.external-secrets.io`,
      labels: { 'external-secrets.io/component': 'controller' },
    });
    expect(crd.spec).toMatchObject({
      group: 'generators.external-secrets.io',
      scope: kind === 'ClusterGenerator' ? 'Cluster' : 'Namespaced',
      conversion: { strategy: 'None' },
      versions: [{ name: 'v1alpha1', served: true, storage: true, subresources: { status: {} } }],
    });
    expect(crd.spec.names).toEqual({
      kind,
      listKind: `${kind}List`,
      plural,
      singular: kind.toLowerCase(),
      categories: ['external-secrets', 'external-secrets-generators'],
    });
  });

  test.each(kinds)('every field of $kind has a type and is explained, and none a default', ({ kind }) => {
    const nodes = generatorPlaces(kind);
    const silent = nodes.filter(
      ({ path, node }) =>
        node.type === undefined || (node.description === undefined && /\w$/.test(path) && path !== '.metadata'),
    );

    expect(silent.map(({ path }) => path)).toEqual([]);
    expect(nodes.filter(({ node }) => node.default !== undefined)).toEqual([]);
  });

  test.each([
    ['ECRAuthorizationToken', '.spec.generator.ecrAuthorizationTokenSpec'],
    ['STSSessionToken', '.spec.generator.stsSessionTokenSpec'],
  ] as const)('a ClusterGenerator takes what %s takes', (kind, path) => {
    const own = generatorPlaces(kind).find((place) => place.path === '.spec')?.node;
    const inside = generatorPlaces('ClusterGenerator').find((place) => place.path === path)?.node;

    expect({ ...inside, description: '' }).toEqual({ ...own, description: '' });
  });

  test('a ClusterGenerator keeps the settings of kinds that are not served', () => {
    const generator = generatorPlaces('ClusterGenerator').find(({ path }) => path === '.spec.generator')?.node;

    expect(generator).toMatchObject({
      minProperties: 1,
      maxProperties: 1,
      'x-kubernetes-preserve-unknown-fields': true,
    });
  });
});
