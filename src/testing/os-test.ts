/** Tests with a machine. */
import { afterAll, type TestContext, TestRunner, test } from 'vitest';
import type { BootOptions } from '../api/options.ts';
import type { System } from '../api/system.ts';
import { Machines } from './machines.ts';
import { explainFailure } from './repeat-command.ts';

export interface OsOptions extends BootOptions {
  /**
   * Prepares the machine that those of a suite's tests are twins of: files, packages, a server. Once for a suite; its events and hooks do not
   * go on in the twins, its programs do (System.programs).
   */
  setup?: (os: System) => Promise<void> | void;
}

export interface OsTestOptions {
  /** Milliseconds for the test, with the boot and `setup` of the suite where it is the first. Default 60,000. */
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
  const suites = new WeakMap<object, Machines>();
  const machinesOfSuite = (): Machines => {
    const suite = TestRunner.getCurrentSuite();
    const known = suites.get(suite);
    if (known) return known;
    const machines = new Machines(options);
    suites.set(suite, machines);
    afterAll(() => machines.close());
    return machines;
  };
  const by =
    (register: Register) =>
    (name: string, body: OsBody, { timeout = DEFAULT_TIMEOUT_MS }: OsTestOptions = {}): void => {
      const machines = machinesOfSuite();
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
