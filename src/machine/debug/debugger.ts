/** Stops, steps and resumes the harts of a machine for a debugger. It knows no protocol; the run loop asks it who may run. */
import type { Hart } from '../hart.ts';
import { HART } from '../hart-layout.ts';
import { SliceEnd } from '../hart-runner.ts';
import type { Machine } from '../machine.ts';
import { Inspector } from './inspect.ts';
import { DEBUG_CAUSE, type DebugPoint, POINT, type PointKind } from './points.ts';
import { RegisterFile } from './registers.ts';

export type StopReason =
  | { readonly kind: 'breakpoint' }
  /** `address`: the first watched byte that was touched; the access has happened. */
  | { readonly kind: 'watchpoint'; readonly point: PointKind; readonly address: bigint }
  | { readonly kind: 'step' }
  | { readonly kind: 'interrupt' }
  /** Going back came to where the recording begins. */
  | { readonly kind: 'begin' }
  /** gdb's number of a signal that is about to end the program. */
  | { readonly kind: 'signal'; readonly signal: number }
  /** The machine is off, or the program has ended: by itself, or by gdb's number of a signal. */
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'killed'; readonly signal: number };

export interface Stop {
  readonly hart: Hart;
  readonly reason: StopReason;
}

/** What a hart does after resume(). */
export type Resumption = 'run' | 'step' | 'stay';

/** What is debugged, where that is one program of a kernel that is no guest code. */
export interface Subject {
  /** Who of it runs on a hart; undefined for somebody else, or nobody. */
  contextOf(hart: Hart): object | undefined;
  /** Who runs there, for the user. */
  describe(hart: Hart): string;
}

/** Memory of the machine as the user sees it. */
export type DebugMemory = Pick<
  Inspector,
  'readVirtual' | 'readPhysical' | 'writeVirtual' | 'writePhysical'
>;

/** What becomes of a hart: it may run, it stays, or it has taken a trap that the run loop's kernel serves first. */
export type Turn = 'run' | 'stay' | 'trap';

/** An instruction of a step, of a breakpoint that is passed, or of an access that is watched: it has not retired yet. */
interface Unfinished {
  readonly context: object;
  /** Undefined: whatever comes next; it is stopped before. */
  readonly pc: bigint | undefined;
  readonly passesData: boolean;
  /** What is reported once it has retired, or once its trap has been served and the same context goes on elsewhere. */
  readonly report: StopReason | undefined;
}

export interface DebuggerOptions {
  readonly machine: Machine;
  /** Absent: all that the harts run. Then traps are the guest's, and a step is done at once. */
  readonly subject?: Subject;
  readonly memory?: DebugMemory;
  /** To the state at power-on, with what was loaded then; absent where that cannot be. */
  readonly reset?: () => void;
  /** Called at each stop but the first. */
  readonly onStop: (stop: Stop) => void;
}

export class Debugger {
  readonly machine: Machine;
  readonly memory: DebugMemory;
  readonly registers: RegisterFile;
  /** Why the machine stands still; undefined while it runs. After an exit it is that. */
  stop: Stop | undefined;
  readonly reset: (() => void) | undefined;
  readonly subject: Subject | undefined;
  private readonly onStop: (stop: Stop) => void;
  private readonly held = new Set<Hart>();
  private points: DebugPoint[] = [];
  private arePointsSet = true;
  /** Stopped by a breakpoint that was reported: the hart passes it when it goes on. */
  private passing: { readonly hart: Hart; readonly pc: bigint } | undefined;
  private unfinished: Unfinished | undefined;

  /** The machine stands still at once; one with a subject runs until that comes (`expect`). */
  constructor(options: DebuggerOptions) {
    const { machine, subject } = options;
    this.machine = machine;
    this.reset = options.reset;
    this.subject = subject;
    this.onStop = options.onStop;
    this.memory = options.memory ?? new Inspector(machine.memory, machine.bus);
    const hart = this.hartAt(0);
    this.registers = new RegisterFile(hart);
    if (subject) return;
    this.stop = { hart, reason: { kind: 'interrupt' } };
    machine.clock.pause();
  }

  /** Throws for a hart that does not exist. */
  hartAt(index: number): Hart {
    const hart = this.machine.harts[index];
    if (!hart) throw new RangeError(`no hart ${index}`);
    return hart;
  }

  /** The machine waits for the debugger. */
  get isStopped(): boolean {
    return this.stop !== undefined && !isEnd(this.stop);
  }

  /** Whether the run loop may give this hart a slice. */
  mayRun(hart: Hart): boolean {
    return !this.isStopped && !this.held.has(hart);
  }

  addPoint(point: DebugPoint): void {
    if (this.points.some((known) => isSame(known, point))) return;
    this.points.push(point);
    this.arePointsSet = false;
  }

  removePoint(point: DebugPoint): void {
    this.points = this.points.filter((known) => !isSame(known, point));
    this.arePointsSet = false;
  }

  /** All harts go on, points are gone: the debugger has left. */
  detach(): void {
    this.points = [];
    this.arePointsSet = false;
    this.resume(() => 'run');
  }

  /** Go on. Without a subject a step is done at once, and is the next stop. */
  resume(howOf: (hart: Hart) => Resumption): void {
    if (this.stop && isEnd(this.stop)) return;
    this.setPoints();
    this.stop = undefined;
    this.machine.clock.resume();
    this.held.clear();
    const { harts } = this.machine;
    for (const hart of harts) if (howOf(hart) === 'stay') this.held.add(hart);
    const stepping = harts.find((hart) => howOf(hart) === 'step');
    const { passing } = this;
    this.passing = undefined;
    const hart = stepping ?? passing?.hart;
    if (!hart || !this.mayRun(hart)) return;
    const pc = pcOf(hart);
    if (!stepping && passing?.pc !== pc) return;
    // A step of a hart that runs nothing of the subject ends where something comes there.
    const context = this.contextOf(hart) ?? hart;
    const report: StopReason | undefined = stepping ? { kind: 'step' } : undefined;
    this.unfinished = { context, pc, passesData: false, report };
    if (!this.subject) this.advance(hart);
  }

