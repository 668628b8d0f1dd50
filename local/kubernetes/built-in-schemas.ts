import type { JsonObject } from './json.ts';

const TEXT: JsonObject = { type: 'string' };
const FLAG: JsonObject = { type: 'boolean' };
const WHOLE: JsonObject = { type: 'integer', format: 'int64' };
const TIME: JsonObject = { type: 'string', format: 'date-time', nullable: true };
const TEXT_MAP: JsonObject = { type: 'object', additionalProperties: TEXT };
const ANYTHING: JsonObject = { 'x-kubernetes-preserve-unknown-fields': true };

const members = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  ...more,
});
const listOf = (items: JsonObject, more: JsonObject = {}): JsonObject => ({ type: 'array', items, ...more });
const keyedList = (items: JsonObject, key: string): JsonObject =>
  listOf(items, {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': [key],
    'x-kubernetes-patch-merge-key': key,
  });

const OWNER_REFERENCE = members(
  { apiVersion: TEXT, kind: TEXT, name: TEXT, uid: TEXT, controller: FLAG, blockOwnerDeletion: FLAG },
  { 'x-kubernetes-map-type': 'atomic' },
);

/** `metadata` of every kind, custom ones included. */
export const OBJECT_META: JsonObject = members({
  name: TEXT,
  generateName: TEXT,
  namespace: TEXT,
  selfLink: TEXT,
  uid: TEXT,
  resourceVersion: TEXT,
  generation: WHOLE,
  creationTimestamp: TIME,
  deletionTimestamp: TIME,
  deletionGracePeriodSeconds: WHOLE,
  labels: TEXT_MAP,
  annotations: TEXT_MAP,
  ownerReferences: keyedList(OWNER_REFERENCE, 'uid'),
  finalizers: listOf(TEXT, { 'x-kubernetes-list-type': 'set', 'x-kubernetes-patch-merge-key': '' }),
  managedFields: listOf(
    members({
      manager: TEXT,
      operation: TEXT,
      apiVersion: TEXT,
      time: TIME,
      fieldsType: TEXT,
      fieldsV1: { type: 'object', ...ANYTHING },
      subresource: TEXT,
    }),
  ),
});

/** A kind's schema: `metadata` and the members that are its own. */
const kind = (properties: JsonObject): JsonObject =>
  members({ apiVersion: TEXT, kind: TEXT, metadata: OBJECT_META, ...properties });

const REFERENCE = members(
  { apiVersion: TEXT, kind: TEXT, namespace: TEXT, name: TEXT, uid: TEXT, resourceVersion: TEXT, fieldPath: TEXT },
  { 'x-kubernetes-map-type': 'atomic' },
);

const RULE = members({
  verbs: listOf(TEXT),
  apiGroups: listOf(TEXT),
  resources: listOf(TEXT),
  resourceNames: listOf(TEXT),
  nonResourceURLs: listOf(TEXT),
});

const BINDING = kind({
  roleRef: members({ apiGroup: TEXT, kind: TEXT, name: TEXT }, { 'x-kubernetes-map-type': 'atomic' }),
  subjects: listOf(members({ apiGroup: TEXT, kind: TEXT, name: TEXT, namespace: TEXT })),
});

const LABEL_SELECTOR = members({
  matchLabels: TEXT_MAP,
  matchExpressions: listOf(members({ key: TEXT, operator: TEXT, values: listOf(TEXT) })),
});

const CONDITION = members({
  type: TEXT,
  status: TEXT,
  reason: TEXT,
  message: TEXT,
  lastTransitionTime: TIME,
  observedGeneration: WHOLE,
});

const DEFINITION_NAMES = members({
  plural: TEXT,
  singular: TEXT,
  kind: TEXT,
  listKind: TEXT,
  shortNames: listOf(TEXT),
  categories: listOf(TEXT),
});

const DEFINITION_VERSION = members({
  name: TEXT,
  served: FLAG,
  storage: FLAG,
  deprecated: FLAG,
  deprecationWarning: TEXT,
  schema: members({ openAPIV3Schema: { type: 'object', ...ANYTHING } }),
  subresources: members({ status: { type: 'object', ...ANYTHING }, scale: { type: 'object', ...ANYTHING } }),
  additionalPrinterColumns: listOf(
    members({ name: TEXT, type: TEXT, format: TEXT, description: TEXT, priority: WHOLE, jsonPath: TEXT }),
  ),
  selectableFields: listOf(members({ jsonPath: TEXT })),
});

export const SECRET = kind({ data: TEXT_MAP, stringData: TEXT_MAP, type: TEXT, immutable: FLAG });

export const CONFIG_MAP = kind({ data: TEXT_MAP, binaryData: TEXT_MAP, immutable: FLAG });

export const NAMESPACE = kind({
  spec: members({ finalizers: listOf(TEXT) }),
  status: members({ phase: TEXT, conditions: keyedList(CONDITION, 'type') }),
});

export const SERVICE_ACCOUNT = kind({
  secrets: keyedList(REFERENCE, 'name'),
  imagePullSecrets: keyedList(members({ name: TEXT }, { 'x-kubernetes-map-type': 'atomic' }), 'name'),
  automountServiceAccountToken: FLAG,
});

export const EVENT = kind({
  involvedObject: REFERENCE,
  related: REFERENCE,
  reason: TEXT,
  message: TEXT,
  source: members({ component: TEXT, host: TEXT }),
  firstTimestamp: TIME,
  lastTimestamp: TIME,
  eventTime: TIME,
  count: WHOLE,
  type: TEXT,
  action: TEXT,
  reportingComponent: TEXT,
  reportingInstance: TEXT,
  series: members({ count: WHOLE, lastObservedTime: TIME }),
});

export const ROLE = kind({ rules: listOf(RULE) });

export const CLUSTER_ROLE = kind({
  rules: listOf(RULE),
  aggregationRule: members({ clusterRoleSelectors: listOf(LABEL_SELECTOR) }),
});

export const ROLE_BINDING = BINDING;

export const CUSTOM_RESOURCE_DEFINITION = kind({
  spec: members({
    group: TEXT,
    scope: TEXT,
    names: DEFINITION_NAMES,
    versions: listOf(DEFINITION_VERSION),
    conversion: members({ strategy: TEXT, webhook: { type: 'object', ...ANYTHING } }),
    preserveUnknownFields: FLAG,
  }),
  status: members({
    conditions: keyedList(CONDITION, 'type'),
    acceptedNames: DEFINITION_NAMES,
    storedVersions: listOf(TEXT),
    observedGeneration: WHOLE,
  }),
});

/** Kinds that exist so that clients find them, and hold whatever is put into them. */
export const WEBHOOK_CONFIGURATION = kind({ webhooks: { type: 'array', items: { type: 'object', ...ANYTHING } } });

export const OPAQUE_KIND = kind({ spec: { type: 'object', ...ANYTHING }, status: { type: 'object', ...ANYTHING } });
