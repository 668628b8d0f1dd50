import type { FieldError } from './api-error.ts';
import { invalidValue } from './field-error.ts';
import type { JsonObject } from './json.ts';
import { stringAt } from './json.ts';
import { namespaceOf } from './object-meta.ts';
import type { KindRules } from './resource-type.ts';

const ALWAYS_SHOWN = { eventTime: null, reportingComponent: '', reportingInstance: '' };

/** Events about objects without a namespace are kept in `default`. */
const validateEvent = (event: JsonObject): readonly FieldError[] => {
  const involved = stringAt(event, 'involvedObject', 'namespace') ?? '';
  if (involved === namespaceOf(event) || (involved === '' && namespaceOf(event) === 'default')) return [];
  return [invalidValue('involvedObject.namespace', involved, 'does not match event.namespace')];
};

export const eventRules: KindRules = {
  empty: { ...ALWAYS_SHOWN, source: {}, involvedObject: {} },
  normalise: (event) => ({ ...ALWAYS_SHOWN, source: {}, ...event }),
  validate: validateEvent,
};
