/** What needs a real kube-apiserver: run with `--config test/real/jest.config.js`. The first run on a machine may build it, for ten minutes. */
export default {
  testEnvironment: 'node',
  rootDir: '../..',
  roots: ['<rootDir>/test/real'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  maxWorkers: 1,
  testTimeout: 60_000,
};
