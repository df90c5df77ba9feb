/** One run is told by subject, seed and number alone, so that each can be repeated by itself. */
import { runInThisContext } from 'node:vm';
import { Random } from '../../support/random.ts';
import { loadBytes } from '../e2fsprogs.ts';
import { TestContext } from '../harness.ts';
import { damaged, usedSectors } from './blows.ts';
import type { Subject } from './subjects.ts';
import { attempt, guard } from './survival.ts';

/** Loops without a request are ended by this. A run takes 10 to 50 ms, and some seconds on a host that does much else. */
const HANG_MS = 60_000;
const GLOBAL = 'hartixDamageRun';

/** Undefined, with a line, where a program is missing that makes the image. */
export function campaignOf(subject: Subject): Campaign | undefined {
  try {
    return new Campaign(subject);
  } catch (error) {
    const isMissing = error instanceof Error && 'syscall' in error && 'path' in error;
    if (!isMissing) throw error;
    console.warn(`SKIPPED: ${subject.name}: ${error.path} is missing`);
    return undefined;
  }
}

export class Campaign {
  private readonly subject: Subject;
  private readonly image: Uint8Array;
  private readonly used: readonly number[];

  constructor(subject: Subject) {
    this.subject = subject;
    this.image = subject.make();
    this.used = usedSectors(this.image);
  }

  /** Throws what is neither an errno nor a result: a bug. */
  run(seed: number, number: number): void {
    const { subject } = this;
    const random = new Random(seed * 1_000_003 + number);
    const bytes = damaged(this.image, this.used, random);
    if (random.chance(0.5)) subject.reseal?.(bytes);
    const context = new TestContext();
    const disk = loadBytes(bytes, context);
    guard(disk);
    Reflect.set(globalThis, GLOBAL, () => attempt(() => subject.use(disk, context)));
    try {
      runInThisContext(`${GLOBAL}()`, { timeout: HANG_MS });
    } catch (error) {
      throw new Error(`${subject.name}, seed ${seed}, run ${number}: ${String(error)}`, {
        cause: error,
      });
    }
  }
}
