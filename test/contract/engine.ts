import { afterAll, beforeAll, describe } from '@jest/globals';
import type { Engine } from '../../src/app/ports/engine.ts';
import { describeCanary } from './engine/canary.ts';
import { describeHostile } from './engine/hostile.ts';
import { describeIsolation } from './engine/isolation.ts';
import { describeOperations } from './engine/operations.ts';
import { describePlainPaths } from './engine/plain-paths.ts';
import { describeVectors } from './engine/vectors.ts';

/** An engine whose calls have a second each, so that hostile ones end soon. */
export interface EngineUnderTest {
  readonly engine: Engine;
  stop(): Promise<void>;
}

/** The contract of the port Engine, whoever implements it. */
export const describeEngine = (title: string, start: () => EngineUnderTest): void => {
  describe(`${title} as an Engine`, () => {
    let world: EngineUnderTest;

    beforeAll(() => {
      world = start();
    });
    afterAll(() => world.stop());

    const engine = (): Engine => world.engine;
    describe('evaluates as Go does', () => describeVectors(engine));
    describe('does', () => describeOperations(engine));
    describe('plain paths', () => describePlainPaths(engine));
    describe('what asks for too much', () => describeHostile(engine));
    describe('what reaches out', () => describeIsolation(engine));
    describe('values', () => describeCanary(engine));
  });
};
