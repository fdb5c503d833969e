/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  maxWorkers: 2,
  // Some specs start databases and hash passwords for real; a busy machine takes its time.
  testTimeout: 30_000,
  roots: ['<rootDir>/test'],
  testRegex: '\\.spec\\.ts$',
  testPathIgnorePatterns: ['/node_modules/', '/test/consumers/'],
  transform: {
    '^.+\\.[cm]?[jt]s$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
      },
    ],
  },
  // These packages are ES modules only; Jest needs Node 24.9 to require them as they are.
  transformIgnorePatterns: ['/node_modules/(?!(?:.*/)?(?:@nestjs|@electric-sql|cookie|jose|p-limit|yocto-queue)/)'],
  moduleNameMapper: {
    '^nestjs-jwt-policy$': '<rootDir>/libs/jwt-policy/src/index.ts',
    '^nestjs-jwt-policy/(.*)$': '<rootDir>/libs/jwt-policy/src/$1/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  coverageProvider: 'v8',
  collectCoverageFrom: ['{libs,apps}/*/src/**/*.ts', '!apps/*/src/main.ts'],
  coverageThreshold: Object.fromEntries(
    ['verify', 'decide', 'respond', 'issue', 'keys'].map((stage) => [
      `./libs/jwt-policy/src/${stage}/`,
      { branches: 100 },
    ]),
  ),
};
