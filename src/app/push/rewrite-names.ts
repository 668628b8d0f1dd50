import { EngineError } from '../../domain/engine-error.ts';
import type { KeyRewrite, PushDataTo } from '../../domain/push/push-secret.ts';
import { re2Problem } from '../../domain/re2.ts';
import { InvalidSpecError } from '../../domain/sync-error.ts';
import type { Engine } from '../ports/engine.ts';

interface Renaming {
  readonly rule: Pick<PushDataTo, 'rewrite'>;
  /** Of the rule, among those for the store. */
  readonly index: number;
  readonly names: readonly string[];
}

/**
 * Remote keys out of the names of keys: each rewrite changes what the one before gave.
 * @throws InvalidSpecError - in the reference's words
 */
export const rewriteNames = async (
  engine: Engine,
  { rule, index, names }: Renaming,
  signal?: AbortSignal,
): Promise<readonly string[]> => {
  let current = names;
  for (const [at, rewrite] of rule.rewrite.entries()) {
    const where = `dataTo[${index}]: rewrite failed: rewrite[${at}]`;
    current = await rewriteOnce(engine, { rewrite, where, names: current }, signal);
  }
  return current;
};

interface Step {
  readonly rewrite: KeyRewrite;
  readonly where: string;
  readonly names: readonly string[];
}

const rewriteOnce = async (
  engine: Engine,
  { rewrite, where, names }: Step,
  signal?: AbortSignal,
): Promise<readonly string[]> => {
  if (rewrite.type === 'transform') return transform(engine, { template: rewrite.template, where, names }, signal);
  const problem = re2Problem(rewrite.source);
  if (problem !== undefined) throw new InvalidSpecError(`${where}: invalid regexp "${rewrite.source}": ${problem}`);
  return engine.replaceMatches({ source: rewrite.source, target: rewrite.target, names }, signal);
};

/** What the engine says before the reference's own words. */
const FAILED = /^transform failed with failed to (?<step>parse|execute) template: /;

const transform = async (
  engine: Engine,
  { template, where, names }: Omit<Step, 'rewrite'> & { readonly template: string },
  signal?: AbortSignal,
): Promise<readonly string[]> => {
  const renamed: string[] = [];
  for (const name of names) {
    try {
      renamed.push(...(await engine.transformNames(template, [name], signal))); // alone, so that it is known which one fails
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      const isText = FAILED.exec(error.message)?.groups?.['step'] === 'parse';
      const why = error.message.replace(FAILED, '');
      throw new InvalidSpecError(
        isText ? `${where}: invalid template: ${why}` : `${where} on key "${name}": template exec: ${why}`,
      );
    }
  }
  return renamed;
};
