/** Harts that take turns on one thread, in slices of about a millisecond; the thread sleeps while all of them wait. */
import { NS_PER_TICK, TIMEBASE_HZ } from '../../machine/clock.ts';
import { admitHart } from '../../machine/firmware/hsm.ts';
import type { Hart } from '../../machine/hart.ts';
import { HART } from '../../machine/hart-layout.ts';
import { SliceEnd } from '../../machine/hart-runner.ts';
import type { Machine } from '../../machine/machine.ts';
import { SliceLength } from '../../machine/slice.ts';

export interface HartTurnsOptions {
  readonly machine: Machine;
  /** Producers of input for the machine add 1 to its first word and notify. */
  readonly doorbell: Int32Array;
  /** Called between slices and before the thread sleeps: requests of the host. */
  readonly serveHost: () => void;
  /** Whether a debugger lets the hart run. */
  readonly mayRun: (hart: Hart) => boolean;
  /** A debugger's point or an observer stopped the hart (SliceEnd.STOPPED); returns when it may go on. */
  readonly onStopped: (hart: Hart) => void;
}

const NS_PER_MS = 1e6;

export class HartTurns {
  private readonly machine: Machine;
  private readonly doorbell: Int32Array;
  private readonly serveHost: () => void;
  private readonly mayRun: (hart: Hart) => boolean;
  private readonly onStopped: (hart: Hart) => void;
  private readonly slices: SliceLength;
  /** Whether each hart is in wfi. */
  private readonly isWaiting: boolean[];
  private readonly counters = { slices: 0, sleeps: 0 };

  constructor(options: HartTurnsOptions) {
    this.machine = options.machine;
    this.doorbell = options.doorbell;
    this.serveHost = options.serveHost;
    this.mayRun = options.mayRun;
    this.onStopped = options.onStopped;
    this.slices = new SliceLength(options.machine.clock, TIMEBASE_HZ);
    this.isWaiting = options.machine.harts.map(() => false);
  }

  /** Which harts are in wfi. */
  get waiting(): readonly boolean[] {
    return [...this.isWaiting];
  }

  /** Until the guest powers off or asks for a reboot, or `isEnded` says so. `waiting`: harts that are in wfi. */
  run(isEnded: () => boolean, waiting: readonly boolean[] = []): void {
    const { machine } = this;
    for (const id of this.isWaiting.keys()) this.isWaiting[id] = waiting[id] ?? false;
    while (machine.powerOffStatus === undefined && !machine.wantsReboot && !isEnded()) {
      // Read before looking for input: what comes after that changes the word, and no sleep begins.
      const rings = Atomics.load(this.doorbell, 0);
      machine.poll();
      this.serveHost();
      if (!this.takeTurns()) this.sleep(rings);
    }
  }

  statistics(): Record<string, number> {
    return { ...this.counters };
  }

  /** One slice for each hart that can run; returns whether there was one. */
  private takeTurns(): boolean {
    let hasRun = false;
    for (const hart of this.machine.localHarts) {
      if (!this.canRun(hart)) continue;
      hasRun = true;
      this.runSlice(hart);
      if (this.machine.powerOffStatus !== undefined || this.machine.wantsReboot) break;
    }
    return hasRun;
  }

  private canRun(hart: Hart): boolean {
    if (!this.mayRun(hart)) return false;
    hart.updateTimer();
    this.machine.clint.update();
    if (!admitHart(hart)) return false;
    const { id } = hart.state;
    if (this.isWaiting[id] === true && !hart.hasWakeup()) return false;
    this.isWaiting[id] = false;
    return true;
  }

  private runSlice(hart: Hart): void {
    const { machine } = this;
    const { clock } = machine;
    const budget = this.slices.next(clock.now(), machine.nextDeadline(hart));
    const end = machine.runSlice(hart, budget);
    this.counters.slices++;
    if (end === SliceEnd.BUDGET) {
      this.slices.ended(clock.now(), hart.state.word(HART.BUDGET) | 0);
    } else if (end === SliceEnd.WAITING) this.isWaiting[hart.state.id] = true;
    else this.onStopped(hart);
  }

  /** Until the nearest timer, or until the doorbell is no longer `rings`. */
  private sleep(rings: number): void {
    const { clock, localHarts } = this.machine;
    const deadline = Math.min(...localHarts.map((hart) => this.machine.nextDeadline(hart)));
    if (clock.isVirtual && deadline !== Infinity) {
      clock.advanceTo(deadline);
      return;
    }
    const timeoutMs = ((deadline - clock.now()) * NS_PER_TICK) / NS_PER_MS;
    this.counters.sleeps++;
    const longestMs = Math.min(timeoutMs, this.machine.threads?.longestSleepMs ?? Infinity);
    if (timeoutMs > 0) Atomics.wait(this.doorbell, 0, rings, longestMs);
  }
}
