/** The machines of tests: each test has one of its own, as if it had just been booted and set up. */
import type { BootOptions } from '../api/options.ts';
import { boot, type System } from '../api/system.ts';
import type { Template } from '../api/template.ts';
import type { OsOptions } from './os-test.ts';

/** Of HARTIX_SEED; 1 where that is not set. Throws for one that is no number. */
function seedOfEnvironment(): number {
  const text = process.env['HARTIX_SEED'] ?? '1';
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed))
    throw new Error(`HARTIX_SEED=${text} is no seed; write a whole number`);
  return seed;
}

/** Machines whose run depends on the host's clock or cores have no seed. */
function isRepeatable({ clock, deterministic, harts = 1 }: BootOptions): boolean {
  return clock !== 'real' && deterministic !== false && harts === 1;
}

/** What cannot be had twice: a recording, a debugger, a disk that is written. */
function canHaveTwins({ record, gdb, disks = [] }: BootOptions): boolean {
  const isWritten = (disk: string): boolean => !/:(ro|cow)(,|$)/.test(disk);
  return record === undefined && gdb === undefined && !disks.some(isWritten);
}

/** Of the tests of a suite. One is booted and set up; the others are its twins. */
export class Machines {
  private readonly options: BootOptions;
  private readonly setup: OsOptions['setup'];
  private first: Promise<{ os: System; template: Template }> | undefined;

  constructor({ setup, ...options }: OsOptions) {
    const hasSeed = options.seed !== undefined || typeof options.deterministic === 'number';
    this.options =
      hasSeed || !isRepeatable(options) ? options : { ...options, seed: seedOfEnvironment() };
    this.setup = setup;
  }

  /** A machine that nobody has used. */
  async fresh(): Promise<System> {
    if (!canHaveTwins(this.options)) return this.prepared();
    this.first ??= this.original();
    try {
      const { template } = await this.first;
      return await template.fork();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** The tests are over. Those that come after all begin with another one. */
  async close(): Promise<void> {
    const { first } = this;
    this.first = undefined;
    const os = await first?.then(({ os: original }) => original).catch(() => undefined);
    await os?.close();
  }

  private async original(): Promise<{ os: System; template: Template }> {
    const os = await this.prepared();
    try {
      return { os, template: await os.template() };
    } catch (error) {
      await os.close();
      throw error;
    }
  }

  private async prepared(): Promise<System> {
    const os = await boot(this.options);
    try {
      await this.setup?.(os);
      return os;
    } catch (error) {
      await os.close();
      throw error;
    }
  }
}
