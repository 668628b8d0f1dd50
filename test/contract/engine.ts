import { afterAll, describe, jest } from '@jest/globals';
import type { Engine } from '../../src/app/ports/engine.ts';
import { describeCanary } from './engine/canary.ts';
import { describeHostile } from './engine/hostile.ts';
import { describeIsolation } from './engine/isolation.ts';
import { describeOperations } from './engine/operations.ts';
import { describePlainPaths } from './engine/plain-paths.ts';
import { describeVectors } from './engine/vectors.ts';

/** Some vectors make RSA keys, which takes what the search for primes takes. */
const PATIENT_MILLISECONDS = 30_000;
/** Hostile calls end by it. */
const HASTY_MILLISECONDS = 2_000;
jest.setTimeout(2 * PATIENT_MILLISECONDS);

/** @param deadlineMilliseconds - what each call of it has */
export type StartEngine = (deadlineMilliseconds: number) => Engine & { close(): Promise<void> };

/** The contract of the port Engine, whoever implements it. */
export const describeEngine = (title: string, start: StartEngine): void => {
  describe(`${title} as an Engine`, () => {
    const patient = start(PATIENT_MILLISECONDS);
    const hasty = start(HASTY_MILLISECONDS);
    afterAll(() => Promise.all([patient.close(), hasty.close()]));

    describe('evaluates as Go does', () => describeVectors(patient));
    describe('does', () => describeOperations(patient));
    describe('plain paths', () => describePlainPaths(patient));
    describe('what asks for too much', () => describeHostile(hasty));
    describe('what reaches out', () => describeIsolation(patient));
    describe('values', () => describeCanary(hasty));
  });
};
