import type * as z from 'zod/mini';

type Issue = z.core.$ZodIssue;

/** What a person must change in an object they wrote: `spec.data[0].secretKey must be a string; …`. Never the input. */
export const describeIssues = (issues: readonly Issue[]): string =>
  issues.map((issue) => `${pathOf(issue)} ${problemOf(issue)}`).join('; ');

const pathOf = ({ path }: Issue): string =>
  path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index > 0 ? '.' : ''}${String(step)}`))
    .join('');

const problemOf = (issue: Issue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${withArticle(issue.expected)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.filter((value) => value !== '').join(', ')}`;
    case 'invalid_union':
      return 'is of the wrong type';
    default:
      return 'is invalid';
  }
};

const ARTICLES: ReadonlyMap<string, string> = new Map([
  ['int', 'a whole number'],
  ['record', 'a map'],
  ['array', 'a list'],
]);

const withArticle = (type: string): string => ARTICLES.get(type) ?? `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
