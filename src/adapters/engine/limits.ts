import { EngineError } from '../../domain/engine-error.ts';
import type { Crash } from './worker.ts';

/** The running time an object may use, in all its calls together. Waiting for a thread does not count. */
export interface Budget {
  readonly milliseconds: number;
  leftMilliseconds: number;
}

export const createBudget = (milliseconds: number): Budget => ({ milliseconds, leftMilliseconds: milliseconds });

/** What each operation does, as a failure says it. */
const DOING: ReadonlyMap<string, string> = new Map([
  ['render', 'rendering the template'],
  ['get', 'reading the property'],
  ['set', 'setting the property'],
  ['delete', 'deleting the property'],
  ['replace', 'replacing by the regular expression'],
  ['match', 'matching the regular expression'],
  ['transform', 'rendering the names'],
  ['yamltojson', 'reading the YAML'],
]);

const WHY: Readonly<Record<Crash, string>> = {
  memory: 'needs more than 128 MB', // the maximum the module declares
  depth: 'goes too deep',
  size: 'gives more than 16 MB',
  fault: 'failed inside the engine',
};

const doing = (operation: string): string => DOING.get(operation) ?? 'evaluating';

/** @param lastWords - what the program printed; may hold values */
export const crashed = (operation: string, crash: Crash, lastWords: string): EngineError => {
  const message = `${doing(operation)} ${WHY[crash]}`;
  return new EngineError({ public: message, raw: crash === 'fault' ? `${message}: ${lastWords}` : message });
};

export const tookTooLong = (operation: string, { milliseconds }: Budget): EngineError => {
  const message = `${doing(operation)} does not end within the ${milliseconds / 1_000} s an object has`;
  return new EngineError({ public: message, raw: message });
};
