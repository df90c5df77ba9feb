import { defineConfig } from 'vitest/config';

export default defineConfig({
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
            'test/{package,fs,image,debian,syscalls,courses,userland,boot,api,machine}/**/*.test.ts',
          ],
        },
      },
      { extends: true, test: { name: 'ui', include: ['test/ui/**/*.test.{ts,tsx}'] } },
    ],
  },
});
