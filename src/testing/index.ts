/**
 * `hartix/test`, for vitest: `test.os('…', async (os) => …)` runs with a machine of its own; matchers look at what exec() gives. A failure
 * says the seed of the machine, and the command that runs this one test with it again.
 */
import { type TestAPI, test as vitestTest } from 'vitest';
import { type OsTest, osTest } from './os-test.ts';

export { expect } from './matchers.ts';
export type { OsBody, OsOptions, OsTest, OsTestOptions } from './os-test.ts';

/** vitest's `test`, and `test.os`. */
export const test: TestAPI & { os: OsTest } = Object.assign(vitestTest.extend({}), { os: osTest });
