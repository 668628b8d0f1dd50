/** One change of the keys of a `dataFrom` entry. */
export type RewriteOperation = RegexpRewrite | TransformRewrite | MergeRewrite;

/** Replaces every match of an RE2 expression in a key. */
export interface RegexpRewrite {
  readonly type: 'regexp';
  readonly source: string;
  readonly target: string;
}

/** Renders each key anew; the template sees it as `.value`. */
export interface TransformRewrite {
  readonly type: 'transform';
  readonly template: string;
}

/** Merges values that are JSON objects. */
export interface MergeRewrite {
  readonly type: 'merge';
  /** The key that receives the merged object under `JSON`. */
  readonly into: string;
  /** Keys whose properties win, the last one most. */
  readonly priority: readonly string[];
  readonly priorityPolicy: 'Strict' | 'IgnoreNotFound';
  readonly conflictPolicy: 'Ignore' | 'Error';
  readonly strategy: 'Extract' | 'JSON';
}
