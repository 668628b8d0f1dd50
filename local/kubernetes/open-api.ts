import { groupsOf, typesIn } from './discovery.ts';
import type { Json, JsonObject } from './json.ts';
import type { ResourceType, TypedVersion } from './resource-type.ts';
import { groupVersion } from './resource-type.ts';

/** Where a group version's document is found, as `apis/external-secrets.io/v1`. */
const documentPath = (group: string, version: string): string =>
  group === '' ? `api/${version}` : `apis/${group}/${version}`;

export const describeDocuments = (types: readonly ResourceType[], revision: number): JsonObject => {
  const groups = [{ name: '', versions: ['v1'] }, ...groupsOf(types)];
  const entries = groups.flatMap(({ name, versions }) =>
    versions.map((version): [string, Json] => {
      const path = documentPath(name, version);
      return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${revision}` }];
    }),
  );
  return { paths: Object.fromEntries(entries) };
};

const parameter = (name: string): JsonObject => ({ name, in: 'query', schema: { type: 'string', uniqueItems: true } });

const schemaName = ({ type, version }: TypedVersion): string =>
  `${(type.group || 'io.k8s.api.core').split('.').reverse().join('.')}.${version.name}.${type.kind}`;

const kindOf = ({ type, version }: TypedVersion): JsonObject => ({
  group: type.group,
  version: version.name,
  kind: type.kind,
});

const operation = (target: TypedVersion, action: string): JsonObject => ({
  'x-kubernetes-action': action,
  'x-kubernetes-group-version-kind': kindOf(target),
  parameters: ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map(parameter),
  responses: { 200: { description: 'OK' } },
});

const pathsOf = (target: TypedVersion): readonly (readonly [string, Json])[] => {
  const { type, version } = target;
  const root = `/${documentPath(type.group, version.name)}`;
  const collection = `${root}${type.namespaced ? '/namespaces/{namespace}' : ''}/${type.plural}`;
  return [
    [collection, { post: operation(target, 'post'), get: operation(target, 'list') }],
    [
      `${collection}/{name}`,
      {
        get: operation(target, 'get'),
        put: operation(target, 'put'),
        patch: operation(target, 'patch'),
        delete: operation(target, 'delete'),
      },
    ],
  ];
};

/** The OpenAPI v3 document of one group version: what kubectl reads for `explain` and to learn what the server validates. */
export const describeSchemas = (
  types: readonly ResourceType[],
  group: string,
  version: string,
): JsonObject | undefined => {
  const targets = typesIn(types, group, version);
  if (targets.length === 0) return undefined;
  const schemas = targets.map((target): [string, Json] => [
    schemaName(target),
    { ...target.version.openApi, 'x-kubernetes-group-version-kind': [kindOf(target)] },
  ]);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: groupVersion(group, version) },
    paths: Object.fromEntries(targets.flatMap(pathsOf)),
    components: { schemas: Object.fromEntries(schemas) },
  };
};
