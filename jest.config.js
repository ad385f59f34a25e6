/** Tests are TypeScript, transformed by swc; worker threads and the command line load `dist`, so build first. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^kiosk-consumer$': '<rootDir>/src/index.ts',
    '^kiosk-consumer/testing$': '<rootDir>/src/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript', decorators: false }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/test/fixtures'],
  testTimeout: 20_000,
  reporters: ['default', '<rootDir>/test/support/closing-line-reporter.js'],
};
