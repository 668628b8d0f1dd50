import type { SecretValue } from '../secret-value.ts';

/** Whether a JSON document, or none, has no value in it: a property that is taken out leaves the objects it was in. */
export const holdsNothing = (document: SecretValue): boolean => {
  if (document.size === 0) return true;
  const within: unknown[] = [JSON.parse(document.revealText())];
  for (const value of within) {
    if (typeof value !== 'object' || value === null) return false;
    for (const member of Object.values(value)) within.push(member);
  }
  return true;
};
