/**
 * Whether a registration's `--allow-role` patterns let a role be assumed. `*` stands for any text without a colon
 * or slash: it reaches neither from the account into the role nor from a name into a path that begins like it. A pattern
 * that is nothing but `*` allows all.
 */
export const isRoleAllowed = (roleArn: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => pattern === '*' || matchesPattern(roleArn, pattern));

const matchesPattern = (roleArn: string, pattern: string): boolean => {
  const parts = partsOf(roleArn);
  const patternParts = partsOf(pattern);
  return parts.length === patternParts.length && patternParts.every((part, index) => matchesPart(parts[index], part));
};

/** The separators are parts too, and hold no star: one is never taken for the other. */
const partsOf = (text: string): readonly string[] => text.split(/([:/])/);

/** By search and not by regular expression: tenants choose the text, and it may be long. */
const matchesPart = (text = '', pattern: string): boolean => {
  const [start = '', ...rest] = pattern.split('*');
  const end = rest.pop();
  if (end === undefined) return text === start;
  if (!text.startsWith(start) || !text.endsWith(end) || text.length < start.length + end.length) return false;
  const within = text.slice(start.length, text.length - end.length);
  let at = 0;
  for (const piece of rest) {
    const found = within.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return true;
};
