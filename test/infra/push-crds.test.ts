import { describe, expect, test } from '@jest/globals';
import * as z from 'zod/mini';
import { nodeSchema, places, pushCrds, pushKindSchema, pushPlaces, pushSchemaOf } from './read-crds.ts';

const rows = pushKindSchema.options.map((kind) => ({ kind, crd: pushCrds[kind] }));

const columns = [
  ['AGE', 'date', '.metadata.creationTimestamp'],
  ['Status', 'string', '.status.conditions[?(@.type=="Ready")].reason'],
];

describe('definitions of what writes to AWS', () => {
  test.each([
    { kind: 'PushSecret', plural: 'pushsecrets', scope: 'Namespaced', names: { shortNames: ['ps'] } },
    { kind: 'ClusterPushSecret', plural: 'clusterpushsecrets', scope: 'Cluster', names: {} },
  ])('$kind is $scope', ({ kind, plural, scope, names }) => {
    const crd = pushCrds[z.parse(pushKindSchema, kind)];

    expect(crd.metadata).toEqual({
      name: `${plural}.external-secrets.io`,
      labels: { 'external-secrets.io/component': 'controller' },
    });
    expect(crd.spec).toMatchObject({
      group: 'external-secrets.io',
      scope,
      conversion: { strategy: 'None' },
      versions: [{ name: 'v1alpha1', served: true, storage: true, subresources: { status: {} } }],
    });
    expect(crd.spec.names).toEqual({
      kind,
      listKind: `${kind}List`,
      plural,
      singular: kind.toLowerCase(),
      categories: ['external-secrets'],
      ...names,
    });
  });

  test.each([
    { kind: 'PushSecret', expected: [...columns, ['Last Sync', 'date', '.status.refreshTime']] },
    { kind: 'ClusterPushSecret', expected: columns },
  ])('$kind prints its columns in the known order', ({ kind, expected }) => {
    const [version] = pushCrds[z.parse(pushKindSchema, kind)].spec.versions;

    expect(version.additionalPrinterColumns.map(({ name, type, jsonPath }) => [name, type, jsonPath])).toEqual(
      expected,
    );
  });

  test('ClusterPushSecret embeds the whole spec of PushSecret, its defaults and its rules', () => {
    const spec = z.parse(nodeSchema, pushSchemaOf('ClusterPushSecret').properties?.['spec']);

    expect(spec.properties?.['pushSecretSpec']).toEqual(pushSchemaOf('PushSecret').properties?.['spec']);
  });

  test('PushSecret has the template of an ExternalSecret, without the rules of a Secret that is written', () => {
    const own = pushPlaces('PushSecret').find(({ path }) => path === '.spec.template')?.node;
    const { 'x-kubernetes-validations': rules, ...template } =
      places('ExternalSecret').find(({ path }) => path === '.spec.target.template')?.node ?? {};

    expect(rules?.length).toBeGreaterThan(0);
    expect(own).toEqual(template);
  });

  test('durations are judged as those of an ExternalSecret', () => {
    const [own, other] = [pushPlaces('PushSecret'), places('ExternalSecret')].map((all) => {
      return all.find(({ path }) => path === '.spec.refreshInterval')?.node['x-kubernetes-validations'];
    });

    expect(own).toEqual(other);
  });

  test('only the known fields of a PushSecret have defaults', () => {
    const defaults = pushPlaces('PushSecret').flatMap(({ path, node }) =>
      node.default === undefined ? [] : [[path, node.default]],
    );

    expect(Object.fromEntries(defaults)).toEqual({
      '.spec.refreshInterval': '1h0m0s',
      '.spec.secretStoreRefs[].kind': 'SecretStore',
      '.spec.updatePolicy': 'Replace',
      '.spec.deletionPolicy': 'None',
      '.spec.selector.generatorRef.apiVersion': 'generators.external-secrets.io/v1alpha1',
      '.spec.data[].conversionStrategy': 'None',
      '.spec.dataTo[].storeRef.kind': 'SecretStore',
      '.spec.dataTo[].conversionStrategy': 'None',
      '.spec.template.engineVersion': 'v2',
      '.spec.template.mergePolicy': 'Replace',
      '.spec.template.templateFrom[].target': 'Data',
      '.spec.template.templateFrom[].configMap.items[].templateAs': 'Values',
      '.spec.template.templateFrom[].secret.items[].templateAs': 'Values',
      '.status.syncedPushSecrets{}{}.conversionStrategy': 'None',
    });
  });

  test('a ClusterPushSecret has the defaults of the spec it embeds, and no other', () => {
    const elsewhere = pushPlaces('ClusterPushSecret').filter(
      ({ path, node }) => node.default !== undefined && !path.startsWith('.spec.pushSecretSpec'),
    );

    expect(elsewhere).toEqual([]);
  });

  test.each(rows)('every field of $kind has a type and is explained, but for the settings of providers', ({ kind }) => {
    const silent = pushPlaces(kind).filter(
      ({ path, node }) =>
        (node.type === undefined && !path.endsWith('.metadata')) ||
        (node.description === undefined && /\w$/.test(path) && path !== '.metadata'),
    );

    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  test('settings of providers are kept as they are written', () => {
    const settings = pushPlaces('PushSecret').filter(({ path }) => /(data|dataTo)\[\]\.metadata$/.test(path));

    expect(settings).toHaveLength(2);
    for (const { node } of settings) expect(node['x-kubernetes-preserve-unknown-fields']).toBe(true);
  });
});
