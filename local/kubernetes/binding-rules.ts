import type { JsonObject } from './json.ts';
import { objectsAt, stringAt } from './json.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** Users and groups belong to the RBAC group when nothing is said. */
export const withSubjectGroups = (binding: JsonObject): JsonObject => {
  if (binding['subjects'] === undefined) return binding;
  const subjects = objectsAt(binding, 'subjects').map((subject) =>
    stringAt(subject, 'kind') === 'ServiceAccount' ? subject : { apiGroup: RBAC, ...subject },
  );
  return { ...binding, subjects };
};
