/** The deployed service on the local AWS, between local clusters: needs Python. `CLUSTERS=real` uses kube-apiserver, which the first run may build. */
export default {
  testEnvironment: 'node',
  rootDir: '../..',
  roots: ['<rootDir>/test/e2e', '<rootDir>/test/chaos'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  maxWorkers: 1,
  testTimeout: 180_000,
};
