import { compareVersions } from './api-versions.ts';
import type { Json, JsonObject } from './json.ts';
import { definedMembers } from './json.ts';
import type { ResourceType, ServedVersion, TypedVersion } from './resource-type.ts';
import { groupVersion } from './resource-type.ts';
import { REVIEWS } from './reviews.ts';

const VERBS: readonly string[] = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

export const VERSION_INFO: JsonObject = {
  major: '1',
  minor: '35',
  gitVersion: 'v1.35.4',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'node',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

export const CORE_VERSIONS: JsonObject = {
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [],
};

interface Group {
  readonly name: string;
  /** Newest first: v1 before v1beta1 before v1alpha1. */
  readonly versions: readonly string[];
}

const REVIEW_GROUPS: readonly Group[] = [...new Set(Object.keys(REVIEWS).map((key) => key.split('/')[0] ?? ''))].map(
  (name) => ({ name, versions: ['v1'] }),
);

const servedVersions = (types: readonly ResourceType[], group: string): readonly string[] => {
  const names = types
    .filter((type) => type.group === group)
    .flatMap((type) => type.versions.filter(({ served }) => served));
  return [...new Set(names.map(({ name }) => name))].sort(compareVersions);
};

export const groupsOf = (types: readonly ResourceType[]): readonly Group[] => {
  const names = [...new Set(types.map(({ group }) => group).filter((group) => group !== ''))];
  const stored = names.map((name) => ({ name, versions: servedVersions(types, name) }));
  return [...stored, ...REVIEW_GROUPS].filter(({ versions }) => versions.length > 0);
};

const describeGroup = ({ name, versions }: Group): JsonObject => {
  const entries = versions.map((version) => ({ groupVersion: groupVersion(name, version), version }));
  return { name, versions: entries, preferredVersion: entries[0] ?? {} };
};

export const describeGroups = (types: readonly ResourceType[]): JsonObject => ({
  kind: 'APIGroupList',
  apiVersion: 'v1',
  groups: groupsOf(types).map(describeGroup),
});

/** One group, or undefined when nothing is served in it. */
export const findGroup = (types: readonly ResourceType[], name: string): JsonObject | undefined => {
  const group = groupsOf(types).find((one) => one.name === name);
  return group === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', ...describeGroup(group) };
};

export const typesIn = (types: readonly ResourceType[], group: string, version: string): readonly TypedVersion[] =>
  types
    .filter((type) => type.group === group)
    .flatMap((type) =>
      type.versions.filter(({ name, served }) => name === version && served).map((one) => ({ type, version: one })),
    );

const reviewsIn = (group: string): readonly (readonly [string, string])[] =>
  Object.entries(REVIEWS)
    .filter(([key]) => key.startsWith(`${group}/`))
    .map(([key, { kind }]) => [key.split('/')[1] ?? '', kind]);

const subresourceKind = (subresource: string): JsonObject =>
  subresource === 'token'
    ? { kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] }
    : { verbs: ['get', 'patch', 'update'] };

const subresourcesOf = (type: ResourceType, version: ServedVersion): readonly string[] => [
  ...(version.hasStatus ? ['status'] : []),
  ...type.subresources,
];

const listResource = ({ type, version }: TypedVersion): readonly JsonObject[] => [
  definedMembers({
    name: type.plural,
    singularName: type.singular,
    namespaced: type.namespaced,
    kind: type.kind,
    verbs: VERBS,
    shortNames: type.shortNames.length > 0 ? type.shortNames : undefined,
    categories: type.categories.length > 0 ? type.categories : undefined,
    storageVersionHash: undefined,
  }),
  ...subresourcesOf(type, version).map((subresource) => ({
    name: `${type.plural}/${subresource}`,
    singularName: '',
    namespaced: type.namespaced,
    kind: type.kind,
    ...subresourceKind(subresource),
  })),
];

/** `APIResourceList` of one group version; undefined when it is not served. */
export const describeResources = (
  types: readonly ResourceType[],
  group: string,
  version: string,
): JsonObject | undefined => {
  const resources: JsonObject[] = typesIn(types, group, version).flatMap(listResource);
  if (version === 'v1') {
    for (const [name, kind] of reviewsIn(group)) {
      resources.push({ name, singularName: kind.toLowerCase(), namespaced: false, kind, verbs: ['create'] });
    }
  }
  if (resources.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: groupVersion(group, version), resources };
};

const aggregatedResource = ({ type, version }: TypedVersion): JsonObject =>
  definedMembers({
    resource: type.plural,
    responseKind: { group: type.group, version: version.name, kind: type.kind },
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: type.singular,
    verbs: VERBS,
    shortNames: type.shortNames.length > 0 ? type.shortNames : undefined,
    categories: type.categories.length > 0 ? type.categories : undefined,
    subresources: subresourcesOf(type, version).map((subresource) => {
      const { verbs = [], kind = type.kind, group = type.group } = subresourceKind(subresource);
      return { subresource, responseKind: { group, version: version.name, kind }, verbs };
    }),
  });

const aggregatedReview = (group: string, [resource, kind]: readonly [string, string]): JsonObject => ({
  resource,
  responseKind: { group, version: 'v1', kind },
  scope: 'Cluster',
  singularResource: kind.toLowerCase(),
  verbs: ['create'],
});

const aggregatedGroup = (types: readonly ResourceType[], { name, versions }: Group): JsonObject => ({
  metadata: { name, creationTimestamp: null },
  versions: versions.map(
    (version): Json => ({
      version,
      resources: [
        ...typesIn(types, name, version).map(aggregatedResource),
        ...reviewsIn(name).map((one) => aggregatedReview(name, one)),
      ],
      freshness: 'Current',
    }),
  ),
});

export const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** True when the client can read all groups in one answer. */
export const wantsAggregated = (accept: string | undefined): boolean =>
  /g=apidiscovery\.k8s\.io/.test(accept ?? '') && /;v=v2;/.test(`${(accept ?? '').replaceAll(',', ';,')};`);

/** Discovery in one document: of the core group for `/api`, of all others for `/apis`. */
export const describeAggregated = (types: readonly ResourceType[], core: boolean): JsonObject => {
  const groups = core ? [{ name: '', versions: ['v1'] }] : groupsOf(types);
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => aggregatedGroup(types, group)),
  };
};
