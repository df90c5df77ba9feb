/** A foreign machine's debugger. */
import { Debugger } from '../../machine/debug/debugger.ts';
import type { Hart } from '../../machine/hart.ts';
import type { Machine } from '../../machine/machine.ts';
import type { Event } from '../../protocol.ts';
import { GdbEnd } from '../gdb-end.ts';

export class ForeignDebugger {
  readonly client: GdbEnd;
  private readonly debug: Debugger;

  /** The machine stands still until a client lets it go. `reset` takes it back to power-on. */
  constructor(machine: Machine, reset: () => void, post: (event: Event) => void) {
    this.debug = new Debugger({
      machine,
      reset,
      onStop: (stop) => this.client.stopped(stop),
    });
    this.client = new GdbEnd(this.debug, post, { kill: () => machine.powerOff(0) });
  }

  get isStopped(): boolean {
    return this.debug.isStopped;
  }

  mayRun(hart: Hart): boolean {
    return this.debug.mayRun(hart);
  }

  sliceStopped(hart: Hart): void {
    this.debug.sliceStopped(hart);
  }

  poweredOff(status: number): void {
    this.debug.ended({ kind: 'exit', status });
  }
}
