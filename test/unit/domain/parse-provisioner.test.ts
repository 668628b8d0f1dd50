import { describe, expect, test } from '@jest/globals';
import { parseProvisioner } from '../../../src/domain/parse-provisioner.ts';
import { selectsNamespace } from '../../../src/domain/provisioner.ts';
import { InvalidSpecError } from '../../../src/domain/sync-error.ts';
import { clusterExternalSecret, clusterPushSecret, externalSecret, mirrored } from '../../support/builders.ts';

type Spec = Readonly<Record<string, unknown>>;

const FORCE_SYNC = 'external-secrets.io/force-sync';
const parse = (spec: Spec = {}, annotations: Readonly<Record<string, string>> = {}) =>
  parseProvisioner(mirrored(clusterExternalSecret({ spec }), { annotations }));

describe('a ClusterExternalSecret', () => {
  test('names its ExternalSecrets like itself and looks hourly, when it says nothing else [ES103]', () => {
    expect(parse()).toMatchObject({
      name: 'shared',
      uid: 'ClusterExternalSecret-shared-uid',
      childName: 'shared',
      labels: {},
      annotations: {},
      childSpec: externalSecret().spec,
      refreshMilliseconds: 3_600_000,
    });
  });

  test('names them, and gives them labels and annotations, as it says [ES103]', () => {
    const externalSecretMetadata = { labels: { team: 'a' }, annotations: { note: 'x' } };

    expect(parse({ externalSecretName: 'db', externalSecretMetadata, refreshTime: '10m' })).toMatchObject({
      childName: 'db',
      ...externalSecretMetadata,
      refreshMilliseconds: 600_000,
    });
  });

  test.each([
    { title: 'is handed on', own: 'now', expected: { [FORCE_SYNC]: 'now' } },
    {
      title: 'wins over the one in externalSecretMetadata',
      own: 'now',
      embedded: 'then',
      expected: { [FORCE_SYNC]: 'now' },
    },
    { title: 'is taken away from externalSecretMetadata when it has none', embedded: 'then', expected: {} },
  ])('its force-sync annotation $title [ES112]', ({ own, embedded, expected }) => {
    const annotationsOf = (value: string | undefined) => (value === undefined ? {} : { [FORCE_SYNC]: value });

    const { annotations } = parse(
      { externalSecretMetadata: { annotations: annotationsOf(embedded) } },
      annotationsOf(own),
    );

    expect(annotations).toEqual(expected);
  });

  test('hands on none of its other annotations', () => {
    expect(parse({}, { note: 'mine' }).annotations).toEqual({});
  });

  test.each<[string, Spec, string]>([
    ['no spec for its ExternalSecrets', { externalSecretSpec: undefined }, 'spec.externalSecretSpec must be a map'],
    ['a refreshTime in days', { refreshTime: '1d' }, 'spec.refreshTime: time: unknown unit "d" in duration "1d"'],
    [
      'an unknown operator',
      { namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'Like' }] } },
      'failed to convert label selector: "Like" is not a valid label selector operator',
    ],
    [
      'no values to be in',
      { namespaceSelectors: [{}, { matchExpressions: [{ key: 'a', operator: 'In' }] }] },
      "failed to convert label selector: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
    ],
    [
      'values that only have to exist',
      { namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] } },
      'failed to convert label selector: values: Invalid value: ["b"]: values set must be empty for exists and does not exist',
    ],
  ])('is refused with %s', (_, spec, message) => {
    expect(() => parse(spec)).toThrow(new InvalidSpecError(message));
  });
});

describe('a ClusterPushSecret', () => {
  const parsePush = (spec: Spec = {}, annotations: Readonly<Record<string, string>> = {}) =>
    parseProvisioner(mirrored(clusterPushSecret({ spec }), { annotations }));

  test('names its PushSecrets like itself and looks hourly, when it says nothing else [PUSH62]', () => {
    expect(parsePush()).toMatchObject({
      type: { kind: 'ClusterPushSecret', childKind: 'PushSecret' },
      name: 'shared',
      childName: 'shared',
      labels: {},
      annotations: {},
      namespaces: [],
      refreshMilliseconds: 3_600_000,
    });
  });

  test('names them, and gives them labels and annotations, as it says [PUSH62]', () => {
    const pushSecretMetadata = { labels: { team: 'a' }, annotations: { [FORCE_SYNC]: 'x' } };

    expect(parsePush({ pushSecretName: 'db', pushSecretMetadata, refreshTime: '10m' })).toMatchObject({
      childName: 'db',
      ...pushSecretMetadata,
      refreshMilliseconds: 600_000,
    });
  });

  test('hands on none of its own annotations, and selects by no name', () => {
    const { annotations, namespaces } = parsePush({ namespaces: ['team-a'] }, { [FORCE_SYNC]: 'now' });

    expect({ annotations, namespaces }).toEqual({ annotations: {}, namespaces: [] });
  });

  test.each<[string, Spec, string]>([
    ['no spec for its PushSecrets', { pushSecretSpec: undefined }, 'spec.pushSecretSpec must be a map'],
    ['a refreshTime in days', { refreshTime: '1d' }, 'spec.refreshTime: time: unknown unit "d" in duration "1d"'],
    [
      'an unknown operator',
      { namespaceSelectors: [{ matchExpressions: [{ key: 'a', operator: 'Like' }] }] },
      'failed to convert label selector: "Like" is not a valid label selector operator',
    ],
  ])('is refused with %s', (_, spec, message) => {
    expect(() => parsePush(spec)).toThrow(new InvalidSpecError(message));
  });
});

const namespace = (name: string, labels: Readonly<Record<string, string>> = {}) => ({
  name,
  labels: { 'kubernetes.io/metadata.name': name, ...labels },
});
const NAMESPACES = [
  namespace('alpha', { team: 'a' }),
  namespace('beta', { team: 'b', tier: 'gold' }),
  namespace('gamma', { tier: 'gold' }),
  namespace('delta'),
];
const inList = (...values: readonly string[]) => ({ matchExpressions: [{ key: 'team', operator: 'In', values }] });

describe('its selectors', () => {
  test.each<[string, Spec, readonly string[]]>([
    ['select no namespace when there are none', { namespaceSelector: undefined }, []],
    ['select every namespace with an empty one', { namespaceSelector: {} }, ['alpha', 'beta', 'gamma', 'delta']],
    ['take In as the listed values alone [ES109]', { namespaceSelector: inList('b', 'c') }, ['beta']],
    ['may match nothing [ES110]', { namespaceSelector: inList('z') }, []],
    [
      'add up when there are several [ES111]',
      {
        namespaceSelector: undefined,
        namespaceSelectors: [{ matchLabels: { team: 'a' } }, { matchLabels: { tier: 'gold' } }],
      },
      ['alpha', 'beta', 'gamma'],
    ],
    [
      'add up with names, of which unknown ones are ignored [ES111]',
      { namespaceSelector: inList('a'), namespaceSelectors: [inList('b')], namespaces: ['delta', 'nowhere', 'alpha'] },
      ['alpha', 'beta', 'delta'],
    ],
    [
      'select by name through the label Kubernetes sets',
      {
        namespaceSelector: {
          matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: ['gamma', 'kube-system'] }],
        },
      },
      ['gamma'],
    ],
  ])('%s', (_, spec, selected) => {
    const ces = parse(spec);

    expect(NAMESPACES.filter((one) => selectsNamespace(ces, one)).map(({ name }) => name)).toEqual(selected);
  });
});
