/** Unit, contract and handler tests: Node alone. The end-to-end tiers have a configuration of their own beside them. */
export default {
  testEnvironment: 'node',
  roots: [
    '<rootDir>/test/unit',
    '<rootDir>/test/contract',
    '<rootDir>/test/functions',
    '<rootDir>/test/local',
    '<rootDir>/test/cli',
    '<rootDir>/test/infra',
  ],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
};
