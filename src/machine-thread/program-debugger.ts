/**
 * gdb on a program of Hartix's kernel: threads are harts, of which it sees user mode. A trap into the kernel is no step of its
 * own: it is served whole, and the step ends before the next instruction of the same task (../machine/debug/README.md).
 */

import { SI_KERNEL, SIGKILL } from '../abi/signal.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Process } from '../kernel/process.ts';
import { sendToProcess } from '../kernel/signal.ts';
import type { Task } from '../kernel/task.ts';
import { Debugger, isPoint } from '../machine/debug/debugger.ts';
import type { Commands } from '../machine/debug/monitor.ts';
import { type Engine, Exit } from '../machine/engine.ts';
import type { Hart } from '../machine/hart.ts';
import { HART } from '../machine/hart-layout.ts';
import type { Machine } from '../machine/machine.ts';
import { DOORBELL, type GdbRequest } from '../protocol.ts';
import { GdbEnd } from './gdb-end.ts';
import { gdbSignal } from './gdb-signal.ts';
import type { HostPort } from './host-port.ts';
import type { ProgramObserver } from './programs.ts';
import { UserMemoryInspector } from './user-memory-inspector.ts';

/** A hart that the debugger holds looks again after this time, where nothing else runs. */
const HELD_MS = 1;
const SIGNAL_MASK = 0x7f;

export interface ProgramDebuggerOptions {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly port: HostPort;
  /** Executes instructions. */
  readonly engine: Pick<Engine, 'run'>;
  /** A program will be started that the client is for; otherwise it looks at whatever runs. */
  readonly awaitsProgram: boolean;
  /** Passes on what programs wrote: the user sees it before the program stands still. */
  readonly pump: () => void;
}

export class ProgramDebugger implements ProgramObserver {
  private readonly kernel: Kernel;
  private readonly port: HostPort;
  private readonly engine: Pick<Engine, 'run'>;
  private readonly harts: ReadonlyMap<number, Hart>;
  private readonly pump: () => void;
  private readonly debug: Debugger;
  private readonly client: GdbEnd;
  /** Undefined: every process. */
  private subject: Process | undefined;
  private hasBegun = false;
  /** What a client said before the program that it came for stood still; undefined once it has, or without one to come. */
  private early: GdbRequest[] | undefined;

  constructor(options: ProgramDebuggerOptions) {
    const { machine, kernel, port } = options;
    this.kernel = kernel;
    this.port = port;
    this.engine = options.engine;
    this.pump = options.pump;
    this.early = options.awaitsProgram ? [] : undefined;
    this.harts = new Map(machine.harts.map((hart) => [hart.state.block, hart]));
    const memory = new UserMemoryInspector(machine, kernel);
    this.debug = new Debugger({
      machine,
      memory,
      subject: {
        contextOf: (hart) => this.contextOf(hart),
        describe: (hart) => describeTask(this.taskOn(hart)),
      },
      onStop: (stop) => {
        this.pump();
        this.client.stopped(stop);
      },
    });
    this.client = new GdbEnd(this.debug, (event) => port.post(event), {
      kill: () => this.kill(),
      auxv: (hart) => memory.spaceOf(hart)?.layout.auxv ?? new Uint8Array(),
      commands: this.commands(),
    });
    kernel.onFatalSignal = (task, signal) => this.signalled(task, signal);
  }

  handle(request: GdbRequest): void {
    if (this.early) this.early.push(request);
    else this.client.handle(request);
  }

  /** A program was started: the first one stands still before its first instruction. */
  started(process: Process): void {
    if (this.hasBegun || !this.early) return;
    this.hasBegun = true;
    this.subject = process;
    for (const task of process.tasks.values()) this.debug.expect(task);
  }

  /** A program has ended, with this wait status. */
  finished(process: Process, status: number): void {
    if (process !== this.subject) return;
    const signal = status & SIGNAL_MASK;
    this.debug.ended(
      signal === 0
        ? { kind: 'exit', status: status >>> 8 }
        : { kind: 'killed', signal: gdbSignal(signal) },
    );
  }

  /** In the place of the engine's. */
  run(block: number): Exit {
    const hart = this.harts.get(block);
    if (!hart) throw new RangeError(`no hart block at ${block}`);
    if (this.debug.isStopped) this.hold();
    switch (this.debug.advance(hart)) {
      case 'trap':
        return Exit.TRAP;
      case 'stay':
        return this.debug.isStopped ? Exit.SYSTEM : this.skip(hart);
      case 'run': {
        const exit = this.engine.run(block);
        if (exit !== Exit.TRAP || !isPoint(hart)) return exit;
        return this.debug.sliceStopped(hart) === 'trap' ? Exit.TRAP : Exit.SYSTEM;
      }
    }
  }

  /** Until the client lets the harts go. */
  private hold(): void {
    const early = this.early ?? [];
    this.early = undefined;
    for (const request of early) this.client.handle(request);
    while (this.debug.isStopped) {
      const rings = Atomics.load(this.port.doorbell, DOORBELL.REQUESTS);
      // Requests of the client are served as they come in.
      this.port.poll();
      if (this.debug.isStopped) Atomics.wait(this.port.doorbell, DOORBELL.REQUESTS, rings);
    }
  }

  /** The turn of a hart that the debugger holds goes to the others, and to the host. */
  private skip(hart: Hart): Exit {
    const rings = Atomics.load(this.port.doorbell, DOORBELL.REQUESTS);
    Atomics.wait(this.port.doorbell, DOORBELL.REQUESTS, rings, HELD_MS);
    hart.state.setWord(HART.BUDGET, 0);
    return Exit.BUDGET;
  }

  /** In the middle of the kernel's work: the task stands at the instruction that the signal found it at. */
  private signalled(task: Task, signal: number): void {
    if (this.subject && task.process !== this.subject) return;
    // Nobody is there to look; and SIGKILL is seen by nobody, as on Linux.
    if (!this.client.isConnected || signal === SIGKILL) return;
    const hart = this.debug.machine.harts[this.kernel.scheduler.running.indexOf(task)];
    if (!hart) return;
    this.debug.signalled(hart, gdbSignal(signal));
    this.hold();
  }

  private taskOn(hart: Hart): Task | undefined {
    return this.kernel.scheduler.running[hart.state.id];
  }

  private contextOf(hart: Hart): Task | undefined {
    const task = this.taskOn(hart);
    return this.subject === undefined || task?.process === this.subject ? task : undefined;
  }

  private kill(): void {
    if (this.subject) sendToProcess(this.subject, SIGKILL, { code: SI_KERNEL });
    this.debug.detach();
  }

  private commands(): Commands {
    return {
      processes: {
        usage: 'processes',
        does: 'all processes; * is the one that points and steps are for',
        run: () =>
          Array.from(this.kernel.pids.processes.values(), (process) => {
            const mark = process === this.subject ? '*' : ' ';
            return `${mark} ${process.pid} ${process.leader.name}\n`;
          }).join(''),
      },
      process: {
        usage: 'process PID|all',
        does: 'choose whom points and steps are for',
        run: (_debug, [word = '']) => this.choose(word),
      },
    };
  }

  private choose(word: string): string {
    const process = this.kernel.pids.process(Number(word));
    if (word !== 'all' && !process) return `no process ${word}; monitor processes lists them\n`;
    this.subject = process;
    return process ? `process ${process.pid}\n` : 'all processes\n';
  }
}

function describeTask(task: Task | undefined): string {
  return task ? `${task.tid} (${task.name})` : 'idle';
}
