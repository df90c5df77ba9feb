import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Examples import the package by its name.
  resolve: {
    alias: [
      { find: /^hartix$/, replacement: `${import.meta.dirname}/src/index.ts` },
      { find: /^hartix\/test$/, replacement: `${import.meta.dirname}/src/testing/index.ts` },
    ],
  },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    // The first build by zig in a clean checkout compiles its C library, too.
    hookTimeout: 300_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'test/abi/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'isa', include: ['test/isa/**/*.test.ts', 'test/jit/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'guest',
          include: [
            'examples/**/*.test.ts',
            'test/{package,fs,image,debian,syscalls,hostile,courses,userland,boot,api,machine}/**/*.test.ts',
          ],
        },
      },
      { extends: true, test: { name: 'ui', include: ['test/ui/**/*.test.{ts,tsx}'] } },
    ],
  },
});
