/** A foreign machine's debugger: gdb's bytes come from and go to the main thread, which owns the socket. */
import { Debugger } from '../../machine/debug/debugger.ts';
import { GdbSession } from '../../machine/debug/session.ts';
import type { Hart } from '../../machine/hart.ts';
import type { Machine } from '../../machine/machine.ts';
import type { Event } from '../../protocol.ts';

export class ForeignDebugger {
  private readonly debug: Debugger;
  private readonly post: (event: Event) => void;
  private session: GdbSession | undefined;

  /** The machine stands still until a client lets it go. `reset` takes it back to power-on. */
  constructor(machine: Machine, reset: () => void, post: (event: Event) => void) {
    this.post = post;
    this.debug = new Debugger({
      machine,
      reset,
      onStop: (stop) => this.session?.stopped(stop),
    });
  }

  get isStopped(): boolean {
    return this.debug.stop !== undefined;
  }

  mayRun(hart: Hart): boolean {
    return this.debug.mayRun(hart);
  }

  sliceStopped(hart: Hart): void {
    this.debug.sliceStopped(hart);
  }

  poweredOff(status: number): void {
    this.debug.poweredOff(status);
  }

  /** A client has come: the machine stands still for it. */
  connected(): void {
    this.debug.interrupt();
    this.session = new GdbSession(this.debug, {
      send: (bytes) => this.post({ type: 'gdbOutput', bytes }),
      kill: () => this.debug.machine.powerOff(0),
      detached: () => this.debug.detach(),
    });
  }

  received(bytes: Uint8Array): void {
    this.session?.receive(bytes);
  }

  /** The client has gone: the machine goes on without its points. */
  disconnected(): void {
    this.session = undefined;
    this.debug.detach();
  }
}
