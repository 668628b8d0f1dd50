const maturity = (version: string): number => (version.includes('alpha') ? 2 : version.includes('beta') ? 1 : 0);

/** Sorts the best version first: v2, v1, v1beta1, v1alpha1. */
export const compareVersions = (left: string, right: string): number =>
  maturity(left) - maturity(right) || right.localeCompare(left, 'en', { numeric: true });
