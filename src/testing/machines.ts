/** The machines of tests: each test has one of its own, as if it had just been booted and set up. */
import type { BootOptions } from '../api/options.ts';
import { boot, type System } from '../api/system.ts';
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

export class Machines {
  private readonly options: BootOptions;
  private readonly setup: OsOptions['setup'];

  constructor({ setup, ...options }: OsOptions) {
    const hasSeed = options.seed !== undefined || typeof options.deterministic === 'number';
    this.options =
      hasSeed || !isRepeatable(options) ? options : { ...options, seed: seedOfEnvironment() };
    this.setup = setup;
  }

  /** A machine that nobody has used. */
  async fresh(): Promise<System> {
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
