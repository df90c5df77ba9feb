/** A machine that has started: to its end in one go, or by turns where it shares its thread with others. */
import type { Kernel } from '../kernel/kernel.ts';
import { KernelPanic } from '../kernel/kernel-panic.ts';
import { SharingPlatform } from '../platform/sharing.ts';
import type { MachineOptions, RepetitionResult } from '../protocol.ts';
import type { Board } from './board.ts';
import type { Host } from './host.ts';
import type { HostPort } from './host-port.ts';
import type { Repetition } from './repeat/repetition.ts';
import { ReplayEnd } from './repeat/replaying.ts';
import type { TraceLines } from './trace-lines.ts';
import type { Turns } from './turns.ts';
import type { Watch } from './watch.ts';

export interface Started {
  readonly host: Host;
  readonly kernel: Kernel;
  readonly board: Board;
  readonly repetition: Repetition;
  readonly watch: Watch;
  readonly port: HostPort;
  readonly lines: TraceLines;
  /** What the machine is made from, in the end. */
  readonly options: MachineOptions;
  /** Of a machine that shares its thread. */
  readonly turns: Turns | undefined;
}

export class MachineRun {
  private readonly started: Started;

  constructor(started: Started) {
    this.started = started;
    started.port.post({ type: 'booted', programs: started.host.running });
  }

  get options(): MachineOptions {
    return this.started.options;
  }

  /** How long it has nothing to do unless the doorbell rings, in milliseconds; 0 when its turn ended while it was running. */
  get restsMs(): number {
    return this.started.host.isHeldUp()
      ? Number.POSITIVE_INFINITY
      : this.started.board.platform.restsMs;
  }

  /**
   * Until its turn is over: true; or to its end: false, the outcome was posted, and its own threads are no more. A machine whose
   * thread is its own has one turn.
   */
  turn(): boolean {
    const { board, turns } = this.started;
    let goesOn = false;
    try {
      goesOn = turns ? this.shared(turns) : this.run(() => false);
    } finally {
      if (!goesOn) board.close();
    }
    return goesOn;
  }

  /** Stop it where it is. */
  close(): void {
    this.started.board.close();
  }

  private shared(turns: Turns): boolean {
    const { host, board, kernel } = this.started;
    host.enter();
    try {
      if (host.isHeldUp()) host.serve();
      if (host.isHeldUp() && !kernel.poweredOff) return true;
      if (board.platform instanceof SharingPlatform) board.platform.resumed();
      return this.run(() => turns.isOver() || host.isHeldUp());
    } finally {
      host.leave();
    }
  }

  private run(isTurnOver: () => boolean): boolean {
    const { host, kernel, repetition, watch, port, lines } = this.started;
    const isDeterministic = watch.witness !== undefined;
    try {
      const off = kernel.turn(() => host.serve(), isDeterministic, isTurnOver);
      if (!off) return true;
      host.serve();
      repetition.recording?.end();
      if (!repetition.replaying) kernel.vfs.mounts.unmountAll();
      lines.flush();
      port.post({ type: 'halted', status: off.status, ...this.replayed() });
    } catch (error) {
      if (!(error instanceof KernelPanic)) throw error;
      repetition.recording?.end();
      lines.flush();
      if (error.cause instanceof ReplayEnd)
        port.post({ type: 'halted', status: 0, ...this.replayed() });
      else port.post({ type: 'panic', report: error.report });
    }
    return false;
  }

  /** What became of a recording that was replayed. */
  private replayed(): { repetition?: RepetitionResult } {
    const { repetition, watch } = this.started;
    const { replaying } = repetition;
    const { witness } = watch;
    if (!replaying || !witness) return {};
    const sought = watch.sought();
    const difference = sought.stop ? undefined : replaying.outcome();
    return { repetition: { traceHash: witness.hash.digest, difference, ...sought } };
  }
}
