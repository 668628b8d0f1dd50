import type { Json, JsonObject } from './json.ts';
import { isObject } from './json.ts';

/** RFC 7386: members replace, null removes, lists are replaced whole. */
export const mergePatch = (target: Json | undefined, patch: JsonObject): JsonObject => {
  const result: Record<string, Json> = isObject(target) ? { ...target } : {};
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete result[key];
    else result[key] = isObject(change) ? mergePatch(result[key], change) : change;
  }
  return result;
};
