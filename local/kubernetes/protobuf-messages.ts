/** How the bytes of a field are read: `json` is a message whose only field holds JSON text. */
export type FieldType = 'string' | 'bytes' | 'bool' | 'int' | 'time' | 'json' | Message;

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly repeated: boolean;
  readonly map: boolean;
}

/** Fields by number. */
export interface Message {
  readonly [number: number]: Field;
}

const one = (name: string, type: FieldType = 'string'): Field => ({ name, type, repeated: false, map: false });
const many = (name: string, type: FieldType = 'string'): Field => ({ name, type, repeated: true, map: false });
const mapOf = (name: string, type: FieldType = 'string'): Field => ({ name, type, repeated: false, map: true });

const ownerReference: Message = {
  1: one('kind'),
  3: one('name'),
  4: one('uid'),
  5: one('apiVersion'),
  6: one('controller', 'bool'),
  7: one('blockOwnerDeletion', 'bool'),
};

const managedFieldsEntry: Message = {
  1: one('manager'),
  2: one('operation'),
  3: one('apiVersion'),
  4: one('time', 'time'),
  6: one('fieldsType'),
  7: one('fieldsV1', 'json'),
  8: one('subresource'),
};

const metadata = one('metadata', {
  1: one('name'),
  2: one('generateName'),
  3: one('namespace'),
  5: one('uid'),
  6: one('resourceVersion'),
  7: one('generation', 'int'),
  8: one('creationTimestamp', 'time'),
  9: one('deletionTimestamp', 'time'),
  10: one('deletionGracePeriodSeconds', 'int'),
  11: mapOf('labels'),
  12: mapOf('annotations'),
  13: many('ownerReferences', ownerReference),
  14: many('finalizers'),
  17: many('managedFields', managedFieldsEntry),
});

const reference: Message = {
  1: one('kind'),
  2: one('namespace'),
  3: one('name'),
  4: one('uid'),
  5: one('apiVersion'),
  6: one('resourceVersion'),
  7: one('fieldPath'),
};

const rule: Message = {
  1: many('verbs'),
  2: many('apiGroups'),
  3: many('resources'),
  4: many('resourceNames'),
  5: many('nonResourceURLs'),
};

const role: Message = { 1: metadata, 2: many('rules', rule) };

const binding: Message = {
  1: metadata,
  2: many('subjects', { 1: one('kind'), 2: one('apiGroup'), 3: one('name'), 4: one('namespace') }),
  3: one('roleRef', { 1: one('apiGroup'), 2: one('kind'), 3: one('name') }),
};

const resourceAttributes = one('resourceAttributes', {
  1: one('namespace'),
  2: one('verb'),
  3: one('group'),
  4: one('version'),
  5: one('resource'),
  6: one('subresource'),
  7: one('name'),
});

const nonResourceAttributes = one('nonResourceAttributes', { 1: one('path'), 2: one('verb') });

const event: Message = {
  1: metadata,
  2: one('involvedObject', reference),
  3: one('reason'),
  4: one('message'),
  5: one('source', { 1: one('component'), 2: one('host') }),
  6: one('firstTimestamp', 'time'),
  7: one('lastTimestamp', 'time'),
  8: one('count', 'int'),
  9: one('type'),
  10: one('eventTime', 'time'),
  12: one('action'),
  13: one('related', reference),
  14: one('reportingComponent'),
  15: one('reportingInstance'),
};

/** The built-in kinds clients send as protobuf. Field numbers: generated.proto of k8s.io/api and k8s.io/apimachinery. */
export const MESSAGES: Readonly<Record<string, Message>> = {
  Namespace: { 1: metadata, 2: one('spec', { 1: many('finalizers') }), 3: one('status', { 1: one('phase') }) },
  Secret: {
    1: metadata,
    2: mapOf('data', 'bytes'),
    3: one('type'),
    4: mapOf('stringData'),
    5: one('immutable', 'bool'),
  },
  ConfigMap: { 1: metadata, 2: mapOf('data'), 3: mapOf('binaryData', 'bytes'), 4: one('immutable', 'bool') },
  ServiceAccount: {
    1: metadata,
    2: many('secrets', reference),
    3: many('imagePullSecrets', { 1: one('name') }),
    4: one('automountServiceAccountToken', 'bool'),
  },
  Event: event,
  Role: role,
  ClusterRole: role,
  RoleBinding: binding,
  ClusterRoleBinding: binding,
  SelfSubjectAccessReview: { 1: metadata, 2: one('spec', { 1: resourceAttributes, 2: nonResourceAttributes }) },
  SubjectAccessReview: {
    1: metadata,
    2: one('spec', {
      1: resourceAttributes,
      2: nonResourceAttributes,
      3: one('user'),
      4: many('groups'),
      6: one('uid'),
    }),
  },
  SelfSubjectReview: { 1: metadata },
  TokenRequest: { 1: metadata, 2: one('spec', { 1: many('audiences'), 4: one('expirationSeconds', 'int') }) },
  TokenReview: { 1: metadata, 2: one('spec', { 1: one('token'), 2: many('audiences') }) },
  DeleteOptions: {
    1: one('gracePeriodSeconds', 'int'),
    2: one('preconditions', { 1: one('uid'), 2: one('resourceVersion') }),
    3: one('orphanDependents', 'bool'),
    4: one('propagationPolicy'),
    5: many('dryRun'),
  },
};
