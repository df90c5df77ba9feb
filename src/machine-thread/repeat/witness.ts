/** Knows where a run is that can be repeated, and folds what it does into one number. */

import type { RunObserver } from '../../kernel/arch/run-observer.ts';
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
  private events = 0;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  trapped(trap: Trap): void {
    this.events++;
    // Interrupts of an idle hart depend on when the host looks; those of a running one show in the next trap.
    const hart = this.machine.harts[trap.hart];
    if (hart && !trap.isInterrupt) this.hash.trap(hart, trap.cause, false);
  }

  get position(): RunPosition {
    const { machine, events } = this;
    return { events, retired: machine.retired(), ticks: machine.clock.now() };
  }

  get trace(): RunTrace {
    return { hash: this.hash.digest, instructions: this.machine.retired() };
  }
}