  /** The user wants the machine to stand still. */
  interrupt(): void {
    if (this.stop) return;
    const { harts } = this.machine;
    const hart = harts.find((candidate) => this.contextOf(candidate)) ?? this.hartAt(0);
    this.report(hart, { kind: 'interrupt' });
  }

  /** The subject begins: it stops before the first instruction of this context. */
  expect(context: object): void {
    this.unfinished = { context, pc: undefined, passesData: false, report: { kind: 'step' } };
  }

  /** The run loop: the hart is about to run. What a step or a breakpoint has left over is done first. */
  advance(hart: Hart): Turn {
    if (!this.mayRun(hart)) return 'stay';
    const { unfinished } = this;
    if (unfinished && this.concerns(unfinished, hart)) {
      if (unfinished.pc === pcOf(hart)) return this.perform(hart, unfinished);
      this.finish(hart, unfinished);
    }
    return this.mayRun(hart) ? 'run' : 'stay';
  }

  /** The run loop: a slice of this hart ended at a point, before its instruction. */
  sliceStopped(hart: Hart): Turn {
    const context = this.contextOf(hart);
    // Of somebody else, who has the same page or the same address.
    if (!context) return this.pass(hart);
    const cause = hart.state.word(HART.CAUSE) - DEBUG_CAUSE;
    if (cause === POINT.CODE) {
      this.stopAtBreakpoint(hart);
      return 'stay';
    }
    return this.finishAccess(hart, context, cause as PointKind);
  }

  /** Of a machine that went back: it stands where `reason` says. */
  reached(hart: Hart, points: readonly DebugPoint[], reason: StopReason): void {
    for (const point of points) this.addPoint(point);
    this.report(hart, reason);
  }

  /** Break- and watchpoints of the client. */
  get allPoints(): readonly DebugPoint[] {
    return this.points;
  }

  /** The run loop's kernel: a signal is about to end the subject, which runs on this hart. */
  signalled(hart: Hart, signal: number): void {
    this.report(hart, { kind: 'signal', signal });
  }

  /** The run loop: the guest has turned the machine off, or the subject has ended. What is left goes on without points. */
  ended(reason: StopReason): void {
    this.points = [];
    this.arePointsSet = false;
    this.setPoints();
    this.unfinished = undefined;
    this.held.clear();
    this.stop = { hart: this.hartAt(0), reason };
    this.machine.clock.resume();
    this.onStop(this.stop);
  }

  private contextOf(hart: Hart): object | undefined {
    return this.subject ? this.subject.contextOf(hart) : hart;
  }

  private concerns({ context }: Unfinished, hart: Hart): boolean {
    const here = this.contextOf(hart);
    return here !== undefined && (context === here || context === hart);
  }

  private setPoints(): void {
    if (this.arePointsSet) return;
    this.machine.setDebugPoints(this.points);
    this.arePointsSet = true;
  }

  private finish(hart: Hart, { report }: Unfinished): void {
    this.unfinished = undefined;
    if (report) this.report(hart, report);
  }

  /** The instruction at pc; a watchpoint at it stops as any other. */
  private perform(hart: Hart, unfinished: Unfinished): Turn {
    if (this.machine.step(hart, unfinished.passesData) === SliceEnd.STOPPED) {
      // The trap is served first; the instruction may run again after it.
      if (!isPoint(hart)) return 'trap';
      this.unfinished = undefined;
      return this.sliceStopped(hart);
    }
    this.finish(hart, unfinished);
    return this.mayRun(hart) ? 'run' : 'stay';
  }

  /** The instruction at pc as if there were no points. */
  private pass(hart: Hart): Turn {
    return this.machine.step(hart, true) === SliceEnd.STOPPED ? 'trap' : 'run';
  }

  private stopAtBreakpoint(hart: Hart): void {
    this.passing = { hart, pc: pcOf(hart) };
    this.report(hart, { kind: 'breakpoint' });
  }

  /** gdb expects the access of a watchpoint to be done when it is reported. */
  private finishAccess(hart: Hart, context: object, point: PointKind): Turn {
    const { state } = hart;
    const address = joined(state.word(HART.TVAL), state.word(HART.TVAL + 4));
    const report: StopReason = { kind: 'watchpoint', point, address };
    this.unfinished = { context, pc: pcOf(hart), passesData: true, report };
    return this.perform(hart, this.unfinished);
  }

  private report(hart: Hart, reason: StopReason): void {
    this.unfinished = undefined;
    this.stop = { hart, reason };
    this.machine.clock.pause();
    this.onStop(this.stop);
  }
}

function isEnd({ reason }: Stop): boolean {
  return reason.kind === 'exit' || reason.kind === 'killed';
}

/** Whether the exit is a debugger's, and no trap. */
export function isPoint(hart: Hart): boolean {
  return hart.state.word(HART.CAUSE) >= DEBUG_CAUSE;
}

function isSame(a: DebugPoint, b: DebugPoint): boolean {
  return a.kind === b.kind && a.low === b.low && a.high === b.high && a.bytes === b.bytes;
}

function joined(low: number, high: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

function pcOf(hart: Hart): bigint {
  return joined(hart.state.word(HART.PC), hart.state.word(HART.PC + 4));
}
