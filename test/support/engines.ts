import { createEngine } from '../../src/adapters/engine/engine.ts';
import type { Engines } from '../../src/app/ports/engine.ts';

/** The real engine, one for all tests of a file: its threads hold nothing up when they are idle. */
export const testEngine = createEngine();

/** The real engine, and how often it was asked for anything. */
export interface CountedEngines extends Engines {
  readonly calls: number;
}

export const createCountedEngines = (): CountedEngines => {
  let calls = 0;
  return {
    get calls() {
      return calls;
    },
    forObject: () =>
      new Proxy(testEngine.forObject(), {
        get: (target, key) => {
          calls += 1;
          return Reflect.get(target, key);
        },
      }),
  };
};
