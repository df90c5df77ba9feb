/**
 * gdb on a program of Hartix's kernel: threads are harts, of which it sees user mode. A trap into the kernel is no step of its
 * own: it is served whole, and the step ends before the next instruction of the same task (../machine/debug/README.md).
 */

import { SI_KERNEL, SIGKILL } from '../abi/signal.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Process } from '../kernel/process.ts';
import { sendToProcess } from '../kernel/signal.ts';
import type { Task } from '../kernel/task.ts';
import { Debugger, isPoint, type StopReason } from '../machine/debug/debugger.ts';
import { Inspector } from '../machine/debug/inspect.ts';
import type { Commands } from '../machine/debug/monitor.ts';
import { POINT } from '../machine/debug/points.ts';
import { type Engine, Exit } from '../machine/engine.ts';
import type { Hart } from '../machine/hart.ts';
import { HART } from '../machine/hart-layout.ts';
import type { Machine } from '../machine/machine.ts';
import {
  DOORBELL,
  type GdbRequest,
  type Instant,
  type RewindOption,
  type RewindPlace,
} from '../protocol.ts';
import { GdbEnd } from './gdb-end.ts';
import { gdbSignal } from './gdb-signal.ts';
import type { HostPort } from './host-port.ts';
import type { ProgramObserver } from './programs.ts';
import { ExactSlice } from './repeat/exact-slice.ts';
import { Rewinder } from './repeat/rewinder.ts';
import type { Witness } from './repeat/witness.ts';
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
  /** Of a run that repeats: it stays the same under the debugger, which changes nothing in it, and can be taken back if it is a recording. */
  readonly exact?: {
    readonly witness: Witness;
    readonly rewind: RewindOption | undefined;
    readonly isRecorded: boolean;
  };
}

/** Slices of a run that repeats. */
interface Exact {
  readonly witness: Witness;
  readonly slice: ExactSlice;
  /** Where the slice began, as far as it goes on without an event. */
  start: Instant;
  /** Before the client is heard. */
  rewinder: Rewinder | undefined;
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
  private readonly exact: Exact | undefined;

  constructor(options: ProgramDebuggerOptions) {
    const { machine, kernel, port } = options;
    this.kernel = kernel;
    this.port = port;
    this.engine = options.engine;
    this.pump = options.pump;
    this.early = options.awaitsProgram ? [] : undefined;
    this.harts = new Map(machine.harts.map((hart) => [hart.state.block, hart]));
    const memory = new UserMemoryInspector(machine, kernel);
    const { exact } = options;
    this.debug = new Debugger({
      machine,
      // Where a page is brought in to be looked at, it is another run.
      memory: exact ? new Inspector(machine.memory, machine.bus) : memory,
      subject: {
        contextOf: (hart) => this.contextOf(hart),
        describe: (hart) => describeTask(this.taskOn(hart)),
      },
      onStop: (stop) => {
        if (!exact) this.pump();
        this.client.stopped(stop);
      },
    });
    this.client = new GdbEnd(this.debug, (event) => port.post(event), {
      kill: () => this.kill(),
      auxv: (hart) => memory.spaceOf(hart)?.layout.auxv ?? new Uint8Array(),
      commands: this.commands(),
      ...(exact?.isRecorded && { goBack: (how, hasAcks) => this.goBack(how, hasAcks) }),
    });
    const [hart] = machine.harts;
    if (exact && hart) {
      const { witness, rewind } = exact;
      const { events, retired } = witness.position;
      this.exact = {
        witness,
        slice: new ExactSlice(machine, hart),
        start: { events, retired },
        rewinder: rewind && new Rewinder(machine, witness, rewind),
      };
    }
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
    const rewinder = this.exact?.rewinder;
    if (rewinder && !rewinder.isAtBeginning) return;
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
    if (this.exact) return this.runExactly(hart, this.exact);
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

  /** As run, in a run that repeats: stops and steps do not change where the slice ends. */
  private runExactly(hart: Hart, exact: Exact): Exit {
    const { slice, witness } = exact;
    const task = this.taskOn(hart);
    slice.begin();
    exact.start = witness.position;
    if (exact.rewinder && task) {
      const exit = exact.rewinder.isAtBeginning ? undefined : exact.rewinder.run(slice, hart, task);
      if (exit !== undefined) return exit;
      if (!exact.rewinder.isAtBeginning || this.isFirst(hart)) this.arrive(hart, exact.rewinder);
    }
    for (;;) {
      if (this.debug.isStopped) this.hold();
      if (slice.left() <= 0) return Exit.BUDGET;
      const { retired } = witness.position;
      const turn = this.debug.advance(hart);
      slice.keep();
      if (turn === 'trap') return Exit.TRAP;
      if (turn === 'stay' && !this.debug.isStopped) this.debug.interrupt();
      if (turn === 'stay' || witness.position.retired !== retired) continue;
      const exit = slice.run();
      if (exit !== Exit.TRAP || !isPoint(hart)) return exit;
      const after = this.debug.sliceStopped(hart);
      slice.keep();
      if (after === 'trap') return Exit.TRAP;
    }
  }

  /** The machine is where a debugger wanted to go back to: its client goes on here, or is sent on to what was found. */
  private arrive(hart: Hart, rewinder: Rewinder): void {
    const { option, found } = rewinder;
    const { goal, points, pid, hasAcks } = option;
    if (this.exact) this.exact.rewinder = undefined;
    if (goal.kind === 'search') {
      this.port.post({ type: 'gdbBack', rewind: { ...option, goal: { kind: 'reach', found } } });
      // Until the main thread ends this machine.
      for (;;)
        Atomics.wait(
          this.port.doorbell,
          DOORBELL.REQUESTS,
          Atomics.load(this.port.doorbell, DOORBELL.REQUESTS),
        );
    }
    this.subject = pid === undefined ? undefined : this.kernel.pids.process(pid);
    this.client.wentBack(hasAcks);
    this.debug.reached(hart, points, reasonOf(goal.found));
  }

  /** The client wants to go back: to the instruction before, if it is known here which that is, else to what is found. */
  private goBack(how: 'step' | 'continue', hasAcks: boolean): void {
    const { exact, debug } = this;
    if (!exact) return;
    const { events: now, retired } = exact.witness.position;
    // A signal is about to be sent for an event that is over.
    const events = debug.stop?.reason.kind === 'signal' ? exact.start.events : now;
    const isHere = how === 'step' && exact.start.events === events && exact.start.retired < retired;
    const place: RewindPlace = { events, retired: retired - 1, point: undefined };
    this.port.post({
      type: 'gdbBack',
      rewind: {
        points: debug.allPoints,
        pid: this.subject?.pid,
        hasAcks,
        goal: isHere
          ? { kind: 'reach', found: place }
          : { kind: 'search', how, before: { events, retired } },
      },
    });
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

  /** The program that the client came for is about to run; init may have run before it was started. */
  private isFirst(hart: Hart): boolean {
    return (this.hasBegun || !this.early) && this.contextOf(hart) !== undefined;
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

function reasonOf(found: RewindPlace | undefined): StopReason {
  if (!found) return { kind: 'begin' };
  const { point } = found;
  if (!point) return { kind: 'step' };
  if (point.kind === POINT.CODE) return { kind: 'breakpoint' };
  return { kind: 'watchpoint', point: point.kind, address: BigInt(point.address) };
}

function describeTask(task: Task | undefined): string {
  return task ? `${task.tid} (${task.name})` : 'idle';
}
