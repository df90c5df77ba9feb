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
  /** The machine is off. */
  | { readonly kind: 'exit'; readonly status: number };

export interface Stop {
  readonly hart: Hart;
  readonly reason: StopReason;
}

/** What a hart does after resume(). */
export type Resumption = 'run' | 'step' | 'stay';

export interface DebuggerOptions {
  readonly machine: Machine;
  /** To the state at power-on, with what was loaded then. */
  readonly reset: () => void;
  /** Called at each stop but the first. */
  readonly onStop: (stop: Stop) => void;
}

export class Debugger {
  readonly machine: Machine;
  readonly memory: Inspector;
  readonly registers: RegisterFile;
  /** Why the machine stands still; undefined while it runs. */
  stop: Stop | undefined;
  /** To the state at power-on, with what was loaded then. */
  readonly reset: () => void;
  private readonly onStop: (stop: Stop) => void;
  private readonly held = new Set<Hart>();
  private points: DebugPoint[] = [];
  private arePointsSet = true;
  /** Stopped by a breakpoint that was reported: the hart passes it when it goes on. */
  private passing: { readonly hart: Hart; readonly pc: bigint } | undefined;

  /** The machine stands still at once. */
  constructor(options: DebuggerOptions) {
    const { machine } = options;
    this.machine = machine;
    this.reset = options.reset;
    this.onStop = options.onStop;
    this.memory = new Inspector(machine.memory, machine.bus);
    const hart = this.hartAt(0);
    this.registers = new RegisterFile(hart);
    this.stop = { hart, reason: { kind: 'interrupt' } };
    machine.clock.pause();
  }

  /** Throws for a hart that does not exist. */
  hartAt(index: number): Hart {
    const hart = this.machine.harts[index];
    if (!hart) throw new RangeError(`no hart ${index}`);
    return hart;
  }

  /** Whether the run loop may give this hart a slice. */
  mayRun(hart: Hart): boolean {
    return this.stop === undefined && !this.held.has(hart);
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

  /** Go on. A step is done at once, and is the next stop. */
  resume(howOf: (hart: Hart) => Resumption): void {
    if (this.stop?.reason.kind === 'exit') return;
    this.setPoints();
    this.stop = undefined;
    this.machine.clock.resume();
    this.held.clear();
    const { harts } = this.machine;
    for (const hart of harts) if (howOf(hart) === 'stay') this.held.add(hart);
    const stepping = harts.find((hart) => howOf(hart) === 'step');
    if (stepping) {
      this.step(stepping);
      return;
    }
    const { passing } = this;
    this.passing = undefined;
    if (passing && pcOf(passing.hart) === passing.pc && this.mayRun(passing.hart)) {
      this.passBreakpoint(passing.hart);
    }
  }

  /** The user wants the machine to stand still. */
  interrupt(): void {
    if (!this.stop) this.report(this.hartAt(0), { kind: 'interrupt' });
  }

  /** The run loop: a slice of this hart ended with SliceEnd.STOPPED. */
  sliceStopped(hart: Hart): void {
    const cause = hart.state.word(HART.CAUSE) - DEBUG_CAUSE;
    if (cause === POINT.CODE) this.stopAtBreakpoint(hart);
    else this.finishAccess(hart, cause as PointKind);
  }

  /** The run loop: the guest has turned the machine off. */
  poweredOff(status: number): void {
    this.report(this.hartAt(0), { kind: 'exit', status });
  }

  private setPoints(): void {
    if (this.arePointsSet) return;
    this.machine.setDebugPoints(this.points);
    this.arePointsSet = true;
  }

  private step(hart: Hart): void {
    this.passing = undefined;
    if (this.machine.step(hart) === SliceEnd.STOPPED) this.sliceStopped(hart);
    else this.report(hart, { kind: 'step' });
  }

  /** The first instruction of a run; a watchpoint at it stops as any other. */
  private passBreakpoint(hart: Hart): void {
    if (this.machine.step(hart) === SliceEnd.STOPPED) this.sliceStopped(hart);
  }

  private stopAtBreakpoint(hart: Hart): void {
    this.passing = { hart, pc: pcOf(hart) };
    this.report(hart, { kind: 'breakpoint' });
  }

  /** gdb expects the access of a watchpoint to be done when it is reported. */
  private finishAccess(hart: Hart, point: PointKind): void {
    const { state } = hart;
    const address = joined(state.word(HART.TVAL), state.word(HART.TVAL + 4));
    this.machine.step(hart, true);
    this.report(hart, { kind: 'watchpoint', point, address });
  }

  private report(hart: Hart, reason: StopReason): void {
    this.stop = { hart, reason };
    this.machine.clock.pause();
    this.onStop(this.stop);
  }
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
