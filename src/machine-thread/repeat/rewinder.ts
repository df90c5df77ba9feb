/** Runs a recording to where a debugger goes back to, before its client takes over; or looks for that place. */
import { CAUSE } from '../../isa/trap.ts';
import type { Task } from '../../kernel/task.ts';
import { isPoint } from '../../machine/debug/debugger.ts';
import { DEBUG_CAUSE, type PointKind } from '../../machine/debug/points.ts';
import { Exit } from '../../machine/engine.ts';
import type { Hart } from '../../machine/hart.ts';
import { HART } from '../../machine/hart-layout.ts';
import type { Machine } from '../../machine/machine.ts';
import type { Instant, RewindOption, RewindPlace } from '../../protocol.ts';
import { type ExactSlice, MOST_STRETCH } from './exact-slice.ts';
import type { Witness } from './witness.ts';

const TWO_32 = 0x1_0000_0000;

export class Rewinder {
  readonly option: RewindOption;
  private readonly witness: Witness;
  private readonly target: Instant | undefined;
  private readonly how: 'step' | 'continue' | undefined;
  /** What a search has found so far. */
  found: RewindPlace | undefined;

  constructor(machine: Machine, witness: Witness, option: RewindOption) {
    const { goal } = option;
    this.option = option;
    this.witness = witness;
    this.target = goal.kind === 'search' ? goal.before : goal.found;
    this.how = goal.kind === 'search' ? goal.how : undefined;
    if (this.how === 'continue') machine.setDebugPoints(option.points);
  }

  /** The goal is the first instruction of all. */
  get isAtBeginning(): boolean {
    return this.target === undefined;
  }

  /** A slice of this task; undefined where the place is reached. */
  run(slice: ExactSlice, hart: Hart, task: Task): Exit | undefined {
    const { events } = this.witness.position;
    for (;;) {
      const left = slice.left();
      const distance = this.distance();
      if (distance <= 0) return undefined;
      if (left <= 0) return Exit.BUDGET;
      const before = this.witness.position.retired;
      // A whole slice may be stretched.
      const isWhole = distance > left + MOST_STRETCH;
      let exit = isWhole ? slice.run() : slice.step(Math.min(left, distance));
      const isStopped = exit === Exit.TRAP && isPoint(hart);
      if (isStopped) {
        if (this.isSubject(task)) this.note(events, pointOf(hart));
        exit = slice.pass();
      }
      this.noteInstruction(events, before, exit, hart, task);
      if (exit !== Exit.BUDGET || slice.isCalled() || (isWhole && !isStopped)) return exit;
    }
  }

  /** Instructions that are left, if no event comes before. */
  private distance(): number {
    const { target } = this;
    const { events, retired } = this.witness.position;
    if (target === undefined || events < target.events) return Number.POSITIVE_INFINITY;
    return events > target.events ? 0 : target.retired - retired;
  }

  private isSubject({ process }: Task): boolean {
    const { pid } = this.option;
    return pid === undefined || process.pid === pid;
  }

  /** The last instruction that has begun since `before`: one that has retired, or a call. */
  private noteInstruction(
    events: number,
    before: number,
    exit: Exit,
    hart: Hart,
    task: Task,
  ): void {
    if (this.how !== 'step' || !this.isSubject(task)) return;
    const { retired } = this.witness.position;
    const isCall = exit === Exit.TRAP && hart.state.word(HART.CAUSE) === CAUSE.ECALL_FROM_U;
    if (isCall) this.found = { events, retired, point: undefined };
    else if (retired > before) this.found = { events, retired: retired - 1, point: undefined };
  }

  private note(events: number, point: RewindPlace['point']): void {
    if (this.how !== 'continue') return;
    this.found = { events, retired: this.witness.position.retired, point };
  }
}

function pointOf(hart: Hart): RewindPlace['point'] {
  const { state } = hart;
  const kind = (state.word(HART.CAUSE) - DEBUG_CAUSE) as PointKind;
  const address = (state.word(HART.TVAL + 4) >>> 0) * TWO_32 + (state.word(HART.TVAL) >>> 0);
  return { kind, address };
}
