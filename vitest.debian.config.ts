/** `npm run test:debian`: the long tests of Debian's programs, which fetch a gigabyte and take about an hour. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 2_000_000,
    hookTimeout: 2_000_000,
    include: ['test/debian-full/**/*.test.ts'],
  },
});
