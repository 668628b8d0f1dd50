import type { JsonObject } from './json.ts';
import { objectAt, valueAt } from './json.ts';
import { labelsOf, nameOf, withMetadata } from './object-meta.ts';
import type { KindRules } from './resource-type.ts';

const NAME_LABEL = 'kubernetes.io/metadata.name';

const nameLabelled = (object: JsonObject): JsonObject =>
  nameOf(object) === ''
    ? object
    : withMetadata(object, { labels: { ...labelsOf(object), [NAME_LABEL]: nameOf(object) } });

export const namespaceRules: KindRules = {
  normalise: nameLabelled,
  beforeCreate: (object) => ({
    ...nameLabelled(object),
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }),
  beforeUpdate: (object, old) => ({
    ...object,
    spec: valueAt(old, 'spec') ?? {},
    status: objectAt(object, 'status'),
  }),
};
