import type { SecretValue } from '../../domain/secret-value.ts';

/** One template of an object. */
export interface Template {
  /** Shows in errors: the key it renders, or, for a whole map, whatever tells the author which one it is. */
  readonly name: string;
  readonly text: SecretValue;
  /** `Values`: the text renders to one value, kept under `name`. `KeysAndValues`: it renders to YAML of keys and values. */
  readonly scope: 'Values' | 'KeysAndValues';
}

/**
 * Go's own evaluation of what users wrote for Go: templates, gjson and sjson paths, RE2 expressions, YAML. Values go in
 * and come out as bytes. Every call may run hostile text, so each has a deadline and a share of memory of its own; what
 * goes over them fails alone. Every implementation passes test/contract/engine.ts.
 *
 * @throws EngineError - from every call: the text is wrong, or asks for too much. Its `message` names no value; its
 *   `raw` is the reference's own wording, which may quote values and never leaves a terminal the user asked for it on
 */
export interface Engine {
  /** Renders an object's templates in order; each sees `data` and nothing of the others. The first that fails fails all. */
  render(
    request: { readonly data: ReadonlyMap<string, SecretValue>; readonly templates: readonly Template[] },
    signal?: AbortSignal,
  ): Promise<readonly ReadonlyMap<string, SecretValue>[]>;

  /** What gjson finds at the first of `paths` at which there is anything; undefined when at none. */
  getProperty(document: SecretValue, paths: readonly string[], signal?: AbortSignal): Promise<SecretValue | undefined>;
  /** Sets a string at a path as sjson does; the rest of the document stays as it is, byte for byte. */
  setProperty(document: SecretValue, path: string, value: SecretValue, signal?: AbortSignal): Promise<SecretValue>;
  deleteProperty(document: SecretValue, path: string, signal?: AbortSignal): Promise<SecretValue>;

  /** `names` with every match of `source` (RE2) replaced by `target` (`$1`, `${name}`), in the same order. */
  replaceMatches(
    request: { readonly source: string; readonly target: string; readonly names: readonly string[] },
    signal?: AbortSignal,
  ): Promise<readonly string[]>;
  /** Which of `names` an RE2 expression matches anywhere. */
  matchNames(expression: string, names: readonly string[], signal?: AbortSignal): Promise<readonly boolean[]>;
  /** `names`, each rendered by a template that sees it as `.value`, in the same order. */
  transformNames(template: string, names: readonly string[], signal?: AbortSignal): Promise<readonly string[]>;

  /** YAML 1.1 as JSON: what the API server would make of it. */
  yamlToJson(yaml: SecretValue, signal?: AbortSignal): Promise<SecretValue>;
}

/** Where engines come from when one object evaluates much. */
export interface Engines {
  /** An engine for one object: all its calls together have the deadline that elsewhere each has for itself. */
  forObject(): Engine;
}
