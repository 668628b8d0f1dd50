import { withSubjectGroups } from './binding-rules.ts';
import * as columns from './built-in-columns.ts';
import * as schemas from './built-in-schemas.ts';
import { configMapRules } from './config-map-rules.ts';
import { definitionRules } from './definition-rules.ts';
import { eventRules } from './event-rules.ts';
import type { JsonObject } from './json.ts';
import { checkLabelName, checkPathSegment } from './names.ts';
import { namespaceRules } from './namespace-rules.ts';
import type { Column, ResourceType } from './resource-type.ts';
import { parseSchema } from './schema.ts';
import { secretRules } from './secret-rules.ts';

interface BuiltIn extends Partial<Omit<ResourceType, 'versions'>> {
  readonly kind: string;
  readonly plural: string;
  readonly schema: JsonObject;
  readonly columns: readonly Column[];
  readonly hasStatus?: boolean;
  readonly selectableFields?: readonly string[];
}

const builtIn = ({ schema, columns: shown, hasStatus, selectableFields, ...rest }: BuiltIn): ResourceType => ({
  group: '',
  listKind: `${rest.kind}List`,
  singular: rest.kind.toLowerCase(),
  shortNames: [],
  categories: [],
  namespaced: true,
  custom: false,
  storageVersion: 'v1',
  subresources: [],
  hasGeneration: false,
  allowsUnconditionalUpdate: true,
  returnsDeleted: false,
  rules: {},
  ...rest,
  versions: [
    {
      name: 'v1',
      served: true,
      deprecation: undefined,
      schema: parseSchema(schema),
      openApi: schema,
      hasStatus: hasStatus ?? false,
      columns: shown,
      selectableFields: selectableFields ?? [],
    },
  ],
});

const RBAC = 'rbac.authorization.k8s.io';
const rbacRules = { validateName: checkPathSegment };
const bindingRules = { ...rbacRules, normalise: withSubjectGroups };

const EVENT_FIELDS = [
  ...['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'].map(
    (name) => `involvedObject.${name}`,
  ),
  'reason',
  'reportingComponent',
  'source',
  'type',
];

export const BUILT_IN_TYPES: readonly ResourceType[] = [
  builtIn({
    kind: 'Namespace',
    plural: 'namespaces',
    shortNames: ['ns'],
    namespaced: false,
    schema: schemas.NAMESPACE,
    columns: columns.NAMESPACE_COLUMNS,
    hasStatus: true,
    selectableFields: ['status.phase'],
    returnsDeleted: true,
    rules: { ...namespaceRules, validateName: checkLabelName },
  }),
  builtIn({
    kind: 'Secret',
    plural: 'secrets',
    schema: schemas.SECRET,
    columns: columns.SECRET_COLUMNS,
    selectableFields: ['type'],
    rules: secretRules,
  }),
  builtIn({
    kind: 'ConfigMap',
    plural: 'configmaps',
    shortNames: ['cm'],
    schema: schemas.CONFIG_MAP,
    columns: columns.CONFIG_MAP_COLUMNS,
    rules: configMapRules,
  }),
  builtIn({
    kind: 'ServiceAccount',
    plural: 'serviceaccounts',
    shortNames: ['sa'],
    schema: schemas.SERVICE_ACCOUNT,
    columns: columns.PLAIN_COLUMNS,
    subresources: ['token'],
    returnsDeleted: true,
  }),
  builtIn({
    kind: 'Event',
    plural: 'events',
    shortNames: ['ev'],
    schema: schemas.EVENT,
    columns: columns.EVENT_COLUMNS,
    selectableFields: EVENT_FIELDS,
    rules: eventRules,
  }),
  builtIn({
    kind: 'Node',
    plural: 'nodes',
    shortNames: ['no'],
    namespaced: false,
    schema: schemas.OPAQUE_KIND,
    columns: columns.PLAIN_COLUMNS,
    hasStatus: true,
    selectableFields: ['spec.unschedulable'],
  }),
  builtIn({
    kind: 'Pod',
    plural: 'pods',
    shortNames: ['po'],
    categories: ['all'],
    schema: schemas.OPAQUE_KIND,
    columns: columns.PLAIN_COLUMNS,
    hasStatus: true,
    selectableFields: ['spec.nodeName', 'status.phase'],
    returnsDeleted: true,
  }),
  builtIn({
    group: 'apps',
    kind: 'Deployment',
    plural: 'deployments',
    shortNames: ['deploy'],
    categories: ['all'],
    schema: schemas.OPAQUE_KIND,
    columns: columns.PLAIN_COLUMNS,
    hasStatus: true,
    hasGeneration: true,
  }),
  builtIn({
    group: 'admissionregistration.k8s.io', // kept, and not asked
    kind: 'ValidatingWebhookConfiguration',
    plural: 'validatingwebhookconfigurations',
    namespaced: false,
    schema: schemas.WEBHOOK_CONFIGURATION,
    columns: columns.PLAIN_COLUMNS,
    hasGeneration: true,
  }),
  builtIn({
    group: RBAC,
    kind: 'Role',
    plural: 'roles',
    schema: schemas.ROLE,
    columns: columns.CREATED_COLUMNS,
    rules: rbacRules,
  }),
  builtIn({
    group: RBAC,
    kind: 'ClusterRole',
    plural: 'clusterroles',
    namespaced: false,
    schema: schemas.CLUSTER_ROLE,
    columns: columns.CREATED_COLUMNS,
    rules: rbacRules,
  }),
  builtIn({
    group: RBAC,
    kind: 'RoleBinding',
    plural: 'rolebindings',
    schema: schemas.ROLE_BINDING,
    columns: columns.BINDING_COLUMNS,
    rules: bindingRules,
  }),
  builtIn({
    group: RBAC,
    kind: 'ClusterRoleBinding',
    plural: 'clusterrolebindings',
    namespaced: false,
    schema: schemas.ROLE_BINDING,
    columns: columns.BINDING_COLUMNS,
    rules: bindingRules,
  }),
  builtIn({
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
    plural: 'customresourcedefinitions',
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    namespaced: false,
    schema: schemas.CUSTOM_RESOURCE_DEFINITION,
    columns: columns.CREATED_COLUMNS,
    hasStatus: true,
    hasGeneration: true,
    allowsUnconditionalUpdate: false,
    returnsDeleted: true,
    rules: definitionRules,
  }),
];
