/** `npm run test:debian`: the long tests of Debian's programs, which fetch a gigabyte and take about an hour. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 900_000,
    hookTimeout: 900_000,
    include: ['test/debian-full/**/*.test.ts'],
  },
});
