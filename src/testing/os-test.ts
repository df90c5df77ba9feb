/** Tests with a machine. */
import { type TestContext, test } from 'vitest';
import type { BootOptions } from '../api/options.ts';
import type { System } from '../api/system.ts';
import { Machines } from './machines.ts';
import { explainFailure } from './repeat-command.ts';

export interface OsOptions extends BootOptions {
  /** Prepares a machine before the test: files, packages, a server. */
  setup?: (os: System) => Promise<void> | void;
}

export interface OsTestOptions {
  /** Milliseconds for the test, its boot included. Default 60,000. */
  timeout?: number;
}

export type OsBody = (os: System, context: TestContext) => Promise<void> | void;

export interface OsTest {
  (name: string, body: OsBody, options?: OsTestOptions): void;
  only(name: string, body: OsBody, options?: OsTestOptions): void;
  skip(name: string, body: OsBody, options?: OsTestOptions): void;
  /**
   * The same with machines of these options. They are deterministic, with the seed of the environment variable HARTIX_SEED or 1, unless
   * `clock: 'real'`, `deterministic: false` or several harts are asked for.
   */
  with(options: OsOptions): OsTest;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** What test(), test.only() and test.skip() of vitest have in common. */
type Register = (
  name: string,
  options: { timeout: number },
  body: (context: TestContext) => Promise<void>,
) => void;

function create(options: OsOptions): OsTest {
  const machines = new Machines(options);
  const by =
    (register: Register) =>
    (name: string, body: OsBody, { timeout = DEFAULT_TIMEOUT_MS }: OsTestOptions = {}): void => {
      register(name, { timeout }, async (context) => {
        const os = await machines.fresh();
        try {
          await body(os, context);
        } catch (error) {
          throw explainFailure(error, context.task, os.seed);
        } finally {
          await os.close();
        }
      });
    };
  return Object.assign(by(test), {
    only: by(test.only),
    skip: by(test.skip),
    with: (more: OsOptions) => create({ ...options, ...more }),
  });
}

/** With machines of 64 MiB. */
export const osTest: OsTest = create({ memory: '64M' });
