import { afterAll, describe } from '@jest/globals';
import type { Engine } from '../../src/app/ports/engine.ts';
import { describeCanary } from './engine/canary.ts';
import { describeHostile } from './engine/hostile.ts';
import { describeIsolation } from './engine/isolation.ts';
import { describeOperations } from './engine/operations.ts';
import { describePlainPaths } from './engine/plain-paths.ts';
import { describeVectors } from './engine/vectors.ts';

/** @param deadlineMilliseconds - what each call of it has */
export type StartEngine = (deadlineMilliseconds: number) => Engine & { close(): Promise<void> };

/** The contract of the port Engine, whoever implements it. */
export const describeEngine = (title: string, start: StartEngine): void => {
  describe(`${title} as an Engine`, () => {
    const patient = start(5_000);
    const hasty = start(1_000);
    afterAll(() => Promise.all([patient.close(), hasty.close()]));

    describe('evaluates as Go does', () => describeVectors(patient));
    describe('does', () => describeOperations(patient));
    describe('plain paths', () => describePlainPaths(patient));
    describe('what asks for too much', () => describeHostile(hasty));
    describe('what reaches out', () => describeIsolation(patient));
    describe('values', () => describeCanary(hasty));
  });
};
