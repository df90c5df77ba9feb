/** Knows where a run is that can be repeated, and folds what it does into one number. */

import type { RunObserver } from '../../kernel/arch/run-observer.ts';
import { getPc } from '../../kernel/arch/user-context.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { describeCall } from '../../kernel/syscall.ts';
import type { Machine } from '../../machine/machine.ts';
import { TraceHash } from '../../machine/trace-hash.ts';
import type { Trap } from '../../platform/platform.ts';
import type { RunTrace } from '../../protocol.ts';

/** A place in a run. */
export interface RunPosition {
  /** Events of the machine that have come. */
  readonly events: number;
  /** Instructions retired by user mode. */
  readonly retired: number;
  /** Virtual time. */
  readonly ticks: number;
}

export class Witness implements RunObserver {
  readonly hash = new TraceHash();
  private readonly machine: Machine;
  private readonly kernel: Kernel;
  private events = 0;
  /** Called after each event was counted, before it is served. */
  onEvent: (events: number) => void = () => undefined;
  onTrap: (trap: Trap) => void = () => undefined;

  constructor(machine: Machine, kernel: Kernel) {
    this.machine = machine;
    this.kernel = kernel;
  }

  trapped(trap: Trap): void {
    this.events++;
    // Interrupts of an idle hart depend on when the host looks; those of a running one show in the next trap.
    const hart = this.machine.harts[trap.hart];
    if (hart && !trap.isInterrupt) this.hash.trap(hart, trap.cause, false);
    this.onEvent(this.events);
    this.onTrap(trap);
  }

  get position(): RunPosition {
    const { machine, events } = this;
    return { events, retired: machine.retired(), ticks: machine.clock.now() };
  }

  /** Who runs, and where, in words. */
  describe(): string {
    const task = this.kernel.scheduler.running[0];
    if (!task) return '';
    const pc = getPc(task.registers).toString(16);
    const call = task.syscall ? `, ${describeCall(task)}` : '';
    return ` (${task.name}[${task.process.pid}], pc 0x${pc}${call})`;
  }

  get trace(): RunTrace {
    return { hash: this.hash.digest, instructions: this.machine.retired() };
  }
}
